import * as assert from 'uvu/assert';
import { GatewayHost } from '../../../harness/mcp-gateway.js';
import { fixture } from '../../../harness/mcp-servers.js';
import { suite } from '../../../harness/test.js';

const test = suite('mcp upstream instance');

test('A3: a start that is late says so with what stood on stderr, and leaves nothing', async () => {
  await using host = await GatewayHost.start({ limits: { mcpCloseGraceMs: 100 } });
  const args = ['-c', 'echo "waiting for the database" >&2; trap "" TERM; sleep 1000'];
  const { status, json } = await host.rest('POST', '', { name: 'x', transport: 'stdio', command: 'sh', args, startupTimeoutMs: 500 });
  assert.is(status, 504);
  assert.match(String(json['message']), /x was not ready within 500 ms[^]*waiting for the database/);
  assert.is(host.server.inspect().liveProcesses, 0);
});

test('A3: a list of tools that does not come counts into the time of the start', async () => {
  await using host = await GatewayHost.start({ limits: { mcpCloseGraceMs: 100 } });
  const [command, args] = fixture('scripted', '--mute', 'tools/list');
  const { status } = await host.rest('POST', '', { name: 'x', transport: 'stdio', command, args, startupTimeoutMs: 700 });
  assert.is(status, 504);
});

test('A3: banners in front of the handshake are passed over', async () => {
  await using host = await GatewayHost.start();
  const { status, json } = await host.register('b', 'banners');
  assert.is(status, 201, JSON.stringify(json));
  assert.ok(host.log.some(({ level, message }) => level === 'debug' && message.includes('no message')));
});

test('A4.7: what is asked of an upstream that is gone is answered at once, with its name', async () => {
  await using host = await GatewayHost.start();
  await host.scripted('one', [], { restart: 'never' });
  const session = await host.session();
  await session.callTool('exit');
  await host.hasStatus('one', 'failed');
  assert.match((await session.callTool('raw')).error?.message ?? '', /raw/);
});
