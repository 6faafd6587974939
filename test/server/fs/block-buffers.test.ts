import * as fc from 'fast-check';
import * as assert from 'uvu/assert';
import { base64Length, BlockBuffer, BlockBuffers } from '#server/fs/block-buffers.js';
import { holds } from '../../harness/property.js';
import { suite } from '../../harness/test.js';

const test = suite('block-buffers');

test('content becomes base64 in its own place, whatever its length', () => {
  const large = Buffer.from(Array.from({ length: 400_000 }, (_, at) => (at * 7919) % 256));
  const lengths = fc.oneof(fc.integer({ min: 0, max: 300 }), fc.integer({ min: 0, max: large.length }));
  holds(
    fc.tuple(lengths, fc.integer({ min: 0, max: 5 }), fc.boolean()),
    ([filled, spare, isFull]) => {
      const length = filled + spare;
      const buffer = new BlockBuffer(isFull ? length : length + 1_000);
      large.copy(buffer.content(length), 0, 0, filled);
      const piece = buffer.encode('{"head":"', length, filled, '"}');
      assert.is(piece.toString('latin1'), `{"head":"${large.toString('base64', 0, filled)}"}`);
    },
    60,
  );
});

test('the length of base64 is known before', () => {
  for (let bytes = 0; bytes < 10; bytes++) assert.is(base64Length(bytes), Buffer.alloc(bytes).toString('base64').length);
});

test('a buffer that was given back is used again, for content of any length', () => {
  const buffers = new BlockBuffers(1_000);
  const first = buffers.take(1_000);
  buffers.give(first);
  assert.is(buffers.take(600), first);
  assert.is.not(buffers.take(1_000), first);
});

test('little content gets a buffer of its own, which is not kept', () => {
  const buffers = new BlockBuffers(1_000);
  const small = buffers.take(10);
  assert.is(small.bytes, 10);
  buffers.give(small);
  assert.is.not(buffers.take(1_000), small);
});

test('few are kept', () => {
  const buffers = new BlockBuffers(100);
  const lent = Array.from({ length: 20 }, () => buffers.take(100));
  for (const buffer of lent) buffers.give(buffer);
  const again = new Set(Array.from({ length: 20 }, () => buffers.take(100)));
  assert.is(lent.filter((buffer) => again.has(buffer)).length, 6);
});
