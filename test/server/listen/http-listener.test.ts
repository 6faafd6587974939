import { once } from 'node:events';
import type { ServerResponse } from 'node:http';
import { networkInterfaces } from 'node:os';
import { createExecServer } from '@exec-server/server';
import * as assert from 'uvu/assert';
import { ask, connectTo, parseAnswer, type RawRequest, upgradeHeaders, withListener, writeRequest } from '../../harness/raw-http.js';
import { turns } from '../../harness/launching.js';
import { suite } from '../../harness/test.js';

const test = suite('http-listener');

const plain = 'text/plain; charset=utf-8';

const without = (name: keyof typeof upgradeHeaders): Readonly<Record<string, string | undefined>> => ({
  ...upgradeHeaders,
  [name]: undefined,
});

interface Row {
  readonly what: string;
  readonly request: RawRequest;
  readonly status: number;
  readonly body?: string;
}

/** The table of the specification, and the routes this server adds. */
const rows: readonly Row[] = [
  { what: 'GET /readyz', request: { path: '/readyz' }, status: 200 },
  { what: 'GET /readyz with a query', request: { path: '/readyz?x=1&y' }, status: 200 },
  { what: 'HEAD /readyz', request: { method: 'HEAD', path: '/readyz' }, status: 200 },
  { what: 'GET /readyz with the headers of an upgrade', request: { path: '/readyz', headers: upgradeHeaders }, status: 200 },
  { what: 'POST /readyz', request: { method: 'POST', path: '/readyz', headers: { 'content-length': '0' } }, status: 405 },
  { what: 'GET /livez', request: { path: '/livez' }, status: 200 },
  { what: 'GET /healthz', request: { path: '/healthz' }, status: 404 },
  { what: 'another path', request: { path: '/readyz/' }, status: 404 },
  { what: 'an upgrade on another path', request: { path: '/ws', headers: upgradeHeaders }, status: 404 },
  { what: 'POST on another path', request: { method: 'POST', path: '/x', headers: { 'content-length': '2' } }, status: 404 },
  { what: 'GET / without upgrade', request: {}, status: 400, body: "Connection header did not include 'upgrade'" },
  {
    what: 'GET / with `Upgrade` alone',
    request: { headers: { ...upgradeHeaders, connection: 'close' } },
    status: 400,
    body: "Connection header did not include 'upgrade'",
  },
  { what: 'POST /', request: { method: 'POST', headers: { 'content-length': '0' } }, status: 405, body: 'Request method must be `GET`' },
  {
    what: 'POST / with the headers of an upgrade',
    request: { method: 'POST', headers: upgradeHeaders },
    status: 405,
    body: 'Request method must be `GET`',
  },
  {
    what: 'an upgrade without key',
    request: { headers: without('sec-websocket-key') },
    status: 400,
    body: '`Sec-WebSocket-Key` header missing',
  },
  {
    what: 'an upgrade of version 12',
    request: { headers: { ...upgradeHeaders, 'sec-websocket-version': '12' } },
    status: 400,
    body: "`Sec-WebSocket-Version` header did not include '13'",
  },
  {
    what: 'an upgrade without version',
    request: { headers: without('sec-websocket-version') },
    status: 400,
    body: "`Sec-WebSocket-Version` header did not include '13'",
  },
  {
    what: 'an upgrade to something else',
    request: { headers: { ...upgradeHeaders, upgrade: 'h2c' } },
    status: 400,
    body: "`Upgrade` header did not include 'websocket'",
  },
  {
    what: 'an upgrade with half a key',
    request: { headers: { ...upgradeHeaders, 'sec-websocket-key': 'abc' } },
    status: 400,
    body: '`Sec-WebSocket-Key` header is not 16 bytes of base64',
  },
];

for (const { what, request, status, body = '' } of rows) {
  test(`${what} is answered with ${status}${body === '' ? '' : ` and "${body}"`}`, () =>
    withListener(async (url) => {
      const answer = await ask(url, request);
      assert.equal([answer.status, answer.body], [status, body]);
      assert.is(answer.headers['content-type'], body === '' ? undefined : plain);
      assert.is(answer.headers['server'], undefined);
      if (status === 405 && body === '') assert.is(answer.headers['allow'], 'GET,HEAD');
    }));
}

const upgrades: Readonly<Record<string, RawRequest>> = {
  'an upgrade': { headers: upgradeHeaders },
  'one with a query': { path: '/?token=x', headers: upgradeHeaders },
  'one with more in its Connection header': { headers: { ...upgradeHeaders, connection: 'keep-alive, UPGRADE' } },
  'one in other letters': { headers: { ...upgradeHeaders, upgrade: 'WebSocket' } },
  'one that offers protocols and extensions': {
    headers: {
      ...upgradeHeaders,
      'sec-websocket-protocol': 'json, x',
      'sec-websocket-extensions': 'permessage-deflate; client_max_window_bits',
    },
  },
};

