import { BearerTokenAuthenticator } from '@exec-server/server';
import type { Socket } from 'node:net';
import * as assert from 'uvu/assert';
import { GatewayHost } from '../../harness/mcp-gateway.js';
import { McpHttpServer } from '../../harness/mcp-http-server.js';
import { ask as askRaw, connectTo, upgradeHeaders, writeRequest } from '../../harness/raw-http.js';
import { suite } from '../../harness/test.js';

const test = suite('mcp gateway routes');
/** Resolves when the connection is gone, however it went. */
const closed = (socket: Socket) => new Promise<void>((resolve) => void socket.once('close', () => resolve()));
const ping = { jsonrpc: '2.0', id: 1, method: 'ping' };

const routes: readonly (readonly [method: string, path: string])[] = [
  ['POST', ''],
  ['GET', ''],
  ['DELETE', ''],
  ['POST', '/upstreams'],
  ['GET', '/upstreams'],
  ['GET', '/upstreams/some'],
  ['DELETE', '/upstreams/some'],
];

async function ask(host: GatewayHost, method: string, path: string, headers: Readonly<Record<string, string>>): Promise<Response> {
  const body = method === 'POST' ? JSON.stringify(path === '' ? ping : { name: 'some', transport: 'stdio', command: 'touch' }) : null;
  const type = body === null ? {} : { 'content-type': 'application/json' };
  const response = await fetch(`${host.endpoint}${path}`, { method, body, headers: { ...type, ...headers } });
  await response.arrayBuffer();
  return response;
}

test('A1: another method on the endpoint is 405 with the three that there are, and another path is 404', async () => {
  await using host = await GatewayHost.start();
  for (const method of ['PUT', 'PATCH', 'OPTIONS', 'HEAD']) {
    const response = await ask(host, method, '', {});
    assert.is(response.status, 405, method);
    assert.equal(response.headers.get('allow')?.split(', ').toSorted(), ['DELETE', 'GET', 'POST']);
    assert.is(response.headers.get('access-control-allow-origin'), null);
  }
  assert.is((await ask(host, 'PUT', '/upstreams', {})).headers.get('allow'), 'GET, POST');
  assert.is((await ask(host, 'PUT', '/upstreams/some', {})).headers.get('allow'), 'GET, DELETE');
  assert.is((await ask(host, 'GET', '/sse', {})).status, 404);
  assert.is((await ask(host, 'GET', 'x', {})).status, 404);
});

test('A2.1, S3: with a token each route wants it, with its scheme', async () => {
  await using host = await GatewayHost.start({ server: { authenticator: BearerTokenAuthenticator.forToken('the-token') } });
  for (const [method, path] of routes) {
    for (const authorization of [null, 'the-token', 'Bearer other', 'Basic the-token']) {
      const headers: Record<string, string> = authorization === null ? {} : { authorization };
      const response = await ask(host, method, path, headers);
      assert.is(response.status, 401, `${method} ${path}`);
      assert.is(response.headers.get('www-authenticate'), 'Bearer');
    }
    assert.not.equal(
      (await ask(host, method, path, { authorization: 'Bearer the-token', accept: 'text/event-stream, application/json' })).status,
      401,
    );
  }
});

test('A2.2, S1: a Host that is no loopback name is refused on every route', async () => {
  await using host = await GatewayHost.start({ server: { allowedHosts: ['exec.example'] } });
  const caller = host.caller();
  for (const foreign of ['evil.example', 'evil.example:80', '127.0.0.1.evil.example', 'localhost.evil.example']) {
    for (const method of ['POST', 'GET', 'DELETE']) {
      const body = method === 'POST' ? JSON.stringify(ping) : null;
      assert.is((await caller.send(method, body, { host: foreign })).status, 403, `${method} ${foreign}`);
    }
  }
  for (const own of ['localhost', 'localhost:99', '127.0.0.1:1', '[::1]:8080', 'exec.example']) {
    assert.is((await caller.send('POST', JSON.stringify(ping), { host: own })).status, 400, own);
  }
});

test('A2.3, S1: an Origin counts by its parsed host, on every route, and starts nothing', async () => {
  await using host = await GatewayHost.start({ server: { allowedOrigins: ['https://console.example'] } });
  const session = await host.session();
  const foreign = [
    'http://evil.example',
    'http://127.0.0.1.evil.example',
    'http://localhost.evil.example',
    'null',
    'file://',
    'x',
    'http://127.0.0.1@evil.example',
  ];
  for (const origin of foreign) {
    for (const [method, path] of routes) assert.is((await ask(host, method, path, { origin })).status, 403, `${method} ${path} ${origin}`);
    const initialize = {
      jsonrpc: '2.0',
      id: 1,
      method: 'initialize',
      params: { protocolVersion: '2025-11-25', capabilities: {}, clientInfo: {} },
    };
    assert.is((await host.caller().post(initialize, { origin })).status, 403);
    assert.is((await session.send('DELETE', null, { origin })).status, 403);
  }
  assert.equal(host.gateway.inspect().upstreams, []);
  assert.is(host.gateway.inspect().sessions.length, 1);
  for (const origin of [
    'http://localhost:3000',
    'http://127.0.0.1',
    'http://[::1]:1',
    'https://console.example',
    'https://console.example:8443',
  ]) {
    assert.is((await (await session.post(ping, { origin })).ended()).status, 200, origin);
  }
});

