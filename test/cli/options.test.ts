import * as assert from 'uvu/assert';
import { collect, seconds, wholeNumber } from '#cli/options.js';
import { suite } from '../harness/test.js';

const test = suite('options');

test('a whole number is read as it stands', () => {
  assert.is(wholeNumber(0)('0'), 0);
  assert.is(wholeNumber(1)('64'), 64);
  assert.is(wholeNumber(1)('007'), 7);
});

test('a number larger than the machine can count means very many', () => {
  assert.is(wholeNumber(1)('9'.repeat(40)), Number.MAX_SAFE_INTEGER);
});

test('a number above the most there may be is refused', () => {
  assert.is(wholeNumber(0, 7)('7'), 7);
  for (const text of ['8', '9'.repeat(40), '9'.repeat(400)]) {
    assert.throws(
      () => wholeNumber(0, 7)(text),
      (error: unknown) => error instanceof Error && error.message === 'It must be a whole number of at most 7.',
    );
  }
});

for (const [text, least] of [
  ['0', 1],
  ['-1', 0],
  ['1.5', 0],
  ['1e3', 0],
  ['0x10', 0],
  ['', 0],
  [' 1', 0],
  ['one', 0],
] as const) {
  test(`${JSON.stringify(text)} is no whole number of at least ${least}`, () => {
    assert.throws(
      () => wholeNumber(least)(text),
      (error: unknown) => error instanceof Error && error.message === `It must be a whole number of at least ${least}.`,
    );
  });
}

test('seconds become milliseconds, with decimals or without', () => {
  assert.equal(['1', '0.5', '.25', '2.', '0.0001', '2147483'].map(seconds), [1_000, 500, 250, 2_000, 1, 2_147_483_000]);
});

test('what are no seconds that a timer can hold is refused', () => {
  for (const text of ['', '0', '-1', '1s', '1e3', '.', '2147484']) assert.throws(() => seconds(text), /at most 2147483/, text);
});

test('an option that may be repeated keeps all values in order', () => {
  assert.equal(collect('c', collect('b', collect('a'))), ['a', 'b', 'c']);
});

test('collecting does not change what was collected before', () => {
  const earlier = ['a'];
  collect('b', earlier);
  assert.equal(earlier, ['a']);
});
