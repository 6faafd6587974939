import * as assert from 'uvu/assert';
import { GatewayHost } from '../../../harness/mcp-gateway.js';
import { suite } from '../../../harness/test.js';

const test = suite('mcp upstream stderr');

test('A8: lines of stderr go to the log with the name of the upstream, no faster than the log shall grow', async () => {
  await using host = await GatewayHost.start({ limits: { mcpStderrLinesPerSecond: 5 } });
  await host.register('noisy', 'stderr-flood');
  const session = await host.session();
  assert.is(await session.toolText('echo', { text: 'x' }), 'x');
  const lines = host.log.filter(({ message }) => message === 'stderr of an upstream');
  assert.ok(lines.length > 0 && lines.every(({ fields }) => fields['upstream'] === 'noisy'));
  assert.ok(lines.length < 50);
});
