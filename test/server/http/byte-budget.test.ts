import * as assert from 'uvu/assert';
import { ByteBudget } from '#server/http/byte-budget.js';
import { suite } from '../../harness/test.js';

const test = suite('byte budget');

test('bytes are taken as long as there are some, and given back', () => {
  const budget = new ByteBudget(10);
  assert.equal([budget.take(6), budget.take(5), budget.take(4), budget.bytes], [true, false, true, 10]);
  budget.give(6);
  assert.equal([budget.take(5), budget.bytes], [true, 9]);
});

test('who is alone gets more than there is', () => {
  const budget = new ByteBudget(10);
  assert.equal([budget.takeOrAlone(50), budget.takeOrAlone(1), budget.takeOrAlone(0)], [true, false, false]);
  budget.give(50);
  assert.equal([budget.takeOrAlone(3), budget.takeOrAlone(7), budget.takeOrAlone(1)], [true, true, false]);
});
