import { RpcError } from '@exec-server/protocol';
import * as assert from 'uvu/assert';
import { checkUrl, withoutCredentials } from '#server/http/url-check.js';
import { refusalOf } from '../../harness/failure.js';
import { suite } from '../../harness/test.js';

const test = suite('url check');

const faults: Readonly<Record<string, readonly string[]>> = {
  'relative URL without a base': ['', 'foo', '//h/x', '/x', '1http://x', 'http ://x'],
  'empty host': ['http://', 'https://', 'http:', 'http://user@/x', 'http://@/x', ' http://?x'],
  'invalid IPv6 address': ['http://[::1', 'http://[zz]/', 'http://u:p@[1:2]/'],
  'invalid port number': ['http://h:99999/', 'http://h:x/', 'http://[::1]:x/'],
  'invalid IPv4 address': ['http://256.256.256.256/', 'http://1.2.3.4.5'],
  'invalid international domain name': ['http://a b/', 'http://a%20b/', 'http://xn--/', 'http://h\u0001/', 'http://\0/'],
};

for (const [fault, urls] of Object.entries(faults)) {
  test(`"${fault}" is told of ${urls.length} URLs that have it`, () => {
    for (const url of urls)
      assert.is(
        refusalOf(() => checkUrl(url)),
        `-32602 http/request url is invalid: ${fault}`,
        JSON.stringify(url),
      );
  });
}

test('other schemes are refused by name', () => {
  for (const [url, scheme] of [
    ['ftp://x/', 'ftp'],
    ['file:///etc/passwd', 'file'],
    ['data:,x', 'data'],
    ['ws://h/', 'ws'],
    ['A:b', 'a'],
  ] as const) {
    assert.is(
      refusalOf(() => checkUrl(url)),
      `-32602 http/request only supports http and https URLs, got ${scheme}`,
    );
  }
});

test('what the standard can read is read as it says', () => {
  assert.is(checkUrl('  HTTP://Host\\a/../b c?q=ü#f ').href, 'http://host/b%20c?q=%C3%BC#f');
  assert.is(checkUrl('http:x').href, 'http://x/');
  assert.is(checkUrl('http://0x7f.1/').hostname, '127.0.0.1');
});

test('a URL is shown without credentials, and left alone otherwise', () => {
  assert.is(withoutCredentials(new URL('http://u:p@h/x?y#z')).href, 'http://h/x?y#z');
  const plain = new URL('http://h/');
  assert.is(withoutCredentials(plain), plain);
});

test('an error is one of the protocol', () => {
  assert.throws(
    () => checkUrl(''),
    (error: unknown) => error instanceof RpcError && error.reason === 'invalidParams',
  );
});
