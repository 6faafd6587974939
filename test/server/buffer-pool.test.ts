import * as assert from 'uvu/assert';
import { BufferPool } from '#server/buffer-pool.js';
import { suite } from '../harness/test.js';

const test = suite('buffer pool');

test('what was given back is used again, and nothing is lent twice', () => {
  const pool = new BufferPool(() => Buffer.alloc(10), 4);
  const first = pool.take();
  const second = pool.take();
  assert.is.not(first, second);
  pool.give(first);
  assert.is(pool.take(), first);
  assert.is.not(pool.take(), first);
});

test('few are kept', () => {
  const pool = new BufferPool(() => Buffer.alloc(10), 4);
  const lent = Array.from({ length: 20 }, () => pool.take());
  for (const buffer of lent) pool.give(buffer);
  const again = new Set(Array.from({ length: 20 }, () => pool.take()));
  assert.is(lent.filter((buffer) => again.has(buffer)).length, 4);
});
