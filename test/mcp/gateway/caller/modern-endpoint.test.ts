import * as assert from 'uvu/assert';
import type { McpMessage } from '../../../harness/mcp-caller.js';
import { GatewayHost } from '../../../harness/mcp-gateway.js';
import { askModern, metaPrefix, modernRevision, registerModern, resultOf, textOf } from '../../../harness/modern-caller.js';
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
