import * as fc from 'fast-check';
import * as assert from 'uvu/assert';
import { LineSplitter } from '#protocol/line-splitter.js';
import { cutAnywhere, holds } from '../harness/property.js';
import { suite } from '../harness/test.js';

const test = suite('line-splitter');

const bytesOf = (text: string): Uint8Array => Buffer.from(text);
const textOf = (line: Uint8Array): string => Buffer.from(line).toString();

function push(splitter: LineSplitter, text: string): string[] {
  const lines: string[] = [];
  splitter.push(bytesOf(text), (line) => lines.push(textOf(line)));
  return lines;
}

test('any chunking gives the same lines, and the same rest', () => {
  const text = fc
    .array(fc.constantFrom('a', '\n', '\r\n', 'é', '', '\n\n', 'long piece of text'), { maxLength: 40 })
    .map((parts) => parts.join(''));
  holds(fc.tuple(text, fc.array(fc.nat(), { maxLength: 12 })), ([whole, places]) => {
    const splitter = new LineSplitter(1_000_000);
    const lines: string[] = [];
    for (const piece of cutAnywhere(bytesOf(whole), places)) splitter.push(piece, (line) => lines.push(textOf(line)));
    const expected = whole.split('\n');
    const rest = expected.pop() ?? '';
    assert.equal(lines, expected);
    const left = splitter.takeRest();
    assert.is(left === null ? '' : textOf(left), rest);
    assert.is(splitter.takeRest(), null);
  });
});

test('a line waits for its end, however many pieces that takes', () => {
  const splitter = new LineSplitter(100);
  for (const letter of 'abc') assert.equal(push(splitter, letter), []);
  assert.equal(push(splitter, '\n'), ['abc']);
  assert.equal(push(splitter, '\n'), ['']);
});

test('a line stays what it was when more arrives', () => {
  const splitter = new LineSplitter(100);
  const lines: Uint8Array[] = [];
  for (const text of ['fi', 'rst\nse', 'cond\n']) splitter.push(bytesOf(text), (line) => lines.push(line));
  assert.equal(lines.map(textOf), ['first', 'second']);
});

test('a line of exactly the limit fits, one byte more does not', () => {
  const splitter = new LineSplitter(4);
  assert.equal(push(splitter, 'abcd\nab'), ['abcd']);
  assert.equal(push(splitter, 'cd\n'), ['abcd']);
  assert.throws(() => push(splitter, 'abcde\n'), /a line is longer than 4 bytes/);
});

test('lines in front of one that is too long are delivered', () => {
  const splitter = new LineSplitter(4);
  const lines: string[] = [];
  assert.throws(() => splitter.push(bytesOf('ab\ncd\nabcdef'), (line) => lines.push(textOf(line))), /longer than 4 bytes/);
  assert.equal(lines, ['ab', 'cd']);
});

test('S4: a line that never ends is refused as soon as it is too long, not when it ends', () => {
  const splitter = new LineSplitter(10);
  push(splitter, '12345');
  push(splitter, '67890');
  assert.throws(
    () => push(splitter, '1'),
    (error: unknown) => error instanceof RangeError,
  );
});

test('S4: a line that is to be cut keeps its beginning, and the next one is whole again', () => {
  const splitter = new LineSplitter(4, 'cut');
  assert.equal(push(splitter, 'abcdef'), []);
  assert.equal(push(splitter, 'ghi'.repeat(100)), []);
  assert.equal(push(splitter, '\nxy\nabcdefg\nz'), ['abcd', 'xy', 'abcd']);
  assert.is(textOf(splitter.takeRest() as Uint8Array), 'z');
});

test('S4: a line in very small pieces takes no more memory than its bytes, about', () => {
  const splitter = new LineSplitter(1_000_000);
  const before = process.memoryUsage();
  for (let i = 0; i < 1_000_000; i++) splitter.push(Uint8Array.of(0x61), () => undefined);
  const after = process.memoryUsage();
  const pieces = 1_000_000 * 100; // what a list of the pieces would take at the very least
  assert.ok(after.heapUsed + after.arrayBuffers - before.heapUsed - before.arrayBuffers < pieces);
  assert.is(splitter.takeRest()?.length, 1_000_000);
});

test('the limit is one of lines, not of what arrives at once', () => {
  const splitter = new LineSplitter(3);
  assert.is(push(splitter, 'abc\n'.repeat(1000)).length, 1000);
});
