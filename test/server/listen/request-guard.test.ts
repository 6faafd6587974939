import type { IncomingMessage } from 'node:http';
import * as assert from 'uvu/assert';
import { isLoopback, refuseRequest } from '#server/listen/request-guard.js';
import { suite } from '../../harness/test.js';

const test = suite('request-guard');

const guard = { boundHost: '127.0.0.1', allowedOrigins: ['https://console.example'], allowedHosts: ['tunnel.example'] };
const refusalOf = (headers: Readonly<Record<string, string>>, options = guard): string | null =>
  refuseRequest({ headers } as unknown as IncomingMessage, options); // the headers are all it looks at

const loopback = [
  '127.0.0.1',
  '127.8.9.10',
  'localhost',
  'LocalHost',
  '::1',
  '[::1]',
  '0:0:0:0:0:0:0:1',
  '::ffff:127.0.0.1',
  '::FFFF:127.0.0.1',
];
const reachable = [
  '0.0.0.0',
  '::',
  '',
  '10.0.0.1',
  '192.168.1.1',
  'example.com',
  '127.0.0.1.example.com',
  'localhost.example.com',
  '127.evil',
  '128.0.0.1',
].concat(['::2', '::ffff:10.0.0.1', 'xlocalhost', '0127.0.0.1', '2130706433', '[::1]x', '127.0.0.1:80']);

for (const host of loopback) test(`${host} is reached from this machine only`, () => assert.is(isLoopback(host), true));
for (const host of reachable) test(`${JSON.stringify(host)} is not taken for the loopback`, () => assert.is(isLoopback(host), false));

test('S1: any `Origin` is refused, even an empty one', () => {
  for (const origin of [
    'http://localhost',
    'http://127.0.0.1:8080',
    'null',
    '',
    'https://console.example.evil',
    'http://console.example',
  ]) {
    assert.is(refusalOf({ host: 'localhost', origin }), 'origin is not allowed', origin);
    assert.is(refusalOf({ host: 'localhost', origin }, { ...guard, boundHost: '0.0.0.0' }), 'origin is not allowed', origin);
  }
});

test('S1: an `Origin` on the list, and none at all, are let in', () => {
  assert.is(refusalOf({ host: 'localhost', origin: 'https://console.example' }), null);
  assert.is(refusalOf({ host: 'localhost' }), null);
});

test('S1: on a loopback address the `Host` has to be loopback, whatever its port', () => {
  for (const host of ['localhost', 'localhost:1', '127.0.0.1:65535', '[::1]:80', '[::1]', 'LOCALHOST:80'])
    assert.is(refusalOf({ host }), null, host);
  for (const host of [
    'evil.example',
    'evil.example:80',
    'localhost.evil',
    '10.0.0.1',
    '',
    ' localhost',
    'localhost@evil',
    '[::1',
    '[::1]evil',
  ]) {
    assert.is(refusalOf({ host }), 'host is not allowed', host);
  }
  assert.is(refusalOf({}), 'host is not allowed');
});

test('S1: a host on the list is let in, in any case and with any port', () => {
  for (const host of ['tunnel.example', 'Tunnel.Example:443']) assert.is(refusalOf({ host }), null);
  assert.is(refusalOf({ host: 'x.tunnel.example' }), 'host is not allowed');
});

test('an address others reach is not guarded by its `Host`', () => {
  for (const host of ['anything.example', '10.0.0.1', '']) assert.is(refusalOf({ host }, { ...guard, boundHost: '0.0.0.0' }), null);
});

test('A2.3: a route may let pages of this machine in, and of hosts of allowed origins, by their parsed host', () => {
  const local = { ...guard, admitsLocalPages: true };
  for (const origin of [
    'http://localhost:3000',
    'https://127.0.0.1',
    'http://[::1]:1',
    'https://console.example:8443',
    'http://console.example',
  ])
    assert.is(refusalOf({ host: 'localhost', origin }, local), null, origin);
  for (const origin of [
    'null',
    '',
    'x',
    'file://',
    'http://127.0.0.1.evil.example',
    'http://localhost@evil.example',
    'http://xconsole.example',
  ])
    assert.is(refusalOf({ host: 'localhost', origin }, local), 'origin is not allowed', origin);
});
