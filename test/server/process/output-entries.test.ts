import * as fc from 'fast-check';
import * as assert from 'uvu/assert';
import { OutputEntries } from '#server/process/output-entries.js';
import { SlotBuffers } from '#server/process/slot-buffers.js';
import { holds } from '../../harness/property.js';
import { suite } from '../../harness/test.js';

const test = suite('output entries');

const chunk = fc.record({
  stream: fc.constantFrom('stdout' as const, 'stderr' as const, 'pty' as const),
  bytes: fc.uint8Array({ maxLength: 400 }),
});

test('what was pushed is read back in order, from any number on, also from what goes to disk', () => {
  holds(fc.tuple(fc.array(chunk, { maxLength: 30 }), fc.nat(40), fc.nat(40), fc.boolean()), ([said, dropped, afterSeq, isShrunk]) => {
    const buffers = new SlotBuffers(2_000);
    const entries = new OutputEntries(buffers);
    const all = said.map(({ stream, bytes }, at) => ({ seq: 2 ** 40 + at * 3, stream, chunk: Buffer.from(bytes) }));
    for (const one of all) entries.push(one.seq, one.stream, one.chunk);
    const shifted = Array.from({ length: Math.min(dropped, all.length) }, () => structuredClone(entries.shift()?.seq));
    assert.equal(
      shifted,
      all.slice(0, dropped).map(({ seq }) => seq),
    );
    if (isShrunk) entries.shrink();
    const left = all.slice(dropped);
    assert.is(entries.isEmpty, left.length === 0);
    assert.is(entries.oldestSeq, left[0]?.seq);
    assert.is(
      entries.keptBytes,
      left.reduce((sum, one) => sum + one.chunk.length + 19, 0),
    );
    const expected = left.filter(({ seq }) => seq > 2 ** 40 + afterSeq);
    assert.equal(entries.readAfter(2 ** 40 + afterSeq), expected);
    assert.equal(OutputEntries.decode(Buffer.from(entries.encoded()), buffers).readAfter(2 ** 40 + afterSeq), expected);
  });
});

test('little output takes little memory, and none that is not needed once nothing follows', () => {
  const entries = new OutputEntries(new SlotBuffers(262_144));
  entries.push(1, 'stdout', Buffer.from('hello'));
  assert.ok(entries.memoryBytes < 300, `${entries.memoryBytes} bytes`);
  entries.push(2, 'stdout', Buffer.alloc(60_000));
  entries.shrink();
  assert.ok(entries.memoryBytes < 60_100, `${entries.memoryBytes} bytes`);
  assert.is(entries.readAfter(1)[0]?.chunk.length, 60_000);
});

test('the buffer of a full slot is used again', () => {
  const buffers = new SlotBuffers(10_000);
  const fill = (): ArrayBufferLike => {
    const entries = new OutputEntries(buffers);
    entries.push(1, 'stdout', Buffer.alloc(9_000));
    const { buffer } = entries.encoded();
    entries.close();
    return buffer;
  };
  assert.is(fill(), fill());
});
