import { limits } from '@exec-server/protocol';
import * as assert from 'uvu/assert';
import { StderrLines } from '#mcp/stderr-lines.js';
import { suite } from '../harness/test.js';

const test = suite('stderr-lines');

function read(...pieces: (string | Uint8Array)[]) {
  const lines: string[] = [];
  const stderr = new StderrLines((line) => lines.push(line));
  for (const piece of pieces) stderr.push(Buffer.from(piece));
  return { lines, stderr };
}

test('lines come whole, without their ends, and the last one at the end', () => {
  const { lines, stderr } = read('one\r\ntw', 'o\n\nrest');
  assert.equal(lines, ['one', 'two', '']);
  stderr.finish();
  assert.equal(lines, ['one', 'two', '', 'rest']);
  stderr.finish();
  assert.is(lines.length, 4);
});

test('a character that is cut in two is one; what is no text is replaced', () => {
  const e = Buffer.from('é');
  assert.equal(read(e.subarray(0, 1), e.subarray(1), '\n', Uint8Array.of(0xff, 0x0a)).lines, ['é', '\uFFFD']);
});

test('the tail is the end of everything, in whole characters, and small', () => {
  assert.is(read('first\r\nsecond\n').stderr.tail, 'first\nsecond');
  assert.is(read().stderr.tail, '');
  const { tail } = read('é'.repeat(10_000), 'end').stderr;
  assert.match(tail, /^é+end$/);
  assert.ok(Buffer.byteLength(tail) <= limits.mcpStderrTailBytes);
});

test('S4: a line without an end is cut', () => {
  const { lines } = read(...Array.from({ length: 30 }, () => 'x'.repeat(100_000)), '\nnext\n');
  assert.equal(
    lines.map((line) => line.length),
    [limits.mcpStderrLineBytes, 4],
  );
});
