import * as assert from 'uvu/assert';
import type { McpMessage } from '../../harness/mcp-caller.js';
import { GatewayHost } from '../../harness/mcp-gateway.js';
import { suite } from '../../harness/test.js';

const test = suite('mcp gateway log levels');
const done = '{"jsonrpc":"2.0","id":$ID,"result":{"content":[{"type":"text","text":"done"}]}}';
const say = (...lines: readonly string[]) => ({ name: 'say', arguments: { lines } });
const logAt = (level: string): string => `{"jsonrpc":"2.0","method":"notifications/message","params":{"level":"${level}","data":1}}`;

test('A7.4: the most talkative level is set at the upstream, and each session hears what it wants', async () => {
  await using host = await GatewayHost.start();
  await host.scripted('one', ['--tools', 'heard']);
  const [quiet, loud] = [await host.session(), await host.session()];
  await quiet.request('logging/setLevel', { level: 'error' });
  await loud.request('logging/setLevel', { level: 'debug' });
  await quiet.request('logging/setLevel', { level: 'warning' });
  const heard = JSON.parse(await loud.toolText('heard')) as string[];
  assert.equal(
    heard.filter((line) => line.includes('setLevel')).map((line) => (JSON.parse(line) as McpMessage).params?.['level']),
    ['error', 'debug'],
  );
  const lines = ['info', 'error'].map(
    (level) => `{"jsonrpc":"2.0","method":"notifications/message","params":{"level":"${level}","data":1}}`,
  );
  for (const [session, count] of [
    [quiet, 1],
    [loud, 2],
  ] as const) {
    const answer = await (await session.begin('tools/call', say(...lines, done))).ended();
    assert.is(answer.messages.length, count + 1);
  }
});

test('A7.4: an upstream that comes later, and an instance of one session, get the level that is wanted', async () => {
  await using host = await GatewayHost.start();
  const session = await host.session();
  await session.request('logging/setLevel', { level: 'info' });
  await host.scripted('later', ['--bare', '--tools', 'heard']);
  await host.scripted('own', ['--bare', '--tools', 'heard'], { isolation: 'session', toolPrefix: 'o_' });
  for (const tool of ['heard', 'o_heard'])
    while (!/setLevel.*info/.test(await session.toolText(tool))) await new Promise((resolve) => setTimeout(resolve, 10));
});

test('A7.4: an upstream that does not answer does not hold up the level of the others', async () => {
  await using host = await GatewayHost.start({ limits: { mcpRestartWaitMs: 100, mcpCloseGraceMs: 100 } });
  await host.scripted('own', ['--bare', '--tools', 'x'], { isolation: 'session' });
  await host.scripted('deaf', ['--bare', '--tools', 'y', '--mute', 'logging/setLevel']);
  const session = await host.session();
  assert.equal((await session.request('logging/setLevel', { level: 'info' })).result, {});
});

test('A7.4: when the session that wanted most ends, the upstream is told what is wanted now', async () => {
  await using host = await GatewayHost.start();
  await host.scripted('one', ['--tools', 'heard']);
  const [quiet, loud] = [await host.session(), await host.session()];
  await quiet.request('logging/setLevel', { level: 'error' });
  await loud.request('logging/setLevel', { level: 'debug' });
  await loud.send('DELETE', null);
  const levels = async () =>
    (JSON.parse(await quiet.toolText('heard')) as string[])
      .filter((line) => line.includes('setLevel'))
      .map((line) => (JSON.parse(line) as McpMessage).params?.['level']);
  while ((await levels()).length < 3) await new Promise((resolve) => setTimeout(resolve, 10));
  assert.equal(await levels(), ['error', 'debug', 'error']);
});

test('A7.4: a level that is none is refused, and an upstream without a log is not told of levels', async () => {
  await using host = await GatewayHost.start();
  await host.scripted('one', ['--tools', 'heard', '--set', '{"capabilities":{"tools":{}}}']);
  const session = await host.session();
  for (const level of ['loud', 'DEBUG', 7, null, undefined])
    assert.is((await session.request('logging/setLevel', { level })).error?.code, -32602, String(level));
  assert.equal((await session.request('logging/setLevel', { level: 'debug' })).result, {});
  assert.not.match(await session.toolText('heard'), /setLevel/);
});

test('A7.4: what an upstream logs while nobody calls goes to the sessions that named a level, each from its own on', async () => {
  await using host = await GatewayHost.start();
  await host.scripted('one');
  const sessions = [await host.session(), await host.session(), await host.session()];
  const [silent, warned, all] = sessions;
  await warned?.request('logging/setLevel', { level: 'warning' });
  await all?.request('logging/setLevel', { level: 'debug' });
  const streams = await Promise.all(sessions.map((session) => session.listen()));
  await silent?.callTool('say', say(done, logAt('info'), logAt('error'), logAt('odd')).arguments);
  await streams[2]?.find(({ params }) => params?.['level'] === 'odd');
  await streams[1]?.find(({ params }) => params?.['level'] === 'odd');
  const heard = streams.map(({ messages }) => messages.flatMap(({ json }) => json.params?.['level'] ?? []));
  assert.equal(heard, [[], ['error', 'odd'], ['info', 'error', 'odd']]);
  for (const stream of streams) stream.cut();
});
