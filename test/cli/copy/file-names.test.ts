import * as fc from 'fast-check';
import * as assert from 'uvu/assert';
import { fromSegment, isName, toSegment } from '#cli/copy/file-names.js';
import { holds } from '../../harness/property.js';
import { suite } from '../../harness/test.js';

const test = suite('file-names');

test('every name comes back byte for byte', () => {
  holds(fc.uint8Array(), (name) => assert.equal([...fromSegment(toSegment(name))], [...name]));
  assert.is(toSegment(Buffer.from('a b%/\n')), 'a%20b%25%2F%0A');
  assert.equal(fromSegment("it's(1)!%FF"), Buffer.from("it's(1)!\xff", 'latin1'));
});

test('a name of the other side cannot lead out of its directory', () => {
  for (const name of ['', '.', '..', 'a/b', '../x', '/etc/passwd', 'a\0b']) assert.not.ok(isName(Buffer.from(name), 'linux'), name);
  for (const name of ['a', '...', '.a', 'a\\b', 'C:', '\n', 'ü']) assert.ok(isName(Buffer.from(name), 'linux'), name);
  assert.ok(isName(Buffer.from([0xff, 0x80]), 'linux'));
  for (const name of ['a\\b', 'C:', 'a\nb', 'nul?', '..']) assert.not.ok(isName(Buffer.from(name), 'win32'), name);
  assert.ok(isName(Buffer.from('ü 1'), 'win32'));
});
