import * as assert from 'uvu/assert';
import { GatewayHost } from '../../../harness/mcp-gateway.js';
import { askModern, metaPrefix, registerModern, resultOf, textOf } from '../../../harness/modern-caller.js';
import { suite } from '../../../harness/test.js';

const test = suite('mcp gateway bridges between the eras');
const all = { sampling: {}, elicitation: {}, roots: {} };
const done = '{"jsonrpc":"2.0","id":$ID,"result":{"content":[{"type":"text","text":"done"}]}}';
const say = (...lines: readonly string[]) => ({ name: 'say', arguments: { lines } });

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
    const first = await (await askModern(caller, 'tools/call', say(...lines), { capabilities: { [kind]: {} } })).ended();
    const wanted = first.messages[0]?.json.result;
    assert.is(wanted?.['resultType'], 'input_required');
    assert.ok(first.body.includes('9007199254740993'));
    const [key, question] = Object.entries(wanted?.['inputRequests'] as Record<string, { method: string }>)[0] ?? [];
    assert.is(question?.method, method);
    const retry = { ...say(...lines), inputResponses: { [key ?? '']: { answer: 1 } }, requestState: wanted?.['requestState'] };
    const second = askModern(caller, 'tools/call', retry, { id: '2', capabilities: { [kind]: {} } });
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

test('A9: a capability that is needed and not declared is 400 with -32021, and the call is cancelled', async () => {
  await using host = await GatewayHost.start();
  await host.scripted('one', ['--tools', 'heard']);
  const line = '{"jsonrpc":"2.0","id":"q","method":"sampling/createMessage","params":{}}';
  const answer = await (await askModern(host.caller(), 'tools/call', say(line))).ended();
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
  const first = (await resultOf(askModern(caller, 'tools/call', { name: 'ask' }, { capabilities: all }))).result;
  assert.is(first?.['resultType'], 'input_required');
  assert.is(first?.['requestState'], 'round 1');
  const inputResponses = { first: { action: 'accept', content: {} }, second: { roots: [] } };
  const second = (
    await resultOf(askModern(caller, 'tools/call', { name: 'ask', inputResponses, requestState: 'round 1' }, { capabilities: all }))
  ).result;
  assert.is(second?.['resultType'], 'complete');
  assert.equal(JSON.parse(textOf(second)), inputResponses);
});

test('A9: changes at a modern upstream are heard, and subscriptions reach it', async () => {
  await using host = await GatewayHost.start({ limits: { mcpCoalesceMs: 1 } });
  await registerModern(host);
  const session = await host.session();
  const general = await session.listen();
  await session.request('resources/subscribe', { uri: 'm:one' });
  while (!/resourceSubscriptions\\":\[\\"m:one/.test(JSON.stringify(await session.callTool('heard')).replaceAll('\\\\\\"', '\\"')))
    await new Promise((resolve) => setTimeout(resolve, 10));
  const updated = `{"jsonrpc":"2.0","method":"notifications/resources/updated","params":{"uri":"m:one","_meta":{"${metaPrefix}subscriptionId":$LISTEN}}}`;
  const changed = `{"jsonrpc":"2.0","method":"notifications/tools/list_changed","params":{"_meta":{"${metaPrefix}subscriptionId":$LISTEN}}}`;
  await session.callTool('say', { lines: [updated, changed, done] });
  await general.find(({ method }) => method === 'notifications/resources/updated');
  await general.find(({ method }) => method === 'notifications/tools/list_changed');
  general.cut();
});
