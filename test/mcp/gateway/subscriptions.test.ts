import * as assert from 'uvu/assert';
import type { McpCaller } from '../../harness/mcp-caller.js';
import { GatewayHost } from '../../harness/mcp-gateway.js';
import { metaPrefix, registerModern } from '../../harness/modern-caller.js';
import { suite } from '../../harness/test.js';

const test = suite('mcp gateway subscriptions');
const done = '{"jsonrpc":"2.0","id":$ID,"result":{"content":[{"type":"text","text":"done"}]}}';
const updated = (uri: string, more = ''): string =>
  `{"jsonrpc":"2.0","method":"notifications/resources/updated","params":{"uri":"${uri}"${more}}}`;

/** How often an upstream was told of each method about subscriptions. */
async function counts(caller: McpCaller, tool = 'heard'): Promise<number[]> {
  const heard = JSON.parse(await caller.toolText(tool)) as string[];
  return ['resources/subscribe', 'resources/unsubscribe'].map((method) => heard.filter((line) => line.includes(`"${method}"`)).length);
}

test('A7.6: subscriptions are counted: the first subscribes, the last takes it back, and only subscribers hear', async () => {
  await using host = await GatewayHost.start({ limits: { mcpCoalesceMs: 1 } });
  await host.scripted('one', ['--tools', 'heard', '--resources', 'x:one']);
  const [first, second, third] = [await host.session(), await host.session(), await host.session()];
  await first.request('resources/subscribe', { uri: 'x:one' });
  await second.request('resources/subscribe', { uri: 'x:one' });
  const streams = await Promise.all([first, second, third].map((session) => session.listen()));
  await third.callTool('say', {
    lines: ['{"jsonrpc":"2.0","method":"notifications/resources/updated","params":{"uri":"x:one","n":1.0}}', done],
  });
  for (const stream of streams.slice(0, 2))
    assert.match((await stream.find(({ method }) => method === 'notifications/resources/updated')).text, /"n":1\.0/);
  assert.not.ok(streams[2]?.messages.some(({ json }) => json.method === 'notifications/resources/updated'));
  await first.request('resources/unsubscribe', { uri: 'x:one' });
  await second.send('DELETE', null);
  while ((await counts(third))[1] === 0) await new Promise((resolve) => setTimeout(resolve, 20));
  assert.equal(await counts(third), [1, 1]);
  for (const stream of streams) stream.cut();
});

test('A7.6: what is below a subscribed resource counts, what is beside it does not, and other upstreams cannot speak of it', async () => {
  await using host = await GatewayHost.start();
  await host.scripted('one', ['--bare', '--tools', 'say', '--resources', 'x:/dir,x:/di,x:/other/']);
  await host.scripted('two', ['--bare', '--tools', 'say', '--resources', 'y:one'], { toolPrefix: 'b_' });
  const session = await host.session();
  for (const uri of ['x:/dir', 'x:/other/']) assert.equal((await session.request('resources/subscribe', { uri })).result, {});
  const stream = await session.listen();
  await session.callTool('b_say', { lines: [updated('x:/dir', ',"from":"two"'), done] });
  const uris = ['x:/dir/file', 'x:/dir?a=/b', 'x:/directory', 'x:/di', 'x:/other', 'x:/other/deep/er', 'x:/dir'];
  await session.callTool('say', { lines: [...uris.map((uri) => updated(uri)), done] });
  await stream.find(({ params }) => params?.['uri'] === 'x:/dir');
  assert.equal(
    stream.messages.flatMap(({ json }) => json.params?.['from'] ?? json.params?.['uri'] ?? []),
    ['x:/dir/file', 'x:/dir?a=/b', 'x:/other/deep/er', 'x:/dir'],
  );
  stream.cut();
});

