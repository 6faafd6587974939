import * as assert from 'uvu/assert';
import { GatewayHost } from '../../../harness/mcp-gateway.js';
import { suite } from '../../../harness/test.js';

const test = suite('mcp upstream lists');

test('A4.3: an upstream without tools has none, and that is no error', async () => {
  await using host = await GatewayHost.start();
  const answer = await host.scripted('one', ['--set', '{"capabilities":{}}']);
  assert.equal(answer['tools'], []);
});

test('A4.3: an endless list fails the registration, by its pages, its entries or a cursor that comes again', async () => {
  await using host = await GatewayHost.start({ limits: { mcpUpstreamListPages: 50 } });
  const pages = await host.register('pages', 'endless-list');
  assert.is(pages.status, 502);
  assert.match(String(pages.json['message']), /50 pages/);
  assert.is(host.server.inspect().liveProcesses, 0);
});
