import * as assert from 'uvu/assert';
import { GatewayHost } from '../../../harness/mcp-gateway.js';
import { McpHttpServer, sendJson } from '../../../harness/mcp-http-server.js';
import { fixture } from '../../../harness/mcp-servers.js';
import { suite } from '../../../harness/test.js';

const test = suite('mcp upstream handshake');

test('A4.2: known revisions are accepted, others refused', async () => {
  await using host = await GatewayHost.start();
  for (const revision of ['2024-11-05', '2025-03-26', '2025-06-18', '2025-11-25']) {
    const answer = await host.scripted(revision, ['--bare', '--set', JSON.stringify({ protocolVersion: revision })]);
    assert.is(answer['protocolVersion'], revision);
  }
});

test('A4.2: it hears of all that callers may be asked, less what it may not ask', async () => {
  await using host = await GatewayHost.start();
  await host.scripted('all', ['--tools', 'heard']);
  await host.scripted('some', ['--bare', '--tools', 'heard2'], { serverRequests: ['roots'], toolPrefix: 's_' });
  const session = await host.session();
  const heard = JSON.parse(await session.toolText('heard')) as string[];
  const { params } = JSON.parse(heard[0] ?? '') as { params: { capabilities: unknown; protocolVersion: string } };
  assert.equal(params.capabilities, { sampling: {}, elicitation: { form: {}, url: {} }, roots: { listChanged: true } });
  assert.is(params.protocolVersion, '2025-11-25');
  assert.match(heard[1] ?? '', /notifications\/initialized/);
});