test('A2.4: no answer lets other origins in', async () => {
  await using host = await GatewayHost.start();
  for (const [method, path] of routes) {
    const response = await ask(host, method, path, { origin: 'http://localhost:3000' });
    for (const name of response.headers.keys()) assert.not.match(name, /^access-control/);
  }
});

test('A2.5: a POST is application/json, with or without parameters, or 415', async () => {
  await using host = await GatewayHost.start();
  const session = await host.session();
  for (const type of ['text/plain', 'application/x-www-form-urlencoded', 'multipart/form-data', 'application/jsonx', '', undefined]) {
    assert.is((await session.post(ping, { 'content-type': type })).status, 415, type ?? 'none');
    const response = await fetch(`${host.endpoint}/upstreams`, {
      method: 'POST',
      body: new Blob(['{}']),
      headers: type === undefined ? {} : { 'content-type': type },
    });
    assert.is(response.status, 415);
    await response.arrayBuffer();
  }
  for (const type of ['application/json', 'application/json; charset=utf-8', 'Application/JSON;x=y']) {
    assert.is((await session.post(ping, { 'content-type': type })).status, 200, type);
  }
});

test('S4: a body above the limit is 413, told before it is held, and the connection ends', async () => {
  await using host = await GatewayHost.start({ limits: { mcpBodyBytes: 10_000 } });
  const session = await host.session();
  const long = JSON.stringify({ ...ping, params: { text: 'x'.repeat(20_000) } });
  const answer = await session.post(long);
  assert.is(answer.status, 413);
  assert.is(answer.headers.connection, 'close');
  const chunked = await session.send('POST', long, { 'transfer-encoding': 'chunked' });
  assert.is(chunked.status, 413);
  assert.is((await host.rest('POST', '', `{"name":"${'x'.repeat(20_000)}"}`)).status, 413);
  assert.is((await session.request('ping')).error, undefined);
});

test('S4: deeply nested input is refused without a deep stack', async () => {
  await using host = await GatewayHost.start();
  const session = await host.session();
  for (const deep of [
    '['.repeat(2_000_000),
    `{"jsonrpc":"2.0","id":1,"method":"ping","params":{"a":${'['.repeat(1_000_000)}${']'.repeat(1_000_000)}}}`,
    `{"a":`.repeat(500_000),
  ]) {
    assert.is((await session.post(deep)).status, 400);
  }
});

test('a closing gateway takes nothing more', async () => {
  await using host = await GatewayHost.start();
  await host.gateway.close();
  assert.is((await host.rest('GET')).status, 503);
  await host.gateway.close();
});

test(
  'A5, part D: a body above 16 MiB is 413 for whoever sends all of it first, with and without its length; then the connection ends',
  async () => {
    await using host = await GatewayHost.start();
    const body = Buffer.alloc(40 * 1024 * 1024, ' ');
    for (const path of ['', '/upstreams']) {
      for (const isChunked of [false, true]) {
        const socket = await connectTo(host.url);
        let text = '';
        socket.setEncoding('latin1').on('data', (piece: string) => (text += piece));
        const length = isChunked ? 'transfer-encoding: chunked' : `content-length: ${body.length}`;
        socket.write(`POST /mcpproxy${path} HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\n${length}\r\n\r\n`);
        if (isChunked) socket.write(`${body.length.toString(16)}\r\n`);
        await new Promise<void>((resolve, reject) => socket.write(body, (error) => (error ? reject(error) : resolve())));
        if (isChunked) socket.write('\r\n0\r\n\r\n');
        await closed(socket);
        assert.match(text, /^HTTP\/1\.1 413 [^]*connection: close[^]*larger than 16777216 bytes/i);
      }
    }
  },
  { timeoutMs: 60_000 },
);

test('part D: whoever sends without end after a 413 is cut', async () => {
  await using host = await GatewayHost.start({ limits: { mcpBodyBytes: 1_000, mcpLingerMs: 200 } });
  const socket = await connectTo(host.url);
  socket.write('POST /mcpproxy HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\ncontent-length: 999999999\r\n\r\n');
  const sending = setInterval(() => socket.write('x'.repeat(100)), 5);
  socket.resume();
  await closed(socket);
  clearInterval(sending);
});

