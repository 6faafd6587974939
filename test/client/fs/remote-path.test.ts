import * as fc from 'fast-check';
import * as assert from 'uvu/assert';
import { InvalidPathError, nameOf, toPath, toUri } from '#client/fs/remote-path.js';
import { holds } from '../../harness/property.js';
import { suite } from '../../harness/test.js';

const test = suite('remote-path');

const linux = { cwd: 'file:///srv/my%20work', platformOs: 'linux' };
const windows = { cwd: 'file:///C:/data', platformOs: 'windows' };

const isInvalid = (error: unknown): boolean => error instanceof InvalidPathError && error.code === 'ERR_INVALID_ARG_VALUE';

const paths: readonly (readonly [path: string | URL, uri: string])[] = [
  ['/srv/x', 'file:///srv/x'],
  ['/', 'file:///'],
  ['x', 'file:///srv/my%20work/x'],
  ['.', 'file:///srv/my%20work/'],
  ['./a/../b', 'file:///srv/my%20work/b'],
  ['../../..', 'file:///'],
  ['file:///x', 'file:///srv/my%20work/file:///x'],
  ['/100%', 'file:///100%25'],
  ['/what?#', 'file:///what%3F%23'],
  ['/new\nline\t', 'file:///new%0Aline%09'],
  ['/back\\slash', 'file:///back%5Cslash'],
  ['/ü 😀', 'file:///%C3%BC%20%F0%9F%98%80'],
  ['/a|', 'file:///a%7C'],
  [new URL('file:///x/%FF'), 'file:///x/%FF'],
  [new URL('file:///a b'), 'file:///a%20b'],
];
for (const [path, uri] of paths) test(`${JSON.stringify(path)} is ${uri}`, () => assert.is(toUri(path, linux), uri));

test('every path of names comes back as it was', () => {
  const name = fc.string({ unit: 'grapheme', minLength: 1 }).filter((text) => !/[/\0]|^\.{1,2}$/.test(text));
  holds(fc.array(name), (names) => {
    const path = `/x/${names.join('/')}`;
    assert.is(toPath(toUri(path, linux), linux), path);
  });
});

test('Windows paths have a drive', () => {
  assert.is(toUri('D:\\a b\\c', windows), 'file:///D:/a%20b/c');
  assert.is(toUri('sub\\x', windows), 'file:///C:/data/sub/x');
  assert.is(toPath('file:///C:/a/b', windows), 'C:\\a\\b');
  assert.throws(() => toUri('\\x', windows), isInvalid);
});

test('what cannot be a path is refused before it is sent', () => {
  for (const path of ['/a\0b', '/half \ud800', new URL('http://host/x'), new URL('file:///x?y'), new URL('file:///x#y')]) {
    assert.throws(() => toUri(path, linux), isInvalid);
  }
});

test('a relative path needs a server that tells where it is', () => {
  for (const environment of [null, { platformOs: 'linux' }, { cwd: null }, { cwd: 'file:///%FF' }]) {
    assert.throws(() => toUri('x', environment), isInvalid);
    assert.is(toUri('/x', environment), 'file:///x');
  }
});

test('messages name the path, or the URI where there is none', () => {
  assert.is(nameOf('../x', linux), '../x');
  assert.is(nameOf(new URL('file:///a%20b'), linux), '/a b');
  assert.is(nameOf(new URL('file:///%FF'), linux), 'file:///%FF');
  assert.is(nameOf(new URL('http://host/'), linux), 'http://host/');
});
