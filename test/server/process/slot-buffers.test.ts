import * as assert from 'uvu/assert';
import { SlotBuffers } from '#server/process/slot-buffers.js';
import { suite } from '../../harness/test.js';

const test = suite('slot buffers');

test('little gets as much as is wanted, a good part of a slot gets all of it, more than a slot gets just that', () => {
  const buffers = new SlotBuffers(8_000);
  assert.is(buffers.take(10, 256).length, 256);
  assert.is(buffers.take(10, 1_000).length, 1_000);
  assert.is(buffers.take(10, 1_001).length, 8_000);
  assert.is(buffers.take(8_001, 32_000).length, 8_001);
});

test('only those of a slot are kept', () => {
  const buffers = new SlotBuffers(8_000);
  const [small, slot, large] = [buffers.take(10, 256), buffers.take(5_000, 5_000), buffers.take(9_000, 9_000)];
  for (const buffer of [small, large, slot]) buffers.give(buffer);
  assert.is(buffers.take(8_000, 8_000), slot);
  assert.is.not(buffers.take(9_000, 9_000), large);
});
