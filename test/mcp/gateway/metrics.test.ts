import * as assert from 'uvu/assert';
import { GatewayHost } from '../../harness/mcp-gateway.js';
import { suite } from '../../harness/test.js';

const test = suite('mcp gateway metrics');

test('part D: the page of metrics tells of sessions, upstreams and calls', async () => {
  await using host = await GatewayHost.start();
  await host.scripted('one');
  const session = await host.session();
  await session.toolText('raw');
  const page = await (await fetch(`${host.url}/metrics`)).text();
  assert.match(page, /exec_server_mcp_sessions 1/);
  assert.match(page, /exec_server_mcp_upstreams\{upstream="one",status="running"\} 1/);
  assert.match(page, /exec_server_mcp_calls_total\{upstream="one",outcome="result"\} 1/);
  assert.match(page, /exec_server_mcp_call_seconds_total\{upstream="one",outcome="result"\} 0\./);
});
