import * as fc from 'fast-check';
import * as assert from 'uvu/assert';
import { FrameMeter } from '#server/listen/frame-meter.js';
import { cutAnywhere, holds } from '../../harness/property.js';
import { suite } from '../../harness/test.js';

const test = suite('frame-meter');

const limits = { maxFrameBytes: 1_000, maxMessageBytes: 3_000 };
const [continuation, text, binary, close, ping, pong] = [0x0, 0x1, 0x2, 0x8, 0x9, 0xa] as const;

interface Frame {
  readonly opcode: number;
  readonly length: number;
  readonly fin?: boolean;
  readonly masked?: boolean;
  /** Bytes the length is written in: 0, 2 or 8; the fewest by default. */
  readonly lengthBytes?: 0 | 2 | 8;
}

function encode({ opcode, length, fin = true, masked = true, lengthBytes }: Frame): Buffer {
  const extended = lengthBytes ?? (length < 126 ? 0 : length < 65_536 ? 2 : 8);
  const header = Buffer.alloc(2 + extended + (masked ? 4 : 0));
  header[0] = (fin ? 0x80 : 0) | opcode;
  header[1] = (masked ? 0x80 : 0) | (extended === 0 ? length : extended === 2 ? 126 : 127);
  if (extended === 2) header.writeUInt16BE(length, 2);
  if (extended === 8) header.writeBigUInt64BE(BigInt(length), 2);
  return Buffer.concat([header, Buffer.alloc(length, 0x81)]); // the payload looks like headers
}

const bytesOf = (...frames: readonly Frame[]): Buffer => Buffer.concat(frames.map(encode));
const accepts = (bytes: Uint8Array): boolean => new FrameMeter(limits).accept(Buffer.from(bytes));

/** What the rules say, frame by frame. */
function isWithin(frames: readonly Frame[]): boolean {
  let message = 0;
  return frames.every(({ opcode, length }) => {
    if (opcode >= close) return true;
    message = (opcode === continuation ? message : 0) + length;
    return length <= limits.maxFrameBytes && message <= limits.maxMessageBytes;
  });
}

const frame: fc.Arbitrary<Frame> = fc.oneof(
  fc.record({
    opcode: fc.constantFrom(text, binary, continuation, continuation),
    length: fc.oneof(
      fc.integer({ min: 0, max: 200 }),
      fc.integer({ min: 900, max: 1_000 }),
      fc.constantFrom(0, 125, 126, 127, 1_000, 1_001),
    ),
    fin: fc.boolean(),
    masked: fc.boolean(),
    lengthBytes: fc.constantFrom(2 as const, 8 as const),
  }),
  fc.record({ opcode: fc.constantFrom(ping, pong, close), length: fc.integer({ min: 0, max: 125 }), masked: fc.boolean() }),
);

test('S4: it finds the same in any chunking, and what the rules say', () => {
  holds(
    fc.tuple(fc.array(frame, { maxLength: 8 }), fc.array(fc.nat(), { maxLength: 10 })),
    ([frames, places]) => {
      const bytes = bytesOf(...frames);
      const meter = new FrameMeter(limits);
      const inPieces = cutAnywhere(bytes, places).every((piece) => meter.accept(Buffer.from(piece)));
      const expected = isWithin(frames);
      assert.is(accepts(bytes), expected);
      assert.is(inPieces, expected);
    },
    1_000,
  );
});

test('byte by byte as well', () => {
  for (const [frames, expected] of [
    [[{ opcode: text, length: 1_000 }], true],
    [[{ opcode: text, length: 1_001 }], false],
  ] as const) {
    const meter = new FrameMeter(limits);
    assert.is(
      [...bytesOf(...frames)].every((byte) => meter.accept(Buffer.from([byte]))),
      expected,
    );
  }
});

test('a frame is judged by what it announces, before any of it has come', () => {
  for (const opcode of [text, binary, continuation]) {
    const header = encode({ opcode, length: 1_001 }).subarray(0, 8);
    assert.is(accepts(header.subarray(0, 7)), true, 'the mask belongs to the header');
    assert.is(accepts(header), false);
  }
});

test('a length beyond what a number can hold is too long', () => {
  const header = Buffer.from([0x81, 0x7f, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff]);
  assert.is(accepts(header), false);
});

test('a message of many frames may be longer than one of them', () => {
  const part = { opcode: continuation, length: 1_000, fin: false };
  const begin = { opcode: text, length: 1_000, fin: false };
  assert.is(accepts(bytesOf(begin, part, { ...part, fin: true })), true);
  assert.is(accepts(bytesOf(begin, part, { opcode: ping, length: 125 }, part, { ...part, length: 1, fin: true })), false);
  assert.is(accepts(bytesOf(begin, part, part, { opcode: text, length: 1_000 })), true, 'the next message counts from zero');
});

test('control frames in between count for nothing', () => {
  const begin = { opcode: text, length: 1_000, fin: false };
  const end = { opcode: continuation, length: 1_000 };
  assert.is(accepts(bytesOf(begin, { opcode: ping, length: 100 }, { opcode: pong, length: 0 }, end, end)), true);
});

test('nothing at all is fine', () => assert.is(accepts(Buffer.alloc(0)), true));
