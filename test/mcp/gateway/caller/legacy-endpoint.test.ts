import { limits } from '@exec-server/protocol';
import * as assert from 'uvu/assert';
import type { McpAnswer, McpCaller, McpMessage } from '../../../harness/mcp-caller.js';
import { GatewayHost } from '../../../harness/mcp-gateway.js';
import { suite } from '../../../harness/test.js';

const test = suite('mcp gateway legacy endpoint');

/** The only message of an answer; an empty one when there is none. */
function toMessage({ messages }: McpAnswer): McpMessage {
  return messages[0]?.json ?? {};
}

async function answerTo(caller: McpCaller, body: unknown, headers: Readonly<Record<string, string | undefined>> = {}) {
  const answer = await (await caller.post(body, headers)).ended();
  return { status: answer.status, body: answer.body, json: toMessage(answer), headers: answer.headers };
}

const notMessages: readonly (readonly [what: string, body: string, code: number])[] = [
  ['no JSON', '{"jsonrpc": "2.0", ', -32700],
  ['an empty body', '', -32700],
  ['blanks', ' \n', -32700],
  ['another version', '{"jsonrpc":"1.0","id":1,"method":"ping"}', -32600],
  ['no version', '{"id":1,"method":"ping"}', -32600],
  ['an id that is null', '{"jsonrpc":"2.0","id":null,"method":"ping"}', -32600],
  ['an id that is an object', '{"jsonrpc":"2.0","id":{},"method":"ping"}', -32600],
  ['an id that is a boolean', '{"jsonrpc":"2.0","id":true,"method":"ping"}', -32600],
  ['a method that is a number', '{"jsonrpc":"2.0","id":1,"method":7}', -32600],
  ['params that are an array', '{"jsonrpc":"2.0","id":1,"method":"ping","params":[]}', -32600],
  ['neither method nor result', '{"jsonrpc":"2.0","id":1}', -32600],
  ['a number', '42', -32600],
  ['a string', '"ping"', -32600],
  ['null', 'null', -32600],
  ['a batch', '[{"jsonrpc":"2.0","id":1,"method":"ping"}]', -32600],
  ['an empty batch', '[]', -32600],
  ['a broken batch', '[1', -32700],
  ['a message with something behind it', '{"jsonrpc":"2.0","id":1,"method":"ping"}x', -32700],
  ['a boolean', 'true', -32600],
  ['an id that is an array', '{"jsonrpc":"2.0","id":[1],"method":"ping"}', -32600],
  ['a version that is a number', '{"jsonrpc":2.0,"id":1,"method":"ping"}', -32600],
  ['a method that is null', '{"jsonrpc":"2.0","id":1,"method":null}', -32600],
  ['an answer with result and error', '{"jsonrpc":"2.0","id":1,"result":{},"error":{"code":1,"message":"x"}}', -32600],
];

for (const [what, body, code] of notMessages) {
  test(`A5: ${what} is 400 with ${code}`, async () => {
    await using host = await GatewayHost.start();
    const session = await host.session();
    const answer = await answerTo(session, body);
    assert.is(answer.status, 400);
    assert.is(answer.json.error?.code, code);
    assert.ok(answer.body.includes('"id":'));
  });
}

test('A5: a body that is no UTF-8 is 400', async () => {
  await using host = await GatewayHost.start();
  const response = await fetch(host.endpoint, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: Buffer.from([0x7b, 0x22, 0xff, 0xfe, 0x22, 0x7d]),
  });
  assert.is(response.status, 400);
  assert.is(((await response.json()) as McpMessage).error?.code, -32700);
});

test('A5: Accept is read with wildcards and weights; absent it means both', async () => {
  await using host = await GatewayHost.start();
  const session = await host.session();
  const ping = { jsonrpc: '2.0', id: 1, method: 'ping' };
  const taken = [
    'application/json',
    'text/event-stream',
    '*/*',
    'application/*',
    'text/*;q=0.5',
    undefined,
    'text/html, application/json;q=0.1',
  ];
  for (const accept of taken) assert.is((await (await session.post(ping, { accept })).ended()).status, 200, accept ?? 'none');
  for (const accept of ['text/html', 'application/json;q=0, text/event-stream;q=0', 'image/*', 'application/xml'])
    assert.is((await session.post(ping, { accept })).status, 406, accept);
  const plain = await (await session.post(ping, { accept: 'application/json' })).ended();
  assert.match(String(plain.headers['content-type']), /^application\/json/);
  const stream = await (await session.post(ping, { accept: 'text/event-stream' })).ended();
  assert.match(String(stream.headers['content-type']), /^text\/event-stream/);
  assert.equal(stream.messages[0]?.json.result, {});
});

