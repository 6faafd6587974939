import * as assert from 'uvu/assert';
import { findHeader, groupHeaders, readHeaders } from '#server/http/header-list.js';
import { suite } from '../../harness/test.js';

const test = suite('header list');

const bytes = (...texts: readonly string[]): Buffer[] => texts.map((text) => Buffer.from(text, 'latin1'));
const pairs = (headers: readonly { name: string; value: string }[]): string[] => headers.map(({ name, value }) => `${name}=${value}`);

test('repeated headers stand together at the place of the first', () => {
  const list = ['a=1', 'b=2', 'a=3', 'c=4', 'b=5', 'a=6'].map((pair) => ({ name: pair[0] ?? '', value: pair.slice(2) }));
  assert.equal(pairs(groupHeaders(list)), ['a=1', 'a=3', 'a=6', 'b=2', 'b=5', 'c=4']);
});

test('names that mean something to JavaScript are names like others', () => {
  const list = ['__proto__', 'constructor', '__proto__'].map((name, at) => ({ name, value: String(at) }));
  assert.equal(pairs(groupHeaders(list)), ['__proto__=0', '__proto__=2', 'constructor=1']);
});

test('headers of a response are read in lower case, without those that are not visible ASCII, and without blanks at the end', () => {
  const raw = bytes('X-A', '1', 'Y', 'caf\xe9', 'x-a', 'b\tc', 'Z', '', 'W', 'd \t', 'V', 'nul\0');
  assert.equal(pairs(readHeaders(raw)), ['x-a=1', 'x-a=b\tc', 'z=', 'w=d']);
});

test('the first header of a name is found', () => {
  const list = readHeaders(bytes('a', '1', 'b', '2', 'a', '3'));
  assert.is(findHeader(list, 'a'), '1');
  assert.is(findHeader(list, 'c'), undefined);
});