test('A1: an upgrade that is not taken is passed over, with the body of the request; a WebSocket is refused in words', async () => {
  await using host = await GatewayHost.start();
  const body = JSON.stringify({ jsonrpc: '2.0', id: 77, method: 'ping' });
  const headers = { connection: 'Upgrade, HTTP2-Settings, close', upgrade: 'h2c', 'http2-settings': 'AAMAAABkAAQAAP__' };
  const length = { 'content-type': 'application/json', 'content-length': String(body.length) };
  const session = await host.session();
  const socket = await connectTo(host.url);
  socket.write(
    writeRequest(host.url, {
      method: 'POST',
      path: '/mcpproxy',
      headers: { ...headers, ...length, 'mcp-session-id': session.sessionId ?? '' },
    }),
  );
  let text = '';
  socket.setEncoding('utf8').on('data', (piece: string) => (text += piece));
  setImmediate(() => socket.write(body));
  await closed(socket);
  assert.match(text, /^HTTP\/1\.1 200 [^]*"id":77,"result":\{\}/);
  assert.is((await askRaw(host.url, { path: '/mcpproxy/upstreams', headers })).status, 200);
  assert.is((await askRaw(host.url, { path: '/mcpproxy', headers: { ...headers, host: 'evil.example' } })).status, 403);
  const refused = await askRaw(host.url, { path: '/mcpproxy', headers: upgradeHeaders });
  assert.is(refused.status, 400);
  assert.match(refused.body, /no WebSocket/);
});

test('A2.2: a target that is a whole URL counts for the host too, and two hosts are refused', async () => {
  await using host = await GatewayHost.start();
  const list = async (path: string, headers: Readonly<Record<string, string>> = {}) => (await askRaw(host.url, { path, headers })).status;
  assert.is(await list(`${host.url}/mcpproxy/upstreams`), 200);
  assert.is(await list('http://evil.example/mcpproxy/upstreams'), 403);
  assert.is(await list('http://[/mcpproxy/upstreams'), 400);
  assert.is(await list('/mcpproxy/upstreams', { host: '127.0.0.1:' }), 200);
  const socket = await connectTo(host.url);
  let text = '';
  socket.setEncoding('utf8').on('data', (piece: string) => (text += piece));
  socket.write('GET /mcpproxy/upstreams HTTP/1.1\r\nhost: localhost\r\nHost: localhost\r\nconnection: close\r\n\r\n');
  await closed(socket);
  assert.match(text, /^HTTP\/1\.1 400 /);
});

test('A2.1: of two credentials none counts, whichever comes first', async () => {
  await using host = await GatewayHost.start({ server: { authenticator: BearerTokenAuthenticator.forToken('the-token') } });
  for (const tokens of [
    ['the-token', 'x'],
    ['x', 'the-token'],
    ['the-token', 'the-token'],
  ]) {
    const socket = await connectTo(host.url);
    let text = '';
    socket.setEncoding('utf8').on('data', (piece: string) => (text += piece));
    const credentials = tokens.map((token) => `authorization: Bearer ${token}\r\n`).join('');
    socket.write(`GET /mcpproxy/upstreams HTTP/1.1\r\nhost: localhost\r\n${credentials}connection: close\r\n\r\n`);
    await closed(socket);
    assert.match(text, /^HTTP\/1\.1 401 /);
  }
});

test('A2.6: neither the token nor the cookies of a caller reach an upstream', async () => {
  await using upstream = await McpHttpServer.start();
  await using host = await GatewayHost.start({ server: { authenticator: BearerTokenAuthenticator.forToken('the-token') } });
  const headers = { authorization: 'Bearer the-token', cookie: 'c=1', 'x-forwarded-for': '1.2.3.4', 'proxy-authorization': 'Basic x' };
  const config = { name: 'web', transport: 'http', url: upstream.url, protocol: 'legacy', headers: { 'X-Own': 'mine' } };
  assert.is((await host.rest('POST', '', config, headers)).status, 201);
  const session = await host.session({ headers });
  assert.ok((await session.callTool('echo')).result);
  await host.rest('DELETE', '/web', undefined, headers);
  assert.ok(upstream.heardOf('DELETE').length > 0 && upstream.heardOf('GET').length > 0);
  for (const { headers: heard } of upstream.heard) {
    assert.equal(
      [heard.authorization, heard.cookie, heard['x-forwarded-for'], heard['proxy-authorization']],
      [undefined, undefined, undefined, undefined],
    );
    assert.is(heard['x-own'], 'mine');
  }
});

test('part D: a stream outlives every time limit on requests, and a head that does not come is cut', async () => {
  await using host = await GatewayHost.start({ server: { limits: { requestHeadTimeoutMs: 100 } } });
  const session = await host.session();
  const general = await session.listen();
  const slow = await connectTo(host.url);
  slow.resume().write('POST /mcpproxy HTTP/1.1\r\nhost: localhost\r\n');
  await closed(slow);
  const body = await connectTo(host.url);
  body.resume().write('POST /mcpproxy HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\ncontent-length: 9\r\n\r\n{');
  await closed(body);
  await host.scripted('one', ['--bare']);
  await general.find(({ method }) => method === 'notifications/tools/list_changed');
  general.cut();
});
