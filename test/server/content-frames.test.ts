import * as fc from 'fast-check';
import * as assert from 'uvu/assert';
import { ContentFrames } from '#server/content-frames.js';
import { holds } from '../harness/property.js';
import { suite } from '../harness/test.js';

const test = suite('content frames');

test('a frame is its head, the content as base64, and its tail, whatever its length', () => {
  const frames = new ContentFrames();
  const large = Buffer.from(Array.from({ length: 200_000 }, (_, at) => (at * 7919) % 256));
  const lengths = fc.oneof(fc.nat(300), fc.nat(large.length), fc.constantFrom(65_536, 73_000, 74_000));
  holds(
    fc.tuple(lengths, fc.constantFrom('{"id":"', '{"ключ":"', `{"${'x'.repeat(5_000)}":"`), fc.boolean()),
    ([length, head, givesBack]) => {
      const { bytes, sent } = frames.write(head, /^[\0-\x7f]*$/.test(head), large.subarray(0, length), '"}');
      assert.ok(bytes.toString() === `${head}${large.toString('base64', 0, length)}"}`);
      if (givesBack) sent?.();
    },
    300,
  );
});

test('a frame stays as it is until it is sent; then its place is used again', () => {
  const frames = new ContentFrames();
  const write = (letter: string) => frames.write('', true, Buffer.alloc(30_000, letter), '');
  const a = write('a');
  const b = write('b');
  const text = a.bytes.toString();
  assert.is.not(a.bytes.buffer, b.bytes.buffer);
  a.sent?.();
  const c = write('c');
  assert.is(c.bytes.buffer, a.bytes.buffer);
  assert.is(b.bytes.toString(), Buffer.alloc(30_000, 'b').toString('base64'));
  assert.is.not(c.bytes.toString(), text);
});
