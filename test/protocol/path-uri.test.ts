import * as fc from 'fast-check';
import * as assert from 'uvu/assert';
import { fromNativePath, parsePathUri, PathUriError, type Platform, toNativePath } from '#protocol/path-uri.js';
import { holds } from '../harness/property.js';
import { suite } from '../harness/test.js';

const test = suite('path-uri');

const pathOf = (text: string, platform: Platform = 'posix'): string | null => toNativePath(parsePathUri(text), platform);

const refused: readonly (readonly [text: string, message: string])[] = [
  ['', 'invalid URI: relative URL without a base'],
  ['/srv/work', 'invalid URI: relative URL without a base'],
  ['work', 'invalid URI: relative URL without a base'],
  ['http://host/x', 'unsupported path URI scheme `http`'],
  ['C:\\x', 'unsupported path URI scheme `c`'],
  ['file:///x?y', 'query parameters are not allowed in path URIs'],
  ['file:///x?', 'query parameters are not allowed in path URIs'],
  ['file:///x#y', 'fragments are not allowed in path URIs'],
  ['file:///x#', 'fragments are not allowed in path URIs'],
];

for (const [text, message] of refused) {
  test(`${JSON.stringify(text)} is refused with "${message}"`, () => {
    assert.throws(
      () => parsePathUri(text),
      (error: unknown) => error instanceof PathUriError && error.message === message,
    );
  });
}

const read: readonly (readonly [text: string, path: string])[] = [
  ['file:///tmp', '/tmp'],
  ['FILE:///tmp', '/tmp'],
  ['file:/x', '/x'],
  ['file:x', '/x'],
  ['file://localhost/x', '/x'],
  ['file://LOCALHOST/x', '/x'],
  ['file:///', '/'],
  ['file:///a/./b/../c', '/a/c'],
  ['file:///../..', '/'],
  ['file:///a\\b', '/a/b'],
  ['file:///a%5Cb', '/a\\b'],
  ['file:///a%2Fb', '/a/b'],
  ['file:///a b/é', '/a b/é'],
  ['file:///a%20b/%C3%A9', '/a b/é'],
  ['file:///100%25', '/100%'],
  ['file:///what%3F%23', '/what?#'],
];

for (const [text, path] of read) test(`${text} is ${path}`, () => assert.is(pathOf(text), path));

for (const text of ['file://host/x', 'file://127.0.0.1/x', 'file:///C:/x', 'file:///c:', 'file:///a%00b', 'file:///%FF']) {
  test(`${text} is read but names no path here`, () => assert.is(pathOf(text), null));
}

test('on Windows a drive is needed, and only there it is one', () => {
  assert.is(pathOf('file:///C:/Users/x%20y', 'win32'), 'C:\\Users\\x y');
  assert.is(pathOf('file:///tmp', 'win32'), null);
  assert.is(pathOf('file://host/C:/x', 'win32'), null);
});

const name = fc.string({ unit: 'grapheme', minLength: 1 }).filter((text) => !/[/\0]|^\.{1,2}$/.test(text));

test('an absolute path survives the way there and back', () => {
  holds(fc.array(name), (names) => {
    const path = `/${names.join('/')}`;
    assert.is(pathOf(fromNativePath(path, 'posix')), path);
  });
});

test('characters that mean something in a URI are only characters of a name', () => {
  for (const path of [
    '/a?b',
    '/a#b',
    '/100%',
    '/%2e%2e',
    '/%2F',
    '/a\\b',
    '/new\nline',
    '/tab\t',
    '/cr\r',
    '/ ',
    '/x ',
    '/~',
    '/a:b',
    '/a|',
    '/a|/b',
    '/[::1]',
  ]) {
    const uri = fromNativePath(path, 'posix');
    assert.match(uri, /^file:\/\/\/[\x21-\x7e]*$/);
    assert.is(pathOf(uri), path);
  }
});

test('a Windows path survives as well', () => {
  const windowsName = name.filter((text) => !/[\\:]/.test(text));
  holds(fc.array(windowsName), (names) => {
    const path = `C:\\${names.join('\\')}`;
    assert.is(pathOf(fromNativePath(path, 'win32'), 'win32'), path);
  });
});
