import * as assert from 'uvu/assert';
import { SeededRandom } from '#cli/testing/seeded-random.js';
import { suite } from '../../harness/test.js';

const test = suite('seeded-random');

const draw = (random: SeededRandom): number[] => Array.from({ length: 1_000 }, () => random.between(1, 6));

test('the same seed gives the same numbers, another one others', () => {
  assert.equal(draw(new SeededRandom(7)), draw(new SeededRandom(7)));
  assert.not.equal(draw(new SeededRandom(7)), draw(new SeededRandom(8)));
});

test('a seed by chance can be read and used again', () => {
  const first = new SeededRandom();
  assert.equal(draw(new SeededRandom(first.seed)), draw(first));
});

test('both ends of a range are drawn, nothing outside, and all about as often', () => {
  const counts = new Map<number, number>();
  for (const number of draw(new SeededRandom(1))) counts.set(number, (counts.get(number) ?? 0) + 1);
  assert.equal(
    [...counts.keys()].toSorted((a, b) => a - b),
    [1, 2, 3, 4, 5, 6],
  );
  for (const count of counts.values()) assert.ok(count > 100 && count < 250, `${count}`);
  assert.is(new SeededRandom(1).between(3, 3), 3);
  assert.is(new SeededRandom(1).pick(['only']), 'only');
});
