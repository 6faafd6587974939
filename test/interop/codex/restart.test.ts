import { tmpdir } from 'node:os';
import * as assert from 'uvu/assert';
import { startCommandServer } from '../../harness/command-line.js';
import { suite } from '../../harness/test.js';
import { ownServer, referenceServer, type RunningServer, type Server } from '../servers.js';
import { call, callMcp, type ScriptPart } from './model-script.js';
import { play } from './play.js';
import { ended, plain } from './report-text.js';
import { mcpProbe } from './mcp-probe.js';
import type { Stage } from './stage.js';

const test = suite('codex, restart');

const timeoutMs = 60_000;

/** A server that can be ended before its time. */
interface Mortal {
  readonly server: Server;
  readonly end: () => Promise<unknown>;
}

/** The server of the command line, as a process of its own. */
function ownCommand(signal: NodeJS.Signals): Mortal {
  let stop: (() => Promise<unknown>) | null = null;
  const start: Server['start'] = async () => {
    const server = await startCommandServer();
    stop = () => server.stop(signal);
    return server;
  };
  return { server: { ...ownServer, start }, end: () => stop?.() ?? Promise.reject(new Error('it was not started')) };
}

function reference(): Mortal {
  let end: (() => Promise<void>) | null = null;
  const start: Server['start'] = async () => {
    const running = await referenceServer.start();
    let ending: Promise<void> | null = null;
    end = () => (ending ??= Promise.resolve(running[Symbol.asyncDispose]()));
    return { url: running.url, [Symbol.asyncDispose]: end };
  };
  return { server: { ...referenceServer, start }, end: () => end?.() ?? Promise.reject(new Error('it was not started')) };
}

const mortals: readonly (readonly [name: string, successor: Server, make: () => Mortal])[] = [
  ['this server (SIGTERM)', ownServer, () => ownCommand('SIGTERM')],
  ['this server (SIGKILL)', ownServer, () => ownCommand('SIGKILL')],
  ['the reference server (SIGTERM)', referenceServer, reference],
];

/** Ends the server and puts a new one in its place. */
async function restart({ proxy }: Stage, end: Mortal['end'], next: RunningServer): Promise<void> {
  proxy.block();
  await end();
  proxy.redirect(next.url);
  proxy.unblock();
}

for (const [name, successor, make] of mortals) {
  const { skip } = successor;

  test(
    `${name}: restarted in mid-command: the command fails with a word why, and the next one runs on the new server`,
    async () => {
      const { server, end } = make();
      await using next = await successor.start();
      const { told, turn } = await play(
        server,
        async function* (): ScriptPart<string[]> {
          const lost = (yield [call('exec_command', { cmd: 'echo begun; sleep 100', yield_time_ms: 30_000 })]).text();
          const after = (yield [call('exec_command', { cmd: 'echo after' })]).command();
          return [lost, plain(after)];
        },
        async (stage) => {
          await stage.tap.find(({ method }) => method === 'process/output');
          await restart(stage, end, next);
        },
      );
      assert.match(told[0] ?? '', 'unknown session id');
      assert.is(told[1], ended(0, 'after\n'));
      assert.is(turn.status, 'completed');
    },
    { skip, timeoutMs },
  );

  test(
    `${name}: restarted under an MCP server: its calls fail with a word why, and commands go on`,
    async () => {
      const { server, end } = make();
      await using next = await successor.start();
      let stage: Stage | null = null;
      const { told, turn } = await play(
        server,
        async function* (): ScriptPart<string[]> {
          const before = (yield [callMcp('probe', 'where')]).text();
          if (stage) await restart(stage, end, next);
          const lost = (yield [callMcp('probe', 'where')]).text();
          return [before, lost, plain((yield [call('exec_command', { cmd: 'echo after' })]).command())];
        },
        undefined,
        { config: mcpProbe(tmpdir()), setUp: (set) => void (stage = set) },
      );
      assert.match(told[0] ?? '', '"args":');
      assert.match(told[1] ?? '', /tool call failed for `probe\/where`[^]*Transport closed/);
      assert.is(told[2], ended(0, 'after\n'));
      assert.is(turn.status, 'completed');
    },
    { skip, timeoutMs },
  );
}
