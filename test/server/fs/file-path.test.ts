import type { RpcError } from '@exec-server/protocol';
import * as fc from 'fast-check';
import * as assert from 'uvu/assert';
import { escapePath, fromUri, join, split, toSystem, toText, toUri } from '#server/fs/file-path.js';
import { holds } from '../../harness/property.js';
import { suite } from '../../harness/test.js';

const test = suite('file-path');

function refusalOf(uri: string): string {
  try {
    return `path ${fromUri(new URL(uri))}`;
  } catch (error) {
    return `${(error as RpcError).code} ${(error as RpcError).message}`;
  }
}

const paths: readonly (readonly [uri: string, path: string])[] = [
  ['file:///', '/'],
  ['file:', '/'],
  ['FILE:x', '/x'],
  ['file:/x/y', '/x/y'],
  ['file://LOCALHOST/x', '/x'],
  ['file:///a/../b/./c', '/b/c'],
  ['file:///a/%2e%2E/b', '/b'],
  ['file:///a%2Fb', '/a/b'],
  ['file:///a%5Cb', '/a\\b'],
  ['file:///a\\b', '/a/b'],
  ['file:////a//b', '//a//b'],
  ['file:///a b', '/a b'],
  ['file:///%zz', '/%zz'],
  ['file:///a///', '/a'],
  ['file:////', '/'],
  ['file:///%FF%fe', '/\xff\xfe'],
  ['file:///ü', '/\xc3\xbc'],
  ['file:///CC:/x', '/CC:/x'],
];

for (const [uri, path] of paths) test(`${uri} names ${JSON.stringify(path)}`, () => assert.is(fromUri(new URL(uri)), path));

for (const uri of [
  'file:///C:/x',
  'file:///c:',
  'file:///C%3A/x',
  'file:///tmp/../C:/x',
  'file://host/x',
  'file://127.0.0.1/x',
  'file://[::1]/x',
]) {
  test(`${uri} is no path here`, () =>
    assert.is(refusalOf(uri), `-32600 '${uri === 'file:///tmp/../C:/x' ? 'file:///C:/x' : uri}' is invalid on '${process.platform}'`));
}

test('NUL is a fault of the params', () =>
  assert.is(refusalOf('file:///a%00b'), `-32602 'file:///a%00b' is invalid on '${process.platform}'`));

test('any bytes come back as they went', () => {
  const bytes = fc.integer({ min: 1, max: 255 }).map((byte) => String.fromCharCode(byte));
  const name = fc
    .array(bytes, { minLength: 1, maxLength: 12 })
    .map((all) => all.join('').replaceAll('/', '_'))
    .filter((text) => text !== '.' && text !== '..' && !/^[A-Za-z]:$/.test(text));
  holds(fc.array(name, { minLength: 1, maxLength: 4 }), (names) => {
    const path = `/${names.join('/')}`;
    assert.is(fromUri(new URL(toUri(path))), path);
    const system = toSystem(path);
    assert.is(Buffer.isBuffer(system) ? system.toString('latin1') : system, path);
  });
});

test('a name that looks like a drive comes back as it went', () => {
  for (const path of ['/c|', '/c|/x', '/x/c|']) assert.is(fromUri(new URL(toUri(path))), path);
});

test('URIs are escaped like those of the base', () => {
  const all = Array.from({ length: 127 }, (_, code) => String.fromCharCode(code))
    .slice(33)
    .join('')
    .replace('/', '');
  assert.is(
    escapePath(all),
    `!%22%23$%25&'()*+,-.0123456789:;%3C=%3E%3F@ABCDEFGHIJKLMNOPQRSTUVWXYZ[%5C]^_%60abcdefghijklmnopqrstuvwxyz%7B|%7D~`,
  );
  assert.is(toUri('/a b\n\xc3\xbc\x7f'), 'file:///a%20b%0A%C3%BC%7F');
});

test('bytes that are no UTF-8 are shown as such', () => {
  assert.is(toText('\xc3\xbc'), 'ü');
  assert.is(toText('a\xffb'), 'a\uFFFDb');
});

test('paths are put together and taken apart', () => {
  assert.is(join('/', 'a'), '/a');
  assert.is(join('/a', 'b'), '/a/b');
  assert.equal(split('/a/b'), { directory: '/a', name: 'b' });
  assert.equal(split('/a'), { directory: '/', name: 'a' });
  assert.is(split('/'), null);
});