for (const [what, request] of Object.entries(upgrades)) {
  test(`${what} becomes a WebSocket, without protocol and extensions`, () =>
    withListener(async (url) => {
      const { status, headers } = await ask(url, request);
      assert.is(status, 101);
      assert.is(headers['sec-websocket-accept'], 's3pPLMBiTxaQ9kYGzzhZRbK+xOo=');
      assert.equal(
        [headers['sec-websocket-protocol'], headers['sec-websocket-extensions'], headers['server']],
        [undefined, undefined, undefined],
      );
    }));
}

test('a message that comes along with the upgrade request is read', () =>
  withListener(async (url) => {
    const socket = await connectTo(url);
    const message = Buffer.from('{"id":1,"method":"no/such"}');
    const frame = Buffer.concat([Buffer.from([0x81, 0x80 | message.length, 0, 0, 0, 0]), message]);
    socket.write(Buffer.concat([Buffer.from(writeRequest(url, { headers: upgradeHeaders })), frame]));
    let text = '';
    socket.on('data', (piece: Buffer) => (text += piece.toString('latin1')));
    while (!text.includes('-32601')) await once(socket, 'data');
    assert.is(parseAnswer(text).status, 101);
    socket.destroy();
  }));

test('a connection is kept for further requests', () =>
  withListener(async (url) => {
    const socket = await connectTo(url);
    let text = '';
    socket.setEncoding('latin1').on('data', (piece: string) => (text += piece));
    for (let round = 1; round <= 3; round++) {
      socket.write(writeRequest(url, { path: '/readyz', headers: { connection: 'keep-alive' } }));
      while (text.split('HTTP/1.1 200').length <= round) await once(socket, 'data');
    }
    socket.destroy();
  }));

test('an address that is in use is an error of the listen', () =>
  withListener(async (url, server) => {
    const outcome = await server.listen({ port: Number(new URL(url).port) }).then(String, (error: NodeJS.ErrnoException) => error.code);
    assert.is(outcome, 'EADDRINUSE');
  }));

test('closing ends idle connections and WebSockets alike', async () => {
  const server = createExecServer();
  const url = await server.listen();
  const idle = await connectTo(url);
  const webSocket = await connectTo(url);
  webSocket.write(writeRequest(url, { headers: upgradeHeaders }));
  await once(webSocket, 'data');
  const closed = [idle, webSocket].map((socket) => once(socket.resume(), 'close'));
  await server.close();
  await Promise.all(closed);
  await turns();
});

const hasIPv6 = Object.values(networkInterfaces()).some((addresses) => addresses?.some(({ address }) => address === '::1'));

test(
  'an IPv6 address is given back in brackets, and takes its own name as host',
  async () => {
    await using server = createExecServer();
    const url = await server.listen({ host: '::1' });
    assert.match(url, /^ws:\/\/\[::1\]:\d+$/);
    assert.is((await ask(url, { headers: upgradeHeaders })).status, 101);
  },
  { skip: hasIPv6 ? null : 'this machine has no IPv6' },
);

test('a further route gets its path and what is below it, with who asks, behind the same checks', async () => {
  const heard: (string | undefined)[] = [];
  const route = {
    path: '/extra',
    handle: (request: { readonly url?: string | undefined }, response: ServerResponse, principal: string | null): void => {
      heard.push(request.url, String(principal));
      response.end('here');
    },
    samples: () => [{ name: 'extra_things', help: 'Things', type: 'gauge' as const, values: [{ labels: {}, value: 5 }] }],
  };
  const authenticator = {
    authenticate: (header: string | undefined) => (header === undefined ? { refusal: 'who is it' } : { principal: header }),
  };
  await using server = createExecServer({ authenticator });
  const url = await server.listen({ routes: [route] });
  const authorization = 'ann';
  for (const path of ['/extra', '/extra/below?x=1']) assert.is((await ask(url, { path, headers: { authorization } })).body, 'here');
  assert.equal(heard, ['/extra', 'ann', '/extra/below?x=1', 'ann']);
  assert.is((await ask(url, { path: '/extras', headers: { authorization } })).status, 404);
  assert.is((await ask(url, { path: '/extra' })).status, 401);
  assert.is((await ask(url, { path: '/extra', headers: { authorization, host: 'evil.example' } })).status, 403);
  assert.is((await ask(url, { path: '/extra', headers: { authorization, origin: 'http://localhost' } })).status, 403);
  assert.is((await ask(url, { path: '/extra', headers: { authorization, ...upgradeHeaders } })).status, 400);
  assert.match((await ask(url, { path: '/metrics', headers: { authorization } })).body, /exec_server_extra_things 5/);
  assert.is(heard.length, 4);
});

test('an idle connection is kept for 120 s, longer than clients keep theirs, or as long as the limit says', async () => {
  await withListener(async (url) => {
    assert.is((await fetch(`${url.replace('ws:', 'http:')}/livez`)).headers.get('keep-alive'), 'timeout=120');
  });
  const { limits } = await import('@exec-server/protocol');
  assert.ok(limits.httpKeepAliveMs > 90_000, 'the longest default in use');
  await withListener(
    async (url) => {
      const socket = await connectTo(url);
      socket.resume().write(writeRequest(url, { path: '/livez', headers: { connection: 'keep-alive' } }));
      await once(socket, 'close');
    },
    { limits: { httpKeepAliveMs: 100 } },
  );
});
