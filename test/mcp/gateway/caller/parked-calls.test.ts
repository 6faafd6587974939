import * as assert from 'uvu/assert';
import { digestRequest } from '#mcp/gateway/caller/parked-calls.js';
import type { McpCaller } from '../../../harness/mcp-caller.js';
import { GatewayHost } from '../../../harness/mcp-gateway.js';
import { fixture } from '../../../harness/mcp-servers.js';
import { askModern, registerModern, resultOf, textOf } from '../../../harness/modern-caller.js';
import { suite } from '../../../harness/test.js';

const test = suite('mcp gateway parked calls');
const all = { sampling: {}, elicitation: {}, roots: {} };
const done = '{"jsonrpc":"2.0","id":$ID,"result":{"content":[{"type":"text","text":"done"}]}}';
const say = (...lines: readonly string[]) => ({ name: 'say', arguments: { lines } });

test('A9: a state holds once, for the same request of the same principal; missing answers are asked for again', async () => {
  const authenticator = { authenticate: (header: string | undefined) => ({ principal: header ?? 'nobody' }) };
  await using host = await GatewayHost.start({ server: { authenticator } });
  const [command, args] = fixture('scripted');
  await host.rest('POST', '', { name: 'one', transport: 'stdio', command, args }, { authorization: 'ann' });
  const [ann, bob] = [host.caller({ headers: { authorization: 'ann' } }), host.caller({ headers: { authorization: 'bob' } })];
  const lines = ['{"jsonrpc":"2.0","id":1,"method":"roots/list"}', '{"jsonrpc":"2.0","id":2,"method":"roots/list"}', done];
  const asking = { capabilities: all };
  const first = (await resultOf(askModern(ann, 'tools/call', say(lines[0] ?? '', lines[1] ?? ''), asking))).result;
  const keys = Object.keys(first?.['inputRequests'] as object);
  assert.is(keys.length, 2);
  const requestState = first?.['requestState'];
  const retry = { ...say(lines[0] ?? '', lines[1] ?? ''), requestState, inputResponses: { [keys[0] ?? '']: {} } };
  const refused = async (caller: McpCaller, params: Readonly<Record<string, unknown>>) =>
    assert.is((await resultOf(askModern(caller, 'tools/call', params, asking))).error?.code, -32602);
  await refused(bob, retry);
  await refused(ann, { ...retry, arguments: { lines: [] } });
  await refused(ann, { ...retry, requestState: 'exec-server.x' });
  await refused(ann, { ...retry, requestState: 'made up' });
  const second = (await resultOf(askModern(ann, 'tools/call', retry, asking))).result;
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
  assert.is((await resultOf(askModern(caller, 'tools/call', say(line), asking))).result?.['resultType'], 'input_required');
  const session = await host.session();
  while (!/notifications\/cancelled/.test(await session.toolText('heard'))) await new Promise((resolve) => setTimeout(resolve, 10));
  assert.is(host.gateway.inspect().modern.parked, 0);
  assert.match(await session.toolText('heard'), /\\"id\\":\\"q\\",\\"error\\"/);
});

const askHinted = (id: string) =>
  say(`{"jsonrpc":"2.0","id":"${id}","method":"sampling/createMessage","params":{"_meta":{"progressToken":$TOKEN}}}`);

test('A9: too many parked calls: the question of one more is refused at once', async () => {
  await using host = await GatewayHost.start({ limits: { mcpParkedCalls: 1 } });
  await host.scripted('one', ['--tools', 'heard']);
  const caller = host.caller();
  const asking = { capabilities: all, meta: { progressToken: 1 } };
  const first = await resultOf(askModern(caller, 'tools/call', askHinted('a'), asking));
  assert.is(first.result?.['resultType'], 'input_required');
  const second = askModern(caller, 'tools/call', askHinted('b'), asking);
  const session = await host.session();
  while (!/\\"id\\":\\"b\\",\\"error.*busy/.test(await session.toolText('heard'))) await new Promise((resolve) => setTimeout(resolve, 10));
  assert.is(host.gateway.inspect().modern.parked, 1);
  await host.rest('DELETE', '/one');
  assert.ok((await resultOf(second)).error);
});

test('A9: a gateway behind a gateway: each knows its own states, and passes on the other ones', async () => {
  await using inner = await GatewayHost.start();
  await registerModern(inner);
  await inner.scripted('asks', ['--bare', '--tools', 'say']).catch(() => undefined);
  await using outer = await GatewayHost.start();
  const added = await outer.rest('POST', '', { name: 'inner', transport: 'http', url: inner.endpoint });
  assert.is(added.status, 201, added.text);
  assert.is(added.json['protocolVersion'], '2026-07-28');
  const caller = outer.caller();
  const ask = { name: 'ask', arguments: { rounds: 2 } };
  let state: unknown;
  for (let round = 0; round < 2; round++) {
    const more = state === undefined ? {} : { requestState: state, inputResponses: { first: { action: 'accept' }, second: { roots: [] } } };
    const { result } = await resultOf(askModern(caller, 'tools/call', { ...ask, ...more }, { capabilities: all }));
    assert.is(result?.['resultType'], 'input_required');
    state = result?.['requestState'];
  }
  const last = { ...ask, requestState: state, inputResponses: { first: { action: 'accept' }, second: { roots: [] } } };
  const { result } = await resultOf(askModern(caller, 'tools/call', last, { capabilities: all }));
  assert.match(textOf(result), /accept/);
});

test('A9: a state of another gateway of this kind is that of its upstream', async () => {
  await using inner = await GatewayHost.start();
  await inner.scripted('legacy');
  await using outer = await GatewayHost.start();
  assert.is((await outer.rest('POST', '', { name: 'inner', transport: 'http', url: inner.endpoint })).status, 201);
  const caller = outer.caller();
  const call = say('{"jsonrpc":"2.0","id":"q","method":"roots/list"}');
  const first = (await resultOf(askModern(caller, 'tools/call', call, { capabilities: all }))).result;
  assert.is(first?.['resultType'], 'input_required');
  const [key = ''] = Object.keys(first?.['inputRequests'] as object);
  const again = { ...call, requestState: first?.['requestState'], inputResponses: { [key]: { roots: [] } } };
  const second = askModern(caller, 'tools/call', again, { capabilities: all });
  while (inner.gateway.inspect().modern.parked > 0) await new Promise((resolve) => setTimeout(resolve, 10));
  await inner.rest('DELETE', '/legacy');
  assert.match((await resultOf(second)).error?.message ?? '', /removed/, 'the state was taken');
});

test('A9: a digest is of principal, method and params, whatever comes with them', () => {
  const one = digestRequest('ann', 'tools/call', '{"name":"x","arguments":{"n":1.0}}');
  assert.is(
    digestRequest('ann', 'tools/call', '{"_meta":{"a":1},"arguments":{"n":1.0},"name":"x","requestState":"s","inputResponses":{}}'),
    one,
  );
  for (const [principal, method, params] of [
    ['bob', 'tools/call', '{"name":"x","arguments":{"n":1.0}}'],
    [null, 'tools/call', '{"name":"x","arguments":{"n":1.0}}'],
    ['ann', 'prompts/get', '{"name":"x","arguments":{"n":1.0}}'],
    ['ann', 'tools/call', '{"name":"x","arguments":{"n":1.1}}'],
    ['ann', 'tools/call', '{"name":"x"}'],
  ] as const)
    assert.is.not(digestRequest(principal, method, params), one);
});
