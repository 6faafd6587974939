import * as fc from 'fast-check';
import * as assert from 'uvu/assert';
import { LineSplitter } from '#protocol/line-splitter.js';
import { cutAnywhere, holds } from '../harness/property.js';
import { suite } from '../harness/test.js';

const test = suite('line-splitter');

const bytesOf = (text: string): Uint8Array => Buffer.from(text);
const textOf = (line: Uint8Array): string => Buffer.from(line).toString();

test('any chunking gives the same lines', () => {
  const text = fc
    .array(fc.constantFrom('a', '\n', '\r\n', 'é', '', '\n\n', 'long piece of text'), { maxLength: 40 })
    .map((parts) => parts.join(''));
  holds(fc.tuple(text, fc.array(fc.nat(), { maxLength: 12 })), ([whole, places]) => {
    const splitter = new LineSplitter(1_000_000);
    const lines = cutAnywhere(bytesOf(whole), places).flatMap((piece) => splitter.push(piece));
    assert.equal(lines.map(textOf), whole.split('\n').slice(0, -1));
  });
});

test('a line waits for its end, however many pieces that takes', () => {
  const splitter = new LineSplitter(100);
  for (const letter of 'abc') assert.equal(splitter.push(bytesOf(letter)), []);
  assert.equal(splitter.push(bytesOf('\n')).map(textOf), ['abc']);
  assert.equal(splitter.push(bytesOf('\n')).map(textOf), ['']);
});

test('a line of exactly the limit fits, one byte more does not', () => {
  const splitter = new LineSplitter(4);
  assert.equal(splitter.push(bytesOf('abcd\nab')).map(textOf), ['abcd']);
  assert.equal(splitter.push(bytesOf('cd\n')).map(textOf), ['abcd']);
  assert.throws(() => splitter.push(bytesOf('abcde\n')), /a line is longer than 4 bytes/);
});

test('S4: a line that never ends is refused as soon as it is too long, not when it ends', () => {
  const splitter = new LineSplitter(10);
  splitter.push(bytesOf('12345'));
  splitter.push(bytesOf('67890'));
  assert.throws(
    () => splitter.push(bytesOf('1')),
    (error: unknown) => error instanceof RangeError,
  );
});

test('the limit is one of lines, not of what arrives at once', () => {
  const splitter = new LineSplitter(3);
  assert.is(splitter.push(bytesOf('abc\n'.repeat(1000))).length, 1000);
});
