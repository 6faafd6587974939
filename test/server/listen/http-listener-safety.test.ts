import { once } from 'node:events';
import { BearerTokenAuthenticator } from '@exec-server/server';
import * as assert from 'uvu/assert';
import { ask, connectTo, type RawRequest, upgradeHeaders, withListener } from '../../harness/raw-http.js';
import { suite } from '../../harness/test.js';

/** Who is kept out, and what hostile peers can do. */
const test = suite('http-listener safety');

const plain = 'text/plain; charset=utf-8';

test('S1: a request with any `Origin` is refused, on every path', () =>
  withListener(async (url, server) => {
    for (const origin of ['http://evil.example', 'null', '', url.replace('ws', 'http')]) {
      for (const path of ['/', '/readyz', '/metrics', '/nothing']) {
        for (const headers of [{ origin }, { ...upgradeHeaders, origin }])
          assert.equal(await statusAndBody(url, { path, headers }), [403, '']);
      }
    }
    assert.is(server.inspect().counters.connectionsRefused, 32);
  }));

test('S1: an `Origin` on the list is let in', () =>
  withListener(
    async (url) => {
      assert.is((await ask(url, { headers: { ...upgradeHeaders, origin: 'https://console.example' } })).status, 101);
      assert.is((await ask(url, { headers: { ...upgradeHeaders, origin: 'https://other.example' } })).status, 403);
    },
    { allowedOrigins: ['https://console.example'] },
  ));

test('S1: a `Host` that was made to point here is refused, one on the list is let in', () =>
  withListener(
    async (url) => {
      const statusFor = async (host: string | undefined): Promise<number> =>
        (await ask(url, { headers: { ...upgradeHeaders, host } })).status;
      assert.equal(
        [await statusFor('evil.example'), await statusFor('127.0.0.1.evil.example:80'), await statusFor('10.0.0.1')],
        [403, 403, 403],
      );
      assert.equal([await statusFor('localhost'), await statusFor('[::1]:1'), await statusFor('Tunnel.Example')], [101, 101, 101]);
    },
    { allowedHosts: ['TUNNEL.example'] },
  ));

async function statusAndBody(url: string, request: RawRequest): Promise<[number, string]> {
  const { status, body } = await ask(url, request);
  return [status, body];
}

const token = 'correct horse';
const authenticated = { authenticator: BearerTokenAuthenticator.forToken(token) };

test('credentials are asked for only where a WebSocket, or the numbers, would be given', () =>
  withListener(async (url) => {
    assert.equal(await statusAndBody(url, { headers: upgradeHeaders }), [401, 'missing websocket bearer token']);
    assert.equal(await statusAndBody(url, { path: '/metrics' }), [401, 'missing websocket bearer token']);
    assert.is((await ask(url, {})).status, 400);
    assert.is((await ask(url, { method: 'POST' })).status, 405);
    assert.is((await ask(url, { path: '/nothing', headers: upgradeHeaders })).status, 404);
    for (const path of ['/readyz', '/livez']) assert.is((await ask(url, { path })).status, 200);
  }, authenticated));

test('S3: credentials come in one header only, and refusals name no token', () =>
  withListener(async (url) => {
    const attempt = (authorization: string | undefined, path = '/'): Promise<[number, string]> =>
      statusAndBody(url, { path, headers: { ...upgradeHeaders, authorization } });
    assert.is((await attempt(`Bearer ${token}`))[0], 101);
    assert.is((await attempt(`bEARER   ${token}  `))[0], 101);
    assert.equal(await attempt('Bearer wrong'), [401, 'invalid websocket bearer token']);
    assert.equal(await attempt('Basic eDp5'), [401, 'invalid authorization header']);
    assert.equal(await attempt('Bearer '), [401, 'invalid authorization header']);
    assert.equal(await attempt(undefined, `/?token=${token}&access_token=${token}`.replaceAll(' ', '%20')), [
      401,
      'missing websocket bearer token',
    ]);
    const refused = await ask(url, { headers: upgradeHeaders });
    assert.equal([refused.headers['content-type'], refused.headers['www-authenticate']], [plain, 'Bearer']);
  }, authenticated));

test('an authenticator that fails lets nobody in and does not end the server', () =>
  withListener(
    async (url) => {
      assert.not.equal((await ask(url, { headers: upgradeHeaders })).status, 101);
      assert.is((await ask(url, { path: '/readyz' })).status, 200);
    },
    { authenticator: { authenticate: () => Promise.reject(new Error('the directory is down')) } },
  ));

for (const sent of ['', 'GET / HTTP/1.1\r\nhost: loc']) {
  test(`S4: a peer that stops ${sent === '' ? 'before its request' : 'within its request head'} is not waited for`, () =>
    withListener(
      async (url) => {
        const socket = await connectTo(url);
        socket.resume().write(sent);
        await once(socket, 'close');
      },
      { limits: { requestHeadTimeoutMs: 50 } },
    ));
}

test('S4: what is no HTTP ends its connection and nothing else', () =>
  withListener(async (url) => {
    for (const noise of [
      '\0\x01\x02\r\n\r\n',
      'GET\r\n\r\n',
      `GET / HTTP/1.1\r\nx: ${'y'.repeat(100_000)}\r\n\r\n`,
      'GET / HTTP/1.1\r\nhost: a\r\nhost: b\r\n\r\n',
    ]) {
      const socket = await connectTo(url);
      socket.resume().end(noise);
      await once(socket, 'close');
    }
    assert.is((await ask(url, { path: '/readyz' })).status, 200);
  }));

test('S4: beyond the limit of connections new ones are turned away', () =>
  withListener(
    async (url) => {
      const first = await connectTo(url);
      const second = await connectTo(url);
      second.resume();
      await once(second, 'close');
      first.destroy();
    },
    { limits: { maxConnections: 1 } },
  ));