test('A5: initialize opens a session with an id nobody can guess', async () => {
  await using host = await GatewayHost.start();
  const ids = new Set<string>();
  for (let i = 0; i < 20; i++) {
    const session = host.caller();
    const { result = {} } = await session.initialize();
    assert.match(session.sessionId ?? '', /^[\x21-\x7e]{22,}$/);
    ids.add(session.sessionId ?? '');
    assert.equal(result['capabilities'], {
      tools: { listChanged: true },
      resources: { subscribe: true, listChanged: true },
      prompts: { listChanged: true },
      logging: {},
      completions: {},
    });
    assert.is((result['serverInfo'] as { name: string }).name, 'exec-server');
  }
  assert.is(ids.size, 20);
});

test('A5: initialize speaks the revision of the caller, or the newest', async () => {
  await using host = await GatewayHost.start();
  for (const [asked, given] of [
    ['2025-11-25', '2025-11-25'],
    ['2025-06-18', '2025-06-18'],
    ['2025-03-26', '2025-03-26'],
    ['2024-11-05', '2025-11-25'],
    ['1999-01-01', '2025-11-25'],
  ] as const) {
    const { result } = await host.caller({ revision: asked }).initialize();
    assert.is(result?.['protocolVersion'], given, asked);
  }
});

test('A5: initialize without usable params opens no session', async () => {
  await using host = await GatewayHost.start({ limits: { mcpClientDescriptionBytes: 1_000 } });
  const bad = [
    undefined,
    {},
    { protocolVersion: 7, capabilities: {}, clientInfo: {} },
    { protocolVersion: '2025-11-25', capabilities: [], clientInfo: {} },
    { protocolVersion: '2025-11-25', clientInfo: { name: 'x', version: '1' } },
    { protocolVersion: '2025-11-25', capabilities: {} },
    { protocolVersion: '2025-11-25', capabilities: {}, clientInfo: 'me' },
    { protocolVersion: '2025-11-25', capabilities: { text: 'x'.repeat(2_000) }, clientInfo: {} },
  ];
  for (const params of bad) {
    const answer = await answerTo(host.caller(), { jsonrpc: '2.0', id: 'i', method: 'initialize', params });
    assert.is(answer.status, 400);
    assert.is(answer.json.error?.code, -32602);
    assert.is(answer.headers['mcp-session-id'], undefined);
  }
  assert.equal(host.gateway.inspect().sessions, []);
});

test('A5: without a session header a message is 400, with the id', async () => {
  await using host = await GatewayHost.start();
  const caller = host.caller();
  const request = await answerTo(caller, '{"jsonrpc":"2.0","id":"x7","method":"tools/list"}');
  assert.is(request.status, 400);
  assert.is(request.json.id, 'x7');
  assert.is((await answerTo(caller, { jsonrpc: '2.0', method: 'notifications/initialized' })).status, 400);
});

test('A5: a session that is unknown or has ended is 404 on every method, for notifications too', async () => {
  await using host = await GatewayHost.start();
  const ended = await host.session();
  assert.is((await ended.send('DELETE', null)).status, 200);
  const unknown = host.caller();
  unknown.sessionId = 'nobody';
  for (const caller of [ended, unknown]) {
    const request = await answerTo(caller, '{"jsonrpc":"2.0","id":5,"method":"ping"}');
    assert.is(request.status, 404);
    assert.is(request.json.id, 5);
    assert.is((await caller.notify('notifications/x')).status, 404);
    assert.is((await caller.post({ jsonrpc: '2.0', id: 1, result: {} })).status, 404);
    assert.is((await caller.listen()).status, 404);
    assert.is((await caller.send('DELETE', null)).status, 404);
  }
});

test('A5: a session belongs to the principal that opened it', async () => {
  const authenticator = { authenticate: (header: string | undefined) => ({ principal: header ?? 'nobody' }) };
  await using host = await GatewayHost.start({ server: { authenticator } });
  const session = await host.session({ headers: { authorization: 'ann' } });
  const other = host.caller({ headers: { authorization: 'bob' } });
  other.sessionId = session.sessionId;
  assert.is((await other.begin('ping')).status, 404);
  assert.is((await other.listen()).status, 404);
  assert.is((await other.send('DELETE', null)).status, 404);
  assert.equal((await session.request('ping')).result, {});
});

