import { limits } from '@exec-server/protocol';
import * as assert from 'uvu/assert';
import { LineWriter } from '#mcp/line-writer.js';
import { failure } from '../harness/failure.js';
import { suite } from '../harness/test.js';

const test = suite('line-writer');

/** A writer whose writes are answered one by one. */
function createWriter() {
  const written: string[] = [];
  const answers: ((error?: Error) => void)[] = [];
  const writer = new LineWriter((bytes) => {
    written.push(Buffer.from(bytes).toString());
    return new Promise((resolve, reject) => answers.push((error) => (error ? reject(error) : resolve())));
  });
  const write = (text: string): Promise<void> => writer.write(Buffer.from(text));
  return { written, answers, write };
}

test('the first lines go at once, those that come meanwhile go together, in order', async () => {
  const { written, answers, write } = createWriter();
  const lines = Array.from({ length: 10 }, (_, i) => write(`${i}\n`));
  assert.equal(written, ['0\n', '1\n', '2\n', '3\n']);
  answers[0]?.();
  await lines[0];
  assert.equal(written.slice(4), ['4\n5\n6\n7\n8\n9\n']);
  for (const answer of answers) answer();
  await Promise.all(lines);
});

test('lines that go together are not many bytes; a long one goes alone', async () => {
  const { written, answers, write } = createWriter();
  const long = 'x'.repeat(200_000);
  const lines = ['a', 'b', 'c', 'd', 'y'.repeat(60_000), 'z'.repeat(60_000), long, 'e'].map(write);
  for (let answered = 0; answered < 8; answered++) {
    answers[answered]?.();
    await new Promise(setImmediate);
  }
  await Promise.all(lines);
  assert.equal(
    written.map((text) => text.length),
    [1, 1, 1, 1, 60_000, 60_000, 200_000, 1],
  );
});

test('a write that fails fails its lines, and no others', async () => {
  const { answers, write } = createWriter();
  const lines = Array.from({ length: 6 }, (_, i) => write(`${i}\n`));
  answers[0]?.();
  await lines[0];
  for (const at of [1, 2, 3]) answers[at]?.();
  answers[4]?.(new RangeError('closed'));
  await Promise.all(lines.slice(1, 4));
  await failure(lines[4] as Promise<void>, RangeError);
  await failure(lines[5] as Promise<void>, RangeError);
});

test('S4: what waits is bounded; one line always fits', async () => {
  const { answers, write } = createWriter();
  const half = 'x'.repeat(limits.mcpUnsentBytes / 2);
  const lines = [write(half), write(half)];
  assert.match((await failure(write('x'), RangeError)).message, /does not read/);
  for (const answer of answers) answer();
  await Promise.all(lines);
  const whole = write('x'.repeat(limits.mcpUnsentBytes + 1));
  answers.at(-1)?.();
  await whole;
});
