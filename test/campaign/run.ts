// One campaign, by name: npm run campaign -- cuts --count 10000 --seed 7 [--seconds 300] [--server 'COMMAND']
import { parseArgs } from 'node:util';
import { SeededRandom } from '#cli/testing/seeded-random.js';
import { campaigns } from './campaigns.js';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { count: { type: 'string' }, seed: { type: 'string' }, seconds: { type: 'string' }, server: { type: 'string' } },
});
const name = positionals[0] ?? '';
const campaign = campaigns[name];
if (!campaign) {
  console.error(`usage: npm run campaign -- NAME [--count N] [--seed N] [--seconds N] [--server COMMAND]`);
  for (const [known, { counts, defaultCount }] of Object.entries(campaigns)) console.error(`  ${known}: ${defaultCount} ${counts}`);
  process.exit(2);
}
const count = Number(values.count ?? campaign.defaultCount);
const random = new SeededRandom(values.seed === undefined ? undefined : Number(values.seed));
const started = performance.now();
console.log(`${name}: ${count} ${campaign.counts}, seed ${random.seed}, Node ${process.version}`);
const { server = null, seconds = '300' } = values;
const { figures, faults } = await campaign.run({ count, seconds: Number(seconds), random, server });
for (const [figure, value] of Object.entries(figures)) console.log(`  ${figure}: ${value}`);
for (const fault of faults) console.log(`  FAULT ${fault}`);
console.log(
  `${name}: ${faults.length === 0 ? 'no fault' : `${figures['faults'] ?? faults.length} faults`}, ${((performance.now() - started) / 1_000).toFixed(0)} s`,
);
process.exitCode = faults.length === 0 ? 0 : 1;
