import { setTimeout as pause } from 'node:timers/promises';
import { connect, type ExecClient } from '@exec-server/client';
import { readUntil } from '../harness/byte-streams.js';
import { launcher } from '../harness/command-line.js';
import { isRunning } from '../harness/process-state.js';
import { type Campaign, inLanes, Tally } from './campaign.js';
import { startCommandTarget, type StartedServer } from './target.js';

/** Each prints the number of a program that would like to stay, and waits. */
const programs: Readonly<Record<string, { readonly script: string; readonly leavesGroup?: boolean }>> = {
  plain: { script: 'sleep 600 & echo "$!."; wait' },
  'double fork': { script: '(sleep 600 & echo "$!."); exec sleep 600' },
  'ignores signals': { script: 'trap "" HUP INT QUIT TERM; sleep 600 & echo "$!."; wait' },
  setsid: { script: 'setsid sh -c \'echo "$$."; exec sleep 600\' & wait', leavesGroup: true },
  'double fork and setsid': { script: '(setsid sh -c \'echo "$$."; exec sleep 600\' &); exec sleep 600', leavesGroup: true },
};

/** How the programs are ended. */
const ways: Readonly<Record<string, (server: StartedServer, client: ExecClient, ids: readonly string[]) => Promise<unknown>>> = {
  terminate: async (_server, client, ids) => {
    await Promise.all(ids.map(async (id) => (await client.processes.attach(id)).terminate()));
  },
  'session close': (_server, client) => client.close(),
  'detach expiry': (_server, client) => client.close({ keepSession: true }),
  SIGTERM: (server) => server.stop('SIGTERM'),
  SIGINT: (server) => server.stop('SIGINT'),
  SIGKILL: (server) => server.stop('SIGKILL'),
};

/** Longest time for what has to go, in milliseconds; whoever is to stay gets less to prove it. */
const goneMs = 5_000;
const staysMs = 300;

const ownServer = `'${process.execPath}' '${launcher}' --listen ws://127.0.0.1:0 --session-detach-seconds 1`;

async function startAll(client: ExecClient) {
  const kinds = Object.entries(programs).flatMap(([name, program]) => [false, true].map((tty) => ({ name, tty, ...program })));
  return Promise.all(
    kinds.map(async (kind) => {
      const process = await client.processes.start({ argv: ['sh', '-c', kind.script], tty: kind.tty });
      const found = /(\d+)\./.exec(await readUntil(process.stdout.getReader(), '.'));
      if (!found) throw new Error(`${kind.name} did not say who it has started`);
      return { ...kind, id: process.id, top: process.pid as number, leaf: Number(found[1]) };
    }),
  );
}

async function waitUntilGone(pids: readonly number[], mostMs: number): Promise<void> {
  for (const deadline = performance.now() + mostMs; pids.some(isRunning) && performance.now() < deadline;) await pause(5);
}

async function oneRound(way: string, command: string | null, tally: Tally): Promise<void> {
  await using server = await startCommandTarget(command ?? ownServer);
  await using client = await connect(server.url, { resumeWindowMs: 0 });
  const started = await startAll(client);
  const ids = started.map(({ id }) => id);
  await ways[way]?.(server, client, ids);
  const bound = started.filter(({ leavesGroup }) => !leavesGroup).flatMap(({ leaf, top }) => [leaf, top]);
  await waitUntilGone(bound, command === null ? goneMs : server.forgetMs);
  await waitUntilGone(
    started.map(({ leaf }) => leaf),
    staysMs,
  );
  for (const { name, tty, leaf, top, leavesGroup } of started) {
    const what = `${way}, ${name}${tty ? ' in a terminal' : ''}`;
    tally.add('kills');
    tally.add(`kills by ${way}`);
    const left = [leaf, top].filter(isRunning);
    if (left.length > 0) tally.add(`orphans after ${what}`);
    if (left.length > 0 && (!leavesGroup || left.includes(top))) tally.fault(`${what}: ${left.join(', ')} still runs`);
    for (const pid of left) process.kill(pid, 'SIGKILL');
  }
}

/** Kills on programs that do not want to end: who is left, for every way of ending. */
export const orphans: Campaign = {
  counts: 'kills',
  defaultCount: 60,
  async run(options) {
    const tally = new Tally(options);
    const names = Object.keys(ways);
    let round = 0;
    await inLanes(2, async () => {
      while (!tally.isDone('kills')) await oneRound(names[round++ % names.length] as string, options.server, tally);
    });
    return tally.result();
  },
};
