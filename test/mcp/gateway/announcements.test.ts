import * as assert from 'uvu/assert';
import { GatewayHost } from '../../harness/mcp-gateway.js';
import { suite } from '../../harness/test.js';

const test = suite('mcp announcements');
const done = '{"jsonrpc":"2.0","id":$ID,"result":{"content":[]}}';
const say = (method: string, params: unknown) => JSON.stringify({ jsonrpc: '2.0', method, params });

test('A7.6: changes within 50 ms are told as one, to every session', async () => {
  await using host = await GatewayHost.start();
  const sessions = [await host.session(), await host.session()];
  const streams = await Promise.all(sessions.map((session) => session.listen()));
  await Promise.all(Array.from({ length: 5 }, (_, i) => host.scripted(`n${i}`, ['--bare'])));
  await host.scripted('last', ['--bare', '--tools', 'a']);
  for (const [at, stream] of streams.entries()) {
    await stream.find(({ method }) => method === 'notifications/tools/list_changed');
    while (!(await sessions[at]?.toolNames())?.includes('a')) await new Promise((resolve) => setTimeout(resolve, 10));
    const told = stream.messages.filter(({ json }) => json.method === 'notifications/tools/list_changed').length;
    assert.ok(told >= 1 && told < 6, String(told));
    stream.cut();
  }
});

test('A7.6: a custom notification with one call under way goes to its session; with several, or none, to nobody', async () => {
  await using host = await GatewayHost.start();
  await host.scripted('one');
  const session = await host.session();
  const answer = await session.begin('tools/call', { name: 'say', arguments: { lines: [say('notifications/custom', { x: 1 }), done] } });
  await answer.ended();
  assert.equal(
    answer.messages.map(({ json }) => json.method ?? 'answer'),
    ['notifications/custom', 'answer'],
  );
  await session.callTool('say', { lines: [done, say('notifications/late', {})] });
  while (!host.log.some(({ message }) => message.includes('for nobody'))) await new Promise((resolve) => setTimeout(resolve, 10));
});
