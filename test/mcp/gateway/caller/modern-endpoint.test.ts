import * as assert from 'uvu/assert';
import type { McpAnswer, McpCaller, McpMessage } from '../../../harness/mcp-caller.js';
import { GatewayHost } from '../../../harness/mcp-gateway.js';
import { fixture } from '../../../harness/mcp-servers.js';
import { suite } from '../../../harness/test.js';

const test = suite('mcp gateway modern endpoint');
const logAt = (level: string): string => `{"jsonrpc":"2.0","method":"notifications/message","params":{"level":"${level}","data":1}}`;
const revision = '2026-07-28';
const prefix = 'io.modelcontextprotocol/';
const seen = new Set<unknown>();
const all = { sampling: {}, elicitation: {}, roots: {} };
const done = '{"jsonrpc":"2.0","id":$ID,"result":{"content":[{"type":"text","text":"done"}]}}';
const say = (...lines: readonly string[]) => ({ name: 'say', arguments: { lines } });

interface Asking {
  readonly id?: string;
  readonly capabilities?: unknown;
  readonly meta?: Readonly<Record<string, unknown>>;
  readonly headers?: Readonly<Record<string, string | undefined>>;
}

/** Sends a modern request with all that it needs. */
function ask(
  caller: McpCaller,
  method: string,
  params: Readonly<Record<string, unknown>> = {},
  { id = '1', capabilities = {}, meta = {}, headers = {} }: Asking = {},
): Promise<McpAnswer> {
  const envelope = { [`${prefix}protocolVersion`]: revision, [`${prefix}clientCapabilities`]: capabilities, ...meta };
  const text = `{"jsonrpc":"2.0","id":${id},"method":${JSON.stringify(method)},"params":${JSON.stringify({ ...params, _meta: envelope })}}`;
  const name = params['name'] ?? params['uri'];
  const named = ['tools/call', 'prompts/get', 'resources/read'].includes(method) && typeof name === 'string' ? { 'mcp-name': name } : {};
  return caller.post(text, { 'mcp-protocol-version': revision, 'mcp-method': method, ...named, ...headers });
}

async function result(answer: McpAnswer | Promise<McpAnswer>): Promise<McpMessage> {
  return (await (await answer).response()).json;
}

/** The text of the result of a call. */
function textOf(found: Readonly<Record<string, unknown>> = {}): string {
  return (found['content'] as { text: string }[])[0]?.text ?? '';
}

async function registerModern(host: GatewayHost, name = 'modern', more: Readonly<Record<string, unknown>> = {}): Promise<void> {
  const [command, args] = fixture('modern');
  const answer = await host.rest('POST', '', { name, transport: 'stdio', command, args, ...more });
  assert.is(answer.status, 201, answer.text);
  assert.is(answer.json['protocolVersion'], revision);
}

test('A9: server/discover tells what there is, without a session', async () => {
  await using host = await GatewayHost.start();
  const answer = await (await ask(host.caller(), 'server/discover', {}, { id: '9007199254740993' })).ended();
  assert.is(answer.status, 200);
  assert.is(answer.headers['mcp-session-id'], undefined);
  assert.ok(answer.body.includes('"id":9007199254740993,'));
  const { result: found } = await result(answer);
  assert.is(found?.['resultType'], 'complete');
  assert.equal(found?.['supportedVersions'], [revision]);
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
  ['(1) a missing revision', { meta: { [`${prefix}protocolVersion`]: undefined } }, 400, -32602],
  ['(1) a revision that is no string', { meta: { [`${prefix}protocolVersion`]: 7 } }, 400, -32602],
  ['(1) missing capabilities', { meta: { [`${prefix}clientCapabilities`]: undefined } }, 400, -32602],
  ['(1) capabilities that are no object', { capabilities: [] }, 400, -32602],
  ['(2) another revision in the header', { headers: { 'mcp-protocol-version': '2025-11-25' } }, 400, -32020],
  ['(2) no revision in the header', { headers: { 'mcp-protocol-version': undefined } }, 400, -32020],
  [
    '(3) a revision of the future',
    { meta: { [`${prefix}protocolVersion`]: '2099-01-01' }, headers: { 'mcp-protocol-version': '2099-01-01' } },
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
    const answer = await (await ask(host.caller(), method, params, { id: '"9007199254740993"', ...change })).ended();
    assert.is(answer.status, status);
    assert.is(answer.messages[0]?.json.error?.code, code, answer.body);
    assert.ok(answer.body.includes('"id":"9007199254740993"'));
    if (code === -32022) assert.equal(answer.messages[0]?.json.error?.data, { supported: [revision], requested: '2099-01-01' });
  });
}