test('A7.6: a resource that nobody lists is subscribed to at the first upstream that takes it; one that none takes is not there', async () => {
  await using host = await GatewayHost.start();
  await host.scripted('none', ['--bare', '--tools', 'a']);
  await host.scripted('listed', ['--bare', '--tools', 'heard', '--resources', 'x:one']);
  await host.scripted('secret', ['--bare', '--tools', 'heard', '--resources', 'x:hidden', '--mute', 'resources/list'], {
    toolPrefix: 's_',
  });
  const session = await host.session();
  const late = await session.request('resources/subscribe', { uri: 'x:hidden' });
  assert.equal(late.result, {}, JSON.stringify(late));
  assert.equal(await counts(session), [1, 0], 'asked in order');
  assert.equal(await counts(session, 's_heard'), [1, 0]);
  assert.is((await session.request('resources/subscribe', { uri: 'x:nobody' })).error?.code, -32002);
  assert.equal((await session.request('resources/unsubscribe', { uri: 'x:hidden' })).result, {});
  assert.equal(await counts(session, 's_heard'), [1 + 1, 1]);
});

test('A7.6: sessions that subscribe at once share what the upstream says, also when that is no', async () => {
  await using host = await GatewayHost.start();
  await host.scripted('one', ['--tools', 'heard', '--resources', 'x:one', '--refuse', 'resources/subscribe']);
  const sessions = await Promise.all(Array.from({ length: 5 }, () => host.session()));
  const answers = await Promise.all(sessions.map((session) => session.request('resources/subscribe', { uri: 'x:one' })));
  assert.equal(
    answers.map(({ error }) => error?.code),
    Array.from({ length: 5 }, () => -32042),
  );
  const stream = await (sessions[0] as McpCaller).listen();
  await (sessions[0] as McpCaller).callTool('say', { lines: [updated('x:one'), done] });
  assert.equal(
    stream.messages.filter(({ json }) => json.method === 'notifications/resources/updated'),
    [],
  );
  stream.cut();
});

test('A7.6: subscriptions are renewed after a restart, once for all who want them', async () => {
  await using host = await GatewayHost.start({ limits: { mcpRestartDelayMs: 20 } });
  await host.scripted('one', ['--tools', 'heard', '--resources', 'x:one,x:two']);
  const [first, second] = [await host.session(), await host.session()];
  await first.request('resources/subscribe', { uri: 'x:one' });
  await second.request('resources/subscribe', { uri: 'x:one' });
  await second.request('resources/subscribe', { uri: 'x:two' });
  await first.callTool('exit');
  await host.hasStatus('one', 'running');
  while ((await counts(first).catch(() => [0]))[0] !== 2) await new Promise((resolve) => setTimeout(resolve, 10));
  const stream = await first.listen();
  await second.callTool('say', { lines: [updated('x:two'), updated('x:one'), done] });
  assert.is((await stream.find(({ method }) => method === 'notifications/resources/updated')).json.params?.['uri'], 'x:one');
  stream.cut();
});

test('A9: a session hears of a resource of a modern upstream without the subscription that is ours', async () => {
  await using host = await GatewayHost.start();
  await registerModern(host);
  const session = await host.session();
  await session.request('resources/subscribe', { uri: 'm:one' });
  const stream = await session.listen();
  const line = updated('m:one', `,"_meta":{"${metaPrefix}subscriptionId":$LISTEN,"mine":1.0}`);
  await session.callTool('say', { lines: [line, done] });
  const { text } = await stream.find(({ method }) => method === 'notifications/resources/updated');
  assert.not.match(text, /subscriptionId/);
  assert.match(text, /"_meta":\{"mine":1\.0\}/);
  stream.cut();
});

const subscribe = async (caller: McpCaller, uri: string) => (await caller.request('resources/subscribe', { uri })).error?.message;

test('part D: beyond so many resources a subscription is refused, until another one is taken back', async () => {
  await using host = await GatewayHost.start({ limits: { mcpSubscriptions: 2 } });
  await host.scripted('one', ['--resources', 'x:{n}']);
  const [first, second] = [await host.session(), await host.session()];
  assert.equal([await subscribe(first, 'x:1'), await subscribe(first, 'x:2')], [undefined, undefined]);
  assert.match((await subscribe(second, 'x:3')) ?? '', /busy/);
  assert.is(await subscribe(second, 'x:2'), undefined);
  await first.request('resources/unsubscribe', { uri: 'x:1' });
  assert.is(await subscribe(second, 'x:3'), undefined);
});
