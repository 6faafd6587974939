import { connect, type ExecClient, OutcomeUnknownError, RpcError, UnsupportedByServerError } from '@exec-server/client';
import { FaultProxy } from 'exec-server/testing';
import { setTimeout as pause } from 'node:timers/promises';
import { readText } from '../harness/byte-streams.js';
import { type Campaign, type CampaignOptions, Tally } from './campaign.js';
import { type ServerReport, startTarget } from './target.js';

const MiB = 1024 * 1024;
const sampleMs = 2_000;
/** What is over is forgotten soon, so that a run of minutes sees what one of hours would. */
const limits = { closedProcessMs: 2_000, detachedSessionMs: 60_000 };

type Job = (client: ExecClient, random: CampaignOptions['random']) => Promise<string | null>;

/** Each resolves with what is wrong, or null. */
const jobs: readonly Job[] = [
  async (client, random) => {
    const lines = random.between(1, 20_000);
    const process = await client.processes.start({ argv: ['seq', String(lines)] });
    const text = await readText(process.stdout);
    await process.closed;
    return text.endsWith(`\n${lines}\n`) || text === '1\n' ? null : `seq ${lines} gave ${text.length} bytes`;
  },
  async (client, random) => {
    const process = await client.processes.start({ argv: ['cat'], stdin: true });
    const text = 'x'.repeat(random.between(1, 200_000));
    const back = readText(process.stdout);
    back.catch(() => undefined); // told below, unless something else goes wrong first
    await process.write(text);
    await process.closeStdin();
    return (await back) === text ? null : 'cat gave other bytes back';
  },
  async (client, random) => {
    const process = await client.processes.start({ argv: ['sh', '-c', 'read line; stty size'], tty: { rows: 10, cols: 20 } });
    await process.resize({ rows: random.between(30, 40), cols: 50 });
    await process.write('\n');
    return / 50\r\n/.test(await readText(process.stdout)) ? null : 'the terminal has another size';
  },
  async (client) => {
    const process = await client.processes.start({ argv: ['sleep', '600'] });
    await process.terminate();
    const { exitCode } = await process.closed;
    return exitCode === 137 ? null : `terminated with ${exitCode}`;
  },
  async (client) => {
    await Promise.all([client.processes.list(), client.environment.info(), client.environment.server()]);
    return null;
  },
  async (client) => {
    try {
      await client.processes.start({ argv: ['/no/such/program'] });
      return 'a program that is not there was started';
    } catch (error) {
      if (error instanceof RpcError) return null;
      throw error;
    }
  },
];

/** Works through jobs over a line that is cut, with a client after the other. */
async function work(url: string, options: CampaignOptions, tally: Tally): Promise<void> {
  const { random } = options;
  await using proxy = await FaultProxy.start(url);
  while (!tally.isLate) {
    await using client = await connect(proxy.url);
    for (let turn = 0; turn < 50 && !tally.isLate; turn++) {
      proxy.at(random.pick(['toServer', 'toClient']), random.between(1, 60_000), () => {
        proxy.cut();
        tally.add('cuts');
      });
      const kind = random.between(0, jobs.length - 1);
      try {
        const wrong = await jobs[kind]?.(client, random);
        if (wrong) tally.fault(`job ${kind}: ${wrong}`);
      } catch (error) {
        if (error instanceof OutcomeUnknownError) tally.add('outcome unknown');
        else if (error instanceof UnsupportedByServerError) tally.add('not offered by the server');
        else tally.fault(`job ${kind}: ${String(error)}`);
      }
      tally.add('jobs');
    }
    proxy.disarm();
  }
}

/** Growth per minute, by least squares, of the second half of the samples. */
function slope(samples: readonly ServerReport[], value: (report: ServerReport) => number): number {
  const ys = samples.slice(Math.floor(samples.length / 2)).map(value);
  const mean = (ys.length - 1) / 2;
  const average = ys.reduce((sum, y) => sum + y, 0) / ys.length;
  const above = ys.reduce((sum, y, x) => sum + (x - mean) * (y - average), 0);
  const below = ys.reduce((sum, _, x) => sum + (x - mean) ** 2, 0);
  return Math.round((above / below) * (60_000 / sampleMs) * 100) / 100;
}

function compare(before: ServerReport, after: ServerReport, tally: Tally): void {
  for (const name of ['descriptors', 'timers', 'zombies', 'connections', 'sessions', 'liveProcesses', 'retainedBytes'] as const) {
    if (after[name] > before[name]) tally.fault(`${name}: ${before[name]} before, ${after[name]} when everything was over`);
  }
}

/** Work of every kind over lines that are cut, for `--seconds`: what the server holds, while it lasts and afterwards. */
export const mixedWork: Campaign = {
  counts: 'lanes of work, for all the time there is',
  defaultCount: 3,
  async run(options) {
    await using server = await startTarget(options.server, limits);
    await work(server.url, options, new Tally({ ...options, seconds: 1 })); // what is loaded on first use
    await pause(server.forgetMs + 1_000);
    const before = await server.report();
    const tally = new Tally(options);
    const samples: ServerReport[] = [];
    const lanes = Array.from({ length: options.count }, () => work(server.url, options, tally));
    const over = Promise.all(lanes).then(() => true);
    while (!(await Promise.race([over, pause(sampleMs, false)]))) samples.push(await server.report());
    for (const sample of samples) tally.most('zombies at once', sample.zombies);
    await pause(server.forgetMs + 1_000);
    const after = await server.report();
    compare(before, after, tally);
    return tally.result({
      'MiB of heap before, after': `${(before.heapBytes / MiB).toFixed(1)}, ${(after.heapBytes / MiB).toFixed(1)}`,
      'MiB resident before, after': `${(before.rssBytes / MiB).toFixed(0)}, ${(after.rssBytes / MiB).toFixed(0)}`,
      'descriptors before, after': `${before.descriptors}, ${after.descriptors}`,
      'timers before, after': `${before.timers}, ${after.timers}`,
      'heap: MiB per minute': slope(samples, ({ heapBytes }) => heapBytes / MiB),
      'resident: MiB per minute': slope(samples, ({ rssBytes }) => rssBytes / MiB),
      'descriptors per minute': slope(samples, ({ descriptors }) => descriptors),
      'timers per minute': slope(samples, ({ timers }) => timers),
    });
  },
};
