import * as assert from 'uvu/assert';
import type { McpMessage } from '../../../harness/mcp-caller.js';
import { GatewayHost } from '../../../harness/mcp-gateway.js';
import { askModern, type Asking, metaPrefix, modernRevision, registerModern, resultOf, textOf } from '../../../harness/modern-caller.js';
import { suite } from '../../../harness/test.js';

const test = suite('mcp gateway modern endpoint');
const logAt = (level: string): string => `{"jsonrpc":"2.0","method":"notifications/message","params":{"level":"${level}","data":1}}`;
const all = { sampling: {}, elicitation: {}, roots: {} };
const done = '{"jsonrpc":"2.0","id":$ID,"result":{"content":[{"type":"text","text":"done"}]}}';
const say = (...lines: readonly string[]) => ({ name: 'say', arguments: { lines } });

test('A9: server/discover tells what there is, without a session', async () => {
  await using host = await GatewayHost.start();
  const answer = await (await askModern(host.caller(), 'server/discover', {}, { id: '9007199254740993' })).ended();
  assert.is(answer.status, 200);
  assert.is(answer.headers['mcp-session-id'], undefined);
  assert.ok(answer.body.includes('"id":9007199254740993,'));
  const { result: found } = await resultOf(answer);
  assert.is(found?.['resultType'], 'complete');
  assert.equal(found?.['supportedVersions'], [modernRevision]);
  assert.is(found?.['ttlMs'], 0);
  assert.is(found?.['cacheScope'], 'private');
  assert.ok(Object.hasOwn(found?.['capabilities'] as object, 'tools'));
  assert.match(JSON.stringify(found?.['_meta']), /"io.modelcontextprotocol\/serverInfo":\{"name":"exec-server"/);
  assert.equal(host.gateway.inspect().sessions, []);
});

const faults: readonly (readonly [
  what: string,
  change: Asking & { readonly method?: string; readonly params?: Readonly<Record<string, unknown>> },
  status: number,
  code: number,
])[] = [
  ['(1) a missing modernRevision', { meta: { [`${metaPrefix}protocolVersion`]: undefined } }, 400, -32602],
  ['(1) a modernRevision that is no string', { meta: { [`${metaPrefix}protocolVersion`]: 7 } }, 400, -32602],
  ['(1) missing capabilities', { meta: { [`${metaPrefix}clientCapabilities`]: undefined } }, 400, -32602],
  ['(1) capabilities that are no object', { capabilities: [] }, 400, -32602],
  ['(2) another modernRevision in the header', { headers: { 'mcp-protocol-version': '2025-11-25' } }, 400, -32020],
  ['(2) no modernRevision in the header', { headers: { 'mcp-protocol-version': undefined } }, 400, -32020],
  [
    '(3) a modernRevision of the future',
    { meta: { [`${metaPrefix}protocolVersion`]: '2099-01-01' }, headers: { 'mcp-protocol-version': '2099-01-01' } },
    400,
    -32022,
  ],
  ['(4) another method in the header', { headers: { 'mcp-method': 'tools/list' } }, 400, -32020],
  ['(4) a method of another case', { headers: { 'mcp-method': 'Tools/call' } }, 400, -32020],
  ['(4) no method in the header', { headers: { 'mcp-method': undefined } }, 400, -32020],
  ['(4) another name in the header', { headers: { 'mcp-name': 'other' } }, 400, -32020],
  ['(4) no name in the header', { headers: { 'mcp-name': undefined } }, 400, -32020],
  ['(4) a name in broken base64', { headers: { 'mcp-name': '=?base64?!!?=' } }, 400, -32020],
  ['(6) an unknown method', { method: 'no/such' }, 404, -32601],
  ['(6) initialize', { method: 'initialize' }, 404, -32601],
  ['(6) ping', { method: 'ping' }, 404, -32601],
  ['(6) logging/setLevel', { method: 'logging/setLevel' }, 404, -32601],
  ['(6) resources/subscribe', { method: 'resources/subscribe', params: { uri: 'x:y' } }, 404, -32601],
  ['(6) resources/unsubscribe', { method: 'resources/unsubscribe', params: { uri: 'x:y' } }, 404, -32601],
];

for (const [what, { method = 'tools/call', params = { name: 'raw' }, ...change }, status, code] of faults) {
  test(`A9: ${what} is ${status} with ${code} and the exact id`, async () => {
    await using host = await GatewayHost.start();
    const answer = await (await askModern(host.caller(), method, params, { id: '"9007199254740993"', ...change })).ended();
    assert.is(answer.status, status);
    assert.is(answer.messages[0]?.json.error?.code, code, answer.body);
    assert.ok(answer.body.includes('"id":"9007199254740993"'));
    if (code === -32022) assert.equal(answer.messages[0]?.json.error?.data, { supported: [modernRevision], requested: '2099-01-01' });
  });
}

test('A9: header values are trimmed and decoded before they are compared, and header names have no case', async () => {
  await using host = await GatewayHost.start();
  await host.scripted('one', ['--bare', '--tools', 'raw,tööl']);
  const caller = host.caller();
  const encoded = `=?base64?${Buffer.from('tööl').toString('base64')}?=`;
  assert.ok((await resultOf(askModern(caller, 'tools/call', { name: 'tööl' }, { headers: { 'mcp-name': encoded } }))).result);
  assert.ok(
    (await resultOf(askModern(caller, 'tools/call', { name: 'raw' }, { headers: { 'mcp-name': undefined, 'MCP-NAME': '  raw  ' } })))
      .result,
  );
});

test('A9 (5): arguments that travel as headers are there exactly when the argument is, and say the same', async () => {
  await using host = await GatewayHost.start();
  await registerModern(host);
  const caller = host.caller();
  const status = async (args: unknown, header: string | undefined) =>
    (
      await askModern(
        caller,
        'tools/call',
        { name: 'raw', arguments: args as Record<string, unknown> },
        { headers: { 'mcp-param-amount': header } },
      )
    ).status;
  assert.is(await status({ amount: 42 }, '42'), 200);
  assert.is(await status({ amount: 42 }, '042'), 200);
  assert.is(await status({}, undefined), 200);
  assert.is(await status({ amount: null }, undefined), 200);
  assert.is(await status({ amount: 42 }, '43'), 400);
  assert.is(await status({ amount: 42 }, undefined), 400);
  assert.is(await status({}, '42'), 400);
});

test('A9: legacy and modern requests may come in turn; a session header on a modern one is ignored', async () => {
  await using host = await GatewayHost.start();
  await host.scripted('one');
  const session = await host.session();
  assert.ok((await resultOf(askModern(session, 'tools/list'))).result);
  assert.ok((await session.request('tools/list')).result);
  assert.ok((await resultOf(askModern(host.caller(), 'tools/list', {}, { headers: { 'mcp-session-id': 'nobody' } }))).result);
  assert.is(
    (await host.caller().post({ jsonrpc: '2.0', method: 'notifications/x' }, { 'mcp-protocol-version': modernRevision })).status,
    202,
  );
});

test('A9: every result says its type, and lists and reads how long they hold', async () => {
  await using host = await GatewayHost.start();
  await host.scripted('one', ['--resources', 'x:one']);
  await registerModern(host, 'modern', { toolPrefix: 'm_' });
  const caller = host.caller();
  for (const [method, params] of [
    ['tools/list', {}],
    ['prompts/list', {}],
    ['resources/list', {}],
    ['resources/templates/list', {}],
    ['resources/read', { uri: 'x:one' }],
  ] as const) {
    const { result: found } = await resultOf(askModern(caller, method, params));
    assert.is(found?.['resultType'], 'complete', method);
    assert.is(found?.['ttlMs'], 0, method);
    assert.is(found?.['cacheScope'], 'private', method);
  }
  const called = (await resultOf(askModern(caller, 'tools/call', { name: 'raw' }))).result;
  assert.is(called?.['resultType'], 'complete');
  assert.is(called?.['ttlMs'], undefined);
  const read = (await resultOf(askModern(caller, 'resources/read', { uri: 'm:one' }))).result;
  assert.is(read?.['ttlMs'], 7, 'a modern upstream says so itself');
  const missing = await resultOf(askModern(caller, 'resources/read', { uri: 'y:none' }));
  assert.is(missing.error?.code, -32602);
});

test('A9: the envelope stays here for legacy upstreams, and is ours for modern ones; other `_meta` travels', async () => {
  await using host = await GatewayHost.start();
  await host.scripted('one');
  await registerModern(host, 'modern', { toolPrefix: 'm_', serverRequests: ['elicitation'] });
  const caller = host.caller();
  const meta = { traceparent: '00-1', [`${metaPrefix}clientInfo`]: { name: 'me', version: '1' }, [`${metaPrefix}logLevel`]: 'info' };
  const text = async (name: string) => {
    const { result: found } = await resultOf(askModern(caller, 'tools/call', { name }, { capabilities: all, meta }));
    return (JSON.parse(textOf(found)) as McpMessage).params?.['_meta'];
  };
  assert.equal(await text('raw'), { traceparent: '00-1' });
  assert.equal(await text('m_raw'), {
    traceparent: '00-1',
    [`${metaPrefix}protocolVersion`]: modernRevision,
    [`${metaPrefix}clientCapabilities`]: { elicitation: {} },
    [`${metaPrefix}clientInfo`]: { name: 'me', version: '1' },
    [`${metaPrefix}logLevel`]: 'info',
  });
});

test('A9: log messages come only to a request that wants them, from its level on; progress comes on its stream', async () => {
  await using host = await GatewayHost.start();
  await host.scripted('one');
  const caller = host.caller();
  const progress = '{"jsonrpc":"2.0","method":"notifications/progress","params":{"progressToken":$TOKEN,"progress":1}}';
  const heard = async (meta: Readonly<Record<string, unknown>>) => {
    const answer = await (await askModern(caller, 'tools/call', say(logAt('info'), logAt('error'), progress, done), { meta })).ended();
    return answer.messages.map(({ json }) => json.params?.['level'] ?? json.params?.['progressToken'] ?? 'answer');
  };
  assert.equal(await heard({}), ['answer']);
  assert.equal(await heard({ [`${metaPrefix}logLevel`]: 'warning' }), ['error', 'answer']);
  assert.equal(await heard({ [`${metaPrefix}logLevel`]: 'debug', progressToken: 'p' }), ['info', 'error', 'p', 'answer']);
});

test('A9: closing the stream cancels the call at the upstream', async () => {
  await using host = await GatewayHost.start({ limits: { mcpSilenceMs: 20 } });
  await host.scripted('one', ['--tools', 'heard']);
  const session = await host.session();
  const answer = await askModern(host.caller(), 'tools/call', { name: 'never' });
  answer.cut();
  while (!/notifications\/cancelled/.test(await session.toolText('heard'))) await new Promise((resolve) => setTimeout(resolve, 10));
});

test('A9: subscriptions/listen acknowledges what it honours, tells of that only, and says goodbye', async () => {
  const host = await GatewayHost.start({ limits: { mcpCoalesceMs: 1, mcpKeepAliveMs: 20 } });
  await host.scripted('one', ['--bare', '--tools', 'say', '--resources', 'x:one']);
  const caller = host.caller();
  const notifications = { toolsListChanged: true, promptsListChanged: false, resourceSubscriptions: ['x:one', 'y:none'] };
  const stream = await askModern(caller, 'subscriptions/listen', { notifications }, { id: '9007199254740993' });
  const first = await stream.find(() => true);
  assert.is(first.json.method, 'notifications/subscriptions/acknowledged');
  assert.equal(first.json.params?.['notifications'], { toolsListChanged: true, resourceSubscriptions: ['x:one'] });
  assert.ok(first.text.includes(`"${metaPrefix}subscriptionId":9007199254740993`));
  await host.scripted('two', ['--bare', '--prompts', 'p']);
  const changed = await stream.find(({ method }) => method === 'notifications/tools/list_changed');
  assert.ok(changed.text.includes(`"${metaPrefix}subscriptionId":9007199254740993`));
  await resultOf(
    askModern(caller, 'tools/call', say('{"jsonrpc":"2.0","method":"notifications/resources/updated","params":{"uri":"x:one"}}', done)),
  );
  await stream.find(({ method }) => method === 'notifications/resources/updated');
  assert.not.ok(stream.messages.some(({ json }) => json.method === 'notifications/prompts/list_changed'));
  while (!/^:/m.test(stream.body)) await new Promise((resolve) => setTimeout(resolve, 10));
  await host.gateway.close();
  const { json } = await stream.response();
  assert.is(json.result?.['resultType'], 'complete');
  await stream.ended();
  await host[Symbol.asyncDispose]();
});
