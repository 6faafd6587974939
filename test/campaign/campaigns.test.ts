import * as assert from 'uvu/assert';
import { SeededRandom } from '#cli/testing/seeded-random.js';
import { suite } from '../harness/test.js';
import { campaigns } from './campaigns.js';

const test = suite('campaigns');

/** The short version of each: how much of it, and for how many seconds at most. */
const short: Readonly<Record<string, { readonly count: number; readonly seconds: number }>> = {
  cuts: { count: 150, seconds: 10 },
  writes: { count: 3_000, seconds: 10 },
  starts: { count: 150, seconds: 10 },
  'fast-exits': { count: 80, seconds: 10 },
  orphans: { count: 60, seconds: 20 },
  'stalled-reader': { count: 48, seconds: 4 },
  'resume-time': { count: 3, seconds: 10 },
  fuzz: { count: 4_000, seconds: 10 },
  'mixed-work': { count: 2, seconds: 3 },
};

/** One seed for all, printed in every title, so that a failure can be tried again. */
const { seed } = new SeededRandom(process.env['TEST_SEED'] === undefined ? undefined : Number(process.env['TEST_SEED']));
const skip = process.platform === 'linux' ? null : 'counts by /proc';

test('every campaign has a short version', () => {
  assert.equal(Object.keys(short), Object.keys(campaigns));
});

for (const [name, { count, seconds }] of Object.entries(short)) {
  test(
    `${name}, ${count} ${campaigns[name]?.counts}: no fault (TEST_SEED=${seed})`,
    async () => {
      const result = await campaigns[name]?.run({ count, seconds, random: new SeededRandom(seed), server: null });
      assert.equal(result?.faults, []);
    },
    { timeoutMs: 60_000, skip },
  );
}