test('A9: header values are trimmed and decoded before they are compared, and header names have no case', async () => {
  await using host = await GatewayHost.start();
  await host.scripted('one', ['--bare', '--tools', 'raw,tööl']);
  const caller = host.caller();
  const encoded = `=?base64?${Buffer.from('tööl').toString('base64')}?=`;
  assert.ok((await result(ask(caller, 'tools/call', { name: 'tööl' }, { headers: { 'mcp-name': encoded } }))).result);
  assert.ok(
    (await result(ask(caller, 'tools/call', { name: 'raw' }, { headers: { 'mcp-name': undefined, 'MCP-NAME': '  raw  ' } }))).result,
  );
});

test('A9 (5): arguments that travel as headers are there exactly when the argument is, and say the same', async () => {
  await using host = await GatewayHost.start();
  await registerModern(host);
  const caller = host.caller();
  const status = async (args: unknown, header: string | undefined) =>
    (
      await ask(
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
  assert.ok((await result(ask(session, 'tools/list'))).result);
  assert.ok((await session.request('tools/list')).result);
  assert.ok((await result(ask(host.caller(), 'tools/list', {}, { headers: { 'mcp-session-id': 'nobody' } }))).result);
  assert.is((await host.caller().post({ jsonrpc: '2.0', method: 'notifications/x' }, { 'mcp-protocol-version': revision })).status, 202);
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
    const { result: found } = await result(ask(caller, method, params));
    assert.is(found?.['resultType'], 'complete', method);
    assert.is(found?.['ttlMs'], 0, method);
    assert.is(found?.['cacheScope'], 'private', method);
  }
  const called = (await result(ask(caller, 'tools/call', { name: 'raw' }))).result;
  assert.is(called?.['resultType'], 'complete');
  assert.is(called?.['ttlMs'], undefined);
  const read = (await result(ask(caller, 'resources/read', { uri: 'm:one' }))).result;
  assert.is(read?.['ttlMs'], 7, 'a modern upstream says so itself');
  const missing = await result(ask(caller, 'resources/read', { uri: 'y:none' }));
  assert.is(missing.error?.code, -32602);
});

test('A9: the envelope stays here for legacy upstreams, and is ours for modern ones; other `_meta` travels', async () => {
  await using host = await GatewayHost.start();
  await host.scripted('one');
  await registerModern(host, 'modern', { toolPrefix: 'm_', serverRequests: ['elicitation'] });
  const caller = host.caller();
  const meta = { traceparent: '00-1', [`${prefix}clientInfo`]: { name: 'me', version: '1' }, [`${prefix}logLevel`]: 'info' };
  const text = async (name: string) => {
    const { result: found } = await result(ask(caller, 'tools/call', { name }, { capabilities: all, meta }));
    return (JSON.parse(textOf(found)) as McpMessage).params?.['_meta'];
  };
  assert.equal(await text('raw'), { traceparent: '00-1' });
  assert.equal(await text('m_raw'), {
    traceparent: '00-1',
    [`${prefix}protocolVersion`]: revision,
    [`${prefix}clientCapabilities`]: { elicitation: {} },
    [`${prefix}clientInfo`]: { name: 'me', version: '1' },
    [`${prefix}logLevel`]: 'info',
  });
});

test('A9: log messages come only to a request that wants them, from its level on; progress comes on its stream', async () => {
  await using host = await GatewayHost.start();
  await host.scripted('one');
  const caller = host.caller();
  const progress = '{"jsonrpc":"2.0","method":"notifications/progress","params":{"progressToken":$TOKEN,"progress":1}}';
  const heard = async (meta: Readonly<Record<string, unknown>>) => {
    const answer = await (await ask(caller, 'tools/call', say(logAt('info'), logAt('error'), progress, done), { meta })).ended();
    return answer.messages.map(({ json }) => json.params?.['level'] ?? json.params?.['progressToken'] ?? 'answer');
  };
  assert.equal(await heard({}), ['answer']);
  assert.equal(await heard({ [`${prefix}logLevel`]: 'warning' }), ['error', 'answer']);
  assert.equal(await heard({ [`${prefix}logLevel`]: 'debug', progressToken: 'p' }), ['info', 'error', 'p', 'answer']);
});

test('A9: closing the stream cancels the call at the upstream', async () => {
  await using host = await GatewayHost.start({ limits: { mcpSilenceMs: 20 } });
  await host.scripted('one', ['--tools', 'heard']);
  const session = await host.session();
  const answer = await ask(host.caller(), 'tools/call', { name: 'never' });
  answer.cut();
  while (!/notifications\/cancelled/.test(await session.toolText('heard'))) await new Promise((resolve) => setTimeout(resolve, 10));
});

test('A9: subscriptions/listen acknowledges what it honours, tells of that only, and says goodbye', async () => {
  const host = await GatewayHost.start({ limits: { mcpCoalesceMs: 1, mcpKeepAliveMs: 20 } });
  await host.scripted('one', ['--bare', '--tools', 'say', '--resources', 'x:one']);
  const caller = host.caller();
  const notifications = { toolsListChanged: true, promptsListChanged: false, resourceSubscriptions: ['x:one', 'y:none'] };
  const stream = await ask(caller, 'subscriptions/listen', { notifications }, { id: '9007199254740993' });
  const first = await stream.find(() => true);
  assert.is(first.json.method, 'notifications/subscriptions/acknowledged');
  assert.equal(first.json.params?.['notifications'], { toolsListChanged: true, resourceSubscriptions: ['x:one'] });
  assert.ok(first.text.includes(`"${prefix}subscriptionId":9007199254740993`));
  await host.scripted('two', ['--bare', '--prompts', 'p']);
  const changed = await stream.find(({ method }) => method === 'notifications/tools/list_changed');
  assert.ok(changed.text.includes(`"${prefix}subscriptionId":9007199254740993`));
  await result(
    ask(caller, 'tools/call', say('{"jsonrpc":"2.0","method":"notifications/resources/updated","params":{"uri":"x:one"}}', done)),
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

for (const [method, kind] of [
  ['sampling/createMessage', 'sampling'],
  ['elicitation/create', 'elicitation'],
  ['roots/list', 'roots'],
] as const) {
  test(`A9: ${method} of a legacy upstream becomes a result that wants input, and the call goes on with it`, async () => {
    await using host = await GatewayHost.start();
    await host.scripted('one', ['--tools', 'heard']);
    const caller = host.caller();
    const lines = [`{"jsonrpc":"2.0","id":"q","method":"${method}","params":{"n":9007199254740993}}`];
    const first = await (await ask(caller, 'tools/call', say(...lines), { capabilities: { [kind]: {} } })).ended();
    const wanted = first.messages[0]?.json.result;
    assert.is(wanted?.['resultType'], 'input_required');
    assert.ok(first.body.includes('9007199254740993'));
    const [key, question] = Object.entries(wanted?.['inputRequests'] as Record<string, { method: string }>)[0] ?? [];
    assert.is(question?.method, method);
    const retry = { ...say(...lines), inputResponses: { [key ?? '']: { answer: 1 } }, requestState: wanted?.['requestState'] };
    const second = ask(caller, 'tools/call', retry, { id: '2', capabilities: { [kind]: {} } });
    const session = await host.session();
    const heardAnswer = async () => (JSON.parse(await session.toolText('heard')) as string[]).find((line) => line.includes('"id":"q"'));
    while ((await heardAnswer()) === undefined) await new Promise((resolve) => setTimeout(resolve, 10));
    assert.is(await heardAnswer(), '{"jsonrpc":"2.0","id":"q","result":{"answer":1}}');
    const heard = JSON.parse(await session.toolText('heard')) as string[];
    const upstreamId = (JSON.parse(heard.find((line) => line.includes('"say"')) ?? '{}') as { id: number }).id;
    await session.callTool('say', { lines: [`{"jsonrpc":"2.0","id":${upstreamId},"result":{"content":[],"n":9007199254740993}}`, done] });
    const answer = await (await second).ended();
    assert.ok(answer.body.startsWith('{"jsonrpc":"2.0","id":2,'), answer.body);
    assert.ok(answer.body.includes('"n":9007199254740993'));
  });
}

test('A9: a state holds once, for the same request of the same principal; missing answers are asked for again', async () => {
  const authenticator = { authenticate: (header: string | undefined) => ({ principal: header ?? 'nobody' }) };
  await using host = await GatewayHost.start({ server: { authenticator } });
  const [command, args] = fixture('scripted');
  await host.rest('POST', '', { name: 'one', transport: 'stdio', command, args }, { authorization: 'ann' });
  const [ann, bob] = [host.caller({ headers: { authorization: 'ann' } }), host.caller({ headers: { authorization: 'bob' } })];
  const lines = ['{"jsonrpc":"2.0","id":1,"method":"roots/list"}', '{"jsonrpc":"2.0","id":2,"method":"roots/list"}', done];
  const asking = { capabilities: all };
  const first = (await result(ask(ann, 'tools/call', say(lines[0] ?? '', lines[1] ?? ''), asking))).result;
  const keys = Object.keys(first?.['inputRequests'] as object);
  assert.is(keys.length, 2);
  const requestState = first?.['requestState'];
  const retry = { ...say(lines[0] ?? '', lines[1] ?? ''), requestState, inputResponses: { [keys[0] ?? '']: {} } };
  const refused = async (caller: McpCaller, params: Readonly<Record<string, unknown>>) =>
    assert.is((await result(ask(caller, 'tools/call', params, asking))).error?.code, -32602);
  await refused(bob, retry);
  await refused(ann, { ...retry, arguments: { lines: [] } });
  await refused(ann, { ...retry, requestState: 'exec-server.x' });
  await refused(ann, { ...retry, requestState: 'made up' });
  const second = (await result(ask(ann, 'tools/call', retry, asking))).result;
  assert.is(second?.['resultType'], 'input_required');
  assert.equal(Object.keys(second?.['inputRequests'] as object), keys.slice(1));
  assert.not.equal(second?.['requestState'], requestState);
  await refused(ann, retry);
});

test('A9: a call that nobody comes back for ends, and too many at once are refused', async () => {
  await using host = await GatewayHost.start({ limits: { mcpParkedMs: 300, mcpParkedCalls: 1 } });
  await host.scripted('one', ['--tools', 'heard']);
  const caller = host.caller();
  const asking = { capabilities: all };
  const line = '{"jsonrpc":"2.0","id":"q","method":"sampling/createMessage","params":{}}';
  assert.is((await result(ask(caller, 'tools/call', say(line), asking))).result?.['resultType'], 'input_required');
  const session = await host.session();
  while (!/notifications\/cancelled/.test(await session.toolText('heard'))) await new Promise((resolve) => setTimeout(resolve, 10));
  assert.is(host.gateway.inspect().modern.parked, 0);
  assert.match(await session.toolText('heard'), /\\"id\\":\\"q\\",\\"error\\"/);
});

test('A9: a capability that is needed and not declared is 400 with -32021, and the call is cancelled', async () => {
  await using host = await GatewayHost.start();
  await host.scripted('one', ['--tools', 'heard']);
  const line = '{"jsonrpc":"2.0","id":"q","method":"sampling/createMessage","params":{}}';
  const answer = await (await ask(host.caller(), 'tools/call', say(line))).ended();
  assert.is(answer.status, 400);
  assert.equal(answer.messages[0]?.json.error?.data, { requiredCapabilities: { sampling: {} } });
  assert.is(answer.messages[0]?.json.error?.code, -32021);
  const session = await host.session();
  while (!/notifications\/cancelled/.test(await session.toolText('heard'))) await new Promise((resolve) => setTimeout(resolve, 10));
});

test('A4.2: an upstream that is modern only works, whatever its configuration says', async () => {
  await using host = await GatewayHost.start();
  for (const [at, protocol] of [undefined, 'auto', 'legacy', '2026-07-28'].entries())
    await registerModern(host, `m${at}`, { protocol, toolPrefix: `${at}_` });
  const session = await host.session();
  assert.match(await session.toolText('1_raw'), /raw/);
});

test('A9: the wish of a modern upstream for input passes to modern callers unchanged, and its state comes back', async () => {
  await using host = await GatewayHost.start();
  await registerModern(host);
  const caller = host.caller();
  const first = (await result(ask(caller, 'tools/call', { name: 'ask' }, { capabilities: all }))).result;
  assert.is(first?.['resultType'], 'input_required');
  assert.is(first?.['requestState'], 'round 1');
  const inputResponses = { first: { action: 'accept', content: {} }, second: { roots: [] } };
  const second = (await result(ask(caller, 'tools/call', { name: 'ask', inputResponses, requestState: 'round 1' }, { capabilities: all })))
    .result;
  assert.is(second?.['resultType'], 'complete');
  assert.equal(JSON.parse(textOf(second)), inputResponses);
});

test('A9: for a legacy caller it becomes ordinary questions, round after round', async () => {
  await using host = await GatewayHost.start();
  await registerModern(host);
  const session = await host.session({ capabilities: all });
  const answer = await session.begin('tools/call', { name: 'ask', arguments: { rounds: 2 } });
  for (const round of [0, 1]) {
    const form = await answer.find(({ params }) => params?.['message'] === `round ${round}`);
    await session.post({ jsonrpc: '2.0', id: form.json.id, result: { action: 'accept', content: { round } } });
    const isNew = (message: McpMessage): boolean => message.method === 'roots/list' && !seen.has(message.id);
    const roots = await answer.find(isNew);
    seen.add(roots.json.id);
    await session.post({ jsonrpc: '2.0', id: roots.json.id, result: { roots: [] } });
  }
  const text = textOf((await answer.response()).json.result);
  assert.equal(JSON.parse(text), { first: { action: 'accept', content: { round: 1 } }, second: { roots: [] } });
});

test('A9: changes at a modern upstream are heard, and subscriptions reach it', async () => {
  await using host = await GatewayHost.start({ limits: { mcpCoalesceMs: 1 } });
  await registerModern(host);
  const session = await host.session();
  const general = await session.listen();
  await session.request('resources/subscribe', { uri: 'm:one' });
  while (!/resourceSubscriptions\\":\[\\"m:one/.test(JSON.stringify(await session.callTool('heard')).replaceAll('\\\\\\"', '\\"')))
    await new Promise((resolve) => setTimeout(resolve, 10));
  const updated = `{"jsonrpc":"2.0","method":"notifications/resources/updated","params":{"uri":"m:one","_meta":{"${prefix}subscriptionId":$LISTEN}}}`;
  const changed = `{"jsonrpc":"2.0","method":"notifications/tools/list_changed","params":{"_meta":{"${prefix}subscriptionId":$LISTEN}}}`;
  await session.callTool('say', { lines: [updated, changed, done] });
  await general.find(({ method }) => method === 'notifications/resources/updated');
  await general.find(({ method }) => method === 'notifications/tools/list_changed');
  general.cut();
});
