import { readFileSync } from 'node:fs';
import { connect, type ExecClient, OutcomeUnknownError } from '@exec-server/client';
import { FaultProxy } from 'exec-server/testing';
import { Scratch } from '../harness/scratch.js';
import { type Campaign, type CampaignOptions, inLanes, Tally } from './campaign.js';
import { startTarget } from './target.js';

/** Leaves a line for every time it is run, then ends as it is told. */
const script = 'echo "$1" >> "$2"; if [ "$3" -gt 128 ]; then kill -$(($3 - 128)) $$; fi; exit "$3"';

/** Exit statuses, and 128 + N for signals that end a shell. */
const ends = [0, 1, 7, 127, 128 + 2, 128 + 9, 128 + 15];

async function startOne(client: ExecClient, path: string, id: string, { random }: CampaignOptions, tally: Tally): Promise<string | null> {
  const wanted = random.pick(ends);
  tally.add('starts');
  try {
    const process = await client.processes.start({
      argv: ['sh', '-c', script, 'sh', id, path, String(wanted)],
      processId: id,
      tty: random.next() < 0.1,
    });
    const { exitCode } = await process.closed;
    if (exitCode !== wanted) tally.fault(`${id}: reported ${exitCode}, ended with ${wanted}`);
    return id;
  } catch (error) {
    if (!(error instanceof OutcomeUnknownError)) tally.fault(`${id}: ${String(error)}`);
    else tally.add('outcome unknown');
    return null;
  }
}

function compareRuns(path: string, reported: ReadonlySet<string>, tally: Tally): void {
  const runs = new Map<string, number>();
  for (const id of readFileSync(path, 'utf8').split('\n').slice(0, -1)) runs.set(id, (runs.get(id) ?? 0) + 1);
  for (const [id, count] of runs) if (count > 1) tally.fault(`${id} was started ${count} times`);
  for (const id of reported) if (!runs.has(id)) tally.fault(`${id} is said to have ended and was never started`);
  tally.add('programs run', runs.size);
}

/** Starts over a line that is cut: the reported end is the wait status, and nothing runs twice. */
export const starts: Campaign = {
  counts: 'starts',
  defaultCount: 2_000,
  async run(options) {
    const tally = new Tally(options);
    const { random } = options;
    using scratch = new Scratch();
    await using server = await startTarget(options.server);
    await inLanes(4, async (lane) => {
      const path = scratch.file(`runs-${lane}`);
      const reported = new Set<string>();
      await using proxy = await FaultProxy.start(server.url);
      while (!tally.isDone('starts')) {
        // A new client now and then: a session keeps the processes it has had for a while.
        await using client = await connect(proxy.url);
        for (let batch = 0; batch < 20 && client.state !== 'closed' && !tally.isDone('starts'); batch++) {
          proxy.at('toClient', random.between(1, 5_000), () => {
            proxy.cut();
            tally.add('cuts');
          });
          const ids = Array.from({ length: 12 }, (_, at) => `${lane}-${tally.get('starts') + at}`);
          for (const id of await Promise.all(ids.map((name) => startOne(client, path, name, options, tally))))
            if (id !== null) reported.add(id);
        }
        proxy.disarm();
      }
      compareRuns(path, reported, tally);
    });
    return tally.result();
  },
};