test('A5: a revision in the header that is not supported is 400; absent, that of the session holds', async () => {
  await using host = await GatewayHost.start();
  const session = await host.session();
  const ping = { jsonrpc: '2.0', id: 3, method: 'ping' };
  for (const version of ['2024-11-05', '1.0', 'x', '2025-11-26']) {
    const answer = await answerTo(session, ping, { 'mcp-protocol-version': version });
    assert.is(answer.status, 400, version);
    assert.is(answer.json.id, 3);
  }
  for (const method of ['GET', 'DELETE']) assert.is((await session.send(method, null, { 'mcp-protocol-version': 'x' })).status, 400);
  for (const version of ['2025-11-25', '2025-06-18', undefined])
    assert.is((await answerTo(session, ping, { 'mcp-protocol-version': version })).status, 200);
});

test('A5: a response to a question of ours is 202, to no question too', async () => {
  await using host = await GatewayHost.start();
  const session = await host.session();
  const answer = await (await session.post({ jsonrpc: '2.0', id: 'none', result: {} })).ended();
  assert.is(answer.status, 202);
  assert.is(answer.body, '');
  assert.is((await answerTo(session, { jsonrpc: '2.0', id: 'none', error: { code: 1, message: 'x' } })).status, 202);
});

test('A5: errors within a session are 200: unknown methods, tools, params', async () => {
  await using host = await GatewayHost.start();
  const session = await host.session();
  for (const [method, params, code] of [
    ['no/such', {}, -32601],
    ['tasks/list', {}, -32601],
    ['tools/call', { name: 'nosuch' }, -32602],
    ['tools/call', {}, -32602],
    ['tools/call', { name: 7 }, -32602],
    ['prompts/get', { name: 'nosuch' }, -32602],
    ['resources/read', { uri: 'x:none' }, -32002],
    ['completion/complete', { ref: { type: 'ref/prompt', name: 'nosuch' } }, -32602],
    ['logging/setLevel', { level: 'loud' }, -32602],
    ['tools/list', { cursor: 'stale' }, -32602],
  ] as const) {
    const answer = await answerTo(session, { jsonrpc: '2.0', id: 1, method, params });
    assert.is(answer.status, 200, method);
    assert.is(answer.json.error?.code, code, method);
  }
  const unknown = await session.callTool('nosuch');
  assert.match(unknown.error?.message ?? '', /nosuch/);
  assert.equal((await session.request('ping')).result, {});
});

test('A5: after 5 s of silence an event stream begins, and a call has 5 minutes', () => {
  assert.equal([limits.mcpSilenceMs, limits.mcpToolTimeoutMs, limits.mcpCallerRequestMs], [5_000, 300_000, 600_000]);
});

test('A5: initialize is no notification, and not sent twice in one session', async () => {
  await using host = await GatewayHost.start();
  const params = { protocolVersion: '2025-11-25', capabilities: {}, clientInfo: { name: 'x', version: '1' } };
  assert.is((await host.caller().notify('initialize', params)).status, 400);
  const session = await host.session();
  const again = await answerTo(session, { jsonrpc: '2.0', id: 'i2', method: 'initialize', params });
  assert.is(again.status, 200);
  assert.is(again.json.error?.code, -32600);
  assert.is(host.gateway.inspect().sessions.length, 1);
});

test('A5: a caller that takes event streams only gets initialize as one, with its session', async () => {
  await using host = await GatewayHost.start();
  const params = { protocolVersion: '2025-11-25', capabilities: {}, clientInfo: { name: 'x', version: '1' } };
  const answer = await answerTo(host.caller(), { jsonrpc: '2.0', id: 1, method: 'initialize', params }, { accept: 'text/event-stream' });
  assert.match(String(answer.headers['content-type']), /^text\/event-stream/);
  assert.type(answer.headers['mcp-session-id'], 'string');
  assert.ok(answer.json.result);
});

test('A5: an id that is in use in the session is refused, and the call that has it goes on', async () => {
  await using host = await GatewayHost.start();
  await host.scripted('one');
  const session = await host.session();
  const call = (id: unknown, name: string) => session.post({ jsonrpc: '2.0', id, method: 'tools/call', params: { name } });
  const pending = call(7, 'never');
  while (host.gateway.inspect().upstreams[0]?.requestsInFlight !== 1) await new Promise((resolve) => setTimeout(resolve, 5));
  assert.is((await (await call(7, 'raw')).response()).json.error?.code, -32600);
  assert.ok((await (await call('7', 'raw')).response()).json.result, 'a string is another id');
  await session.notify('notifications/cancelled', { requestId: 7 });
  assert.is((await (await pending).response()).json.error?.code, -32800);
});
