import { limits } from '@exec-server/protocol';
import * as assert from 'uvu/assert';
import { GatewayHost } from '../../../harness/mcp-gateway.js';
import { suite } from '../../../harness/test.js';

const test = suite('mcp upstream health');
const until = async (isTrue: () => boolean | Promise<boolean>): Promise<void> => {
  while (!(await isTrue())) await new Promise((resolve) => setTimeout(resolve, 10));
};

test('A4.11: an upstream that gives no sign of life is started again', async () => {
  await using host = await GatewayHost.start({
    limits: { mcpPingIntervalMs: 100, mcpPingTimeoutMs: 100, mcpRestartDelayMs: 10, mcpCloseGraceMs: 100 },
  });
  await host.register('one', 'never-reads');
  await until(async () => Number((await host.rest('GET', '/one')).json['restarts']) > 0);
  assert.match(String((await host.rest('GET', '/one')).json['lastError']), /sign of life/);
});

test('A4.11: an upstream with a call under way is not asked, however long it is silent', async () => {
  await using host = await GatewayHost.start({ limits: { mcpPingIntervalMs: 30, mcpPingTimeoutMs: 30, mcpRestartDelayMs: 10 } });
  await host.scripted('one', ['--tools', 'heard']);
  const session = await host.session();
  const busy = session.begin('tools/call', { name: 'never' });
  await until(() => host.gateway.inspect().upstreams[0]?.requestsInFlight === 1);
  const pings = async () => (JSON.parse(await session.toolText('heard')) as string[]).filter((line) => line.includes('"ping"')).length;
  const before = await pings();
  await new Promise((resolve) => setTimeout(resolve, 300)); // ten times as long as an idle one has
  assert.is(await pings(), before);
  await session.send('DELETE', null);
  await busy;
  const other = await host.session();
  await until(async () => {
    await new Promise((resolve) => setTimeout(resolve, 100));
    return (JSON.parse(await other.toolText('heard')) as string[]).some((line) => line.includes('"ping"'));
  });
  assert.is((await host.rest('GET', '/one')).json['restarts'], 0);
});

test('A4.11: every 30 s, with 10 s to answer', () => {
  assert.equal([limits.mcpPingIntervalMs, limits.mcpPingTimeoutMs], [30_000, 10_000]);
});
