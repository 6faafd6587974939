import { execFileSync } from 'node:child_process';
import * as fc from 'fast-check';
import * as assert from 'uvu/assert';
import { quoteName } from '#cli/quoted-name.js';
import { holds } from '../harness/property.js';
import { suite } from '../harness/test.js';

const test = suite('quoted-name');

const quoted: readonly (readonly [name: string, shown: string])[] = [
  ['plain-1.txt', 'plain-1.txt'],
  ['/a/b', '/a/b'],
  ['ümlaut', 'ümlaut'],
  ['日本', '日本'],
  ['a b', "'a b'"],
  ["it's", String.raw`'it'\''s'`],
  ['', "''"],
  ['$HOME', "'$HOME'"],
  ['a\nb', String.raw`$'a\nb'`],
  ["it's\t", String.raw`$'it\'s\t'`],
  ['\x1b[31mred', String.raw`$'\x1b[31mred'`],
  ['left\u202eright', String.raw`$'left\xe2\x80\xaeright'`],
];
for (const [name, shown] of quoted) test(`${JSON.stringify(name)} is shown as ${shown}`, () => assert.is(quoteName(name), shown));

test('no control character is ever shown', () => {
  holds(fc.string({ unit: 'binary' }), (name) => !/[\p{Cc}\p{Cf}]/u.test(quoteName(name)));
});

test('a shell reads the name that was meant', () => {
  const names = quoted.map(([name]) => name);
  const printed = execFileSync('bash', ['-c', `printf '%s\\0' ${names.map(quoteName).join(' ')}`], { env: { LC_ALL: 'C.UTF-8' } });
  assert.equal(printed.toString().split('\0').slice(0, -1), names);
});
