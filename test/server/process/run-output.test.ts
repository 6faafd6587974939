import * as fc from 'fast-check';
import * as assert from 'uvu/assert';
import { RunBudget, RunOutput } from '#server/process/run-output.js';
import { holds } from '../../harness/property.js';
import { suite } from '../../harness/test.js';

const test = suite('run-output');

const stream = fc.constantFrom('stdout' as const, 'stderr' as const);
const decode = (output: RunOutput, name: 'stdout' | 'stderr'): Buffer => Buffer.from(output.toBase64(name), 'base64');

test('it keeps the beginning of what was said, by stream, and tells whether there was more', () => {
  const pieces = fc.array(fc.tuple(stream, fc.uint8Array({ minLength: 1, maxLength: 20 })), { maxLength: 60 });
  holds(fc.tuple(pieces, fc.nat({ max: 400 })), ([said, maxBytes]) => {
    const output = new RunOutput(maxBytes, new RunBudget(1_000_000));
    for (const [name, bytes] of said) output.add(name, Buffer.from(bytes));
    let left = maxBytes;
    const expected = { stdout: [] as number[], stderr: [] as number[] };
    for (const [name, bytes] of said) {
      expected[name].push(...bytes.subarray(0, left));
      left -= Math.min(left, bytes.length);
    }
    assert.equal([...decode(output, 'stdout')], expected.stdout);
    assert.equal([...decode(output, 'stderr')], expected.stderr);
    assert.is(output.isTruncated, said.reduce((sum, [, { length }]) => sum + length, 0) > maxBytes);
  });
});

test('what is printed byte by byte comes out whole', () => {
  const output = new RunOutput(10_000, new RunBudget(10_000));
  for (let at = 0; at < 5_000; at++) output.add('stdout', Buffer.from([at % 251]));
  assert.equal(decode(output, 'stdout'), Buffer.from(Array.from({ length: 5_000 }, (_, at) => at % 251)));
});

test('S4: all runs share a budget; what it does not allow is truncated, and what is cleared is given back', () => {
  const budget = new RunBudget(10);
  const first = new RunOutput(100, budget);
  const second = new RunOutput(100, budget);
  first.add('stdout', Buffer.from('12345678'));
  second.add('stdout', Buffer.from('abcdefgh'));
  assert.equal([first.isTruncated, second.isTruncated, decode(second, 'stdout').toString()], [false, true, 'ab']);
  first.clear();
  first.clear();
  second.add('stdout', Buffer.from('ij'));
  assert.is(decode(second, 'stdout').toString(), 'ab', 'no holes');
  assert.is(budget.take(100), 8);
});
