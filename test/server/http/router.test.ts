import * as assert from 'uvu/assert';
import { HttpFailure } from '#server/http/http-failure.js';
import { OutboundPolicy, type OutboundRules } from '#server/http/outbound-policy.js';
import { ProxySettings } from '#server/http/proxy-settings.js';
import { Router } from '#server/http/router.js';
import { TrustStore } from '#server/http/trust-store.js';
import { suite } from '../../harness/test.js';

const test = suite('router');

function create(variables: Readonly<Record<string, string>> = {}, rules: OutboundRules = {}): Router {
  const environment = new Map(Object.entries(variables));
  return new Router({ policy: new OutboundPolicy(rules), proxies: new ProxySettings(environment), trust: new TrustStore(environment) });
}

/** The way in short, or the words of the failure. */
function way(router: Router, url: string): string {
  try {
    const { route, prefix, headers } = router.find(new URL(url));
    return [route.key, route.origin, prefix, ...headers.map(({ name, value }) => `${name}: ${value}`)].join(' | ');
  } catch (error) {
    if (error instanceof HttpFailure) return `${error.reason}: ${error.message}`;
    throw error;
  }
}

test('a server without a proxy is reached as it is', () => {
  assert.is(way(create(), 'http://h/x?y'), 'http://h | http://h | ');
  assert.is(way(create({ HTTP_PROXY: 'http://p', NO_PROXY: 'h' }), 'http://h/'), 'http://h | http://h | ');
});

test('H7: a proxy is told the whole URL, and who asks; TLS goes through it', () => {
  const router = create({ ALL_PROXY: 'http://u:p@p:3128' });
  assert.is(
    way(router, 'http://h:81/x'),
    'proxy http://p:3128 | http://p:3128 | http://h:81 | proxy-authorization: Basic dTpw | host: h:81',
  );
  assert.is(way(router, 'https://h/x'), 'http://p:3128 https://h | https://h | ');
  assert.is(way(create({ HTTP_PROXY: 'p' }), 'http://h/'), 'proxy http://p | http://p | http://h | host: h');
});

test('a way is found once for each server', () => {
  const router = create();
  assert.is(router.find(new URL('http://h/a')), router.find(new URL('http://h/b')));
  assert.is.not(router.find(new URL('http://h/a')), router.find(new URL('http://h:81/a')));
  for (let n = 0; n < 1_000; n++) router.find(new URL(`http://h${n}/`));
  assert.is(way(router, 'http://h/'), 'http://h | http://h | ');
});

test('there is no way to what is refused, past a proxy, and without the certificates that were asked for', () => {
  const denied = create({}, { deny: ['h'] });
  for (let n = 0; n < 2; n++) assert.is(way(denied, 'http://h/'), 'DESTINATION_REFUSED: this server makes no requests to h port 80');
  assert.match(way(create(), 'http://[::ffff:169.254.169.254]/'), 'DESTINATION_REFUSED');
  assert.match(way(create({ ALL_PROXY: 'http://p' }), 'http://169.254.169.254/'), 'DESTINATION_REFUSED');
  assert.match(way(create({ ALL_PROXY: 'socks5://p' }), 'http://h/'), 'proxy: the proxy is of a kind that is not supported');
  assert.match(
    way(create({ SSL_CERT_FILE: '/nonexistent' }), 'http://h/'),
    'certificates: Failed to read CA certificate file /nonexistent',
  );
});
