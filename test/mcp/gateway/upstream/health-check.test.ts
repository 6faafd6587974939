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
