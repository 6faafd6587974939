import { connect } from '@exec-server/client';
import { FaultProxy } from 'exec-server/testing';
import { readText } from '../harness/byte-streams.js';
import { type Campaign, type CampaignOptions, inLanes, Tally } from './campaign.js';
import { startTarget } from './target.js';

/** Counts lines that are not the number after the one before; says nothing before the end, so that all traffic is answers. */
const script = `while (<STDIN>) { chomp; last if $_ eq "end"; $n++; $bad++ if $_ != $n; } printf "%d %d\\n", $n, $bad;`;
/** Writes of one program. */
const perProgram = 1_000;
const inFlight = 8;

async function runProgram(proxy: FaultProxy, { random }: CampaignOptions, tally: Tally): Promise<void> {
  await using client = await connect(proxy.url);
  const process = await client.processes.start({ argv: ['perl', '-e', script], stdin: true });
  const said = readText(process.stdout);
  for (let written = 0; written < perProgram; written += inFlight) {
    // An answer takes some forty bytes: the cut comes between the first of the batch and the last.
    if (random.next() < 0.5) {
      proxy.at('toClient', random.between(1, 350), () => {
        proxy.cut();
        tally.add('cuts');
      });
    }
    await Promise.all(Array.from({ length: inFlight }, (_, at) => process.write(`${written + at + 1}\n`)));
    tally.add('writes', inFlight);
  }
  proxy.disarm();
  await process.write('end\n');
  const [count, wrong] = (await said).trim().split(' ').map(Number);
  if (count !== perProgram || wrong !== 0) tally.fault(`${count} of ${perProgram} lines came, ${wrong} of them out of place`);
  await process.closed;
}

/** Writes to stdin whose answers are cut off after delivery: each is applied once and in order. */
export const writes: Campaign = {
  counts: 'writes',
  defaultCount: 10_000,
  async run(options) {
    const tally = new Tally(options);
    await using server = await startTarget(options.server);
    await inLanes(4, async () => {
      await using proxy = await FaultProxy.start(server.url);
      while (!tally.isDone('writes')) {
        try {
          await runProgram(proxy, options, tally);
        } catch (error) {
          tally.fault(String(error));
          proxy.disarm();
        }
      }
    });
    return tally.result();
  },
};
