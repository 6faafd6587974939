import * as assert from 'uvu/assert';
import { HttpFailure } from '#server/http/http-failure.js';
import { ProxySettings } from '#server/http/proxy-settings.js';
import { suite } from '../../harness/test.js';

const test = suite('proxy settings');

type Variables = Readonly<Record<string, string>>;

/** Origin of the proxy for a URL, or `direct`. */
function proxyFor(variables: Variables, url = 'http://h/'): string {
  const proxy = new ProxySettings(new Map(Object.entries(variables))).find(new URL(url));
  return proxy
    ? `${proxy.url.origin}${proxy.authorization ? ` ${Buffer.from(proxy.authorization.slice(6), 'base64').toString()}` : ''}`
    : 'direct';
}

test('H7: each scheme has its variable, capitals win, and one serves both', () => {
  assert.is(proxyFor({}), 'direct');
  assert.is(proxyFor({ HTTP_PROXY: 'http://a', http_proxy: 'http://b' }), 'http://a');
  assert.is(proxyFor({ http_proxy: 'http://b' }), 'http://b');
  assert.is(proxyFor({ HTTP_PROXY: 'http://a' }, 'https://h/'), 'direct');
  assert.is(proxyFor({ HTTPS_PROXY: 'http://a', ALL_PROXY: 'http://c' }, 'https://h/'), 'http://a');
  assert.is(proxyFor({ https_proxy: 'http://a', all_proxy: 'http://c' }), 'http://c');
  assert.is(proxyFor({ ALL_PROXY: 'https://c:8443' }, 'https://h/'), 'https://c:8443');
});

test('H7: loopback is no exception', () => {
  for (const url of ['http://127.0.0.1/', 'http://localhost/', 'http://[::1]/'])
    assert.is(proxyFor({ HTTP_PROXY: 'http://a' }, url), 'http://a');
});

test('a scheme may be left out, credentials are decoded, and a path means nothing', () => {
  assert.is(proxyFor({ HTTP_PROXY: 'a:3128' }), 'http://a:3128');
  assert.is(proxyFor({ HTTP_PROXY: 'http://us%20er:p%40@a/path?x' }), 'http://a us er:p@');
  assert.is(proxyFor({ HTTP_PROXY: 'http://user@a' }), 'http://a user:');
});

test('what cannot be read is as good as nothing, but nothing goes past a proxy of another kind', () => {
  for (const text of ['', '::::', 'ftp://a', 'http://[']) assert.is(proxyFor({ HTTP_PROXY: text }), 'direct', text);
  for (const text of ['socks5://a', 'socks5h://a', 'socks4://a', 'socks://a']) {
    assert.throws(
      () => proxyFor({ HTTP_PROXY: text }),
      (error: unknown) => error instanceof HttpFailure && error.message.includes('not supported'),
    );
    assert.is(proxyFor({ HTTP_PROXY: text, NO_PROXY: 'h' }), 'direct');
  }
});

test("a program of a web server does not take a visitor's word for its proxy", () => {
  assert.is(proxyFor({ HTTP_PROXY: 'http://a', REQUEST_METHOD: 'GET' }), 'direct');
  assert.is(proxyFor({ ALL_PROXY: 'http://a', REQUEST_METHOD: 'GET' }), 'http://a');
});

test('H7: exceptions are names with what is below them, addresses, networks, and ports', () => {
  const cases: readonly (readonly [list: string, url: string, isDirect: boolean])[] = [
    ['*', 'http://h/', true],
    ['x,*', 'http://127.0.0.1/', true],
    ['h', 'http://h/', true],
    ['H', 'http://h/', true],
    [' x , h ', 'http://sub.h/', true],
    ['.h', 'http://h/', true],
    ['.h', 'http://sub.h/', true],
    ['*.h', 'http://sub.h/', true],
    ['h', 'http://bath/', false],
    ['h', 'http://h.example/', false],
    ['127.0.0.1', 'http://127.0.0.1:8080/', true],
    ['0.0.1', 'http://127.0.0.1/', false],
    ['127.0.0.0/8', 'http://127.9.9.9/', true],
    ['127.0.0.0/8', 'http://128.0.0.1/', false],
    ['127.0.0.0/8', 'http://localhost/', false],
    ['fd00::/8', 'http://[fd12::1]/', true],
    ['[fd00::]/8', 'http://[fd12::1]/', true],
    ['::1', 'http://[::1]/', true],
    ['[::1]', 'http://[::1]/', true],
    ['[::1]:80', 'http://[::1]/', true],
    ['h:80', 'http://h/', true],
    ['h:81', 'http://h/', false],
    ['h:81', 'http://h:81/', true],
    ['10.0.0.0/99', 'http://10.0.0.1/', false],
    ['http://h', 'http://h/', false],
    ['', 'http://h/', false],
    [',', 'http://h/', false],
  ];
  for (const [list, url, isDirect] of cases)
    assert.is(proxyFor({ HTTP_PROXY: 'http://a', NO_PROXY: list }, url), isDirect ? 'direct' : 'http://a', `${list} ${url}`);
});

test('capitals win here as well, even when they are empty', () => {
  assert.is(proxyFor({ HTTP_PROXY: 'http://a', no_proxy: 'h' }), 'direct');
  assert.is(proxyFor({ HTTP_PROXY: 'http://a', NO_PROXY: '', no_proxy: 'h' }), 'http://a');
});
