import * as assert from 'uvu/assert';
import { GatewayMetrics } from '#mcp/gateway/metrics.js';
import { GatewayHost } from '../../harness/mcp-gateway.js';
import { suite } from '../../harness/test.js';

const test = suite('mcp gateway metrics');

test('part D: calls are counted by upstream and outcome with their seconds, until their upstream is gone', () => {
  const metrics = new GatewayMetrics();
  metrics.callEnded('one', 'result', 0.5);
  metrics.callEnded('one', 'result', 1);
  metrics.callEnded('one', 'timeout', 2);
  const read = () => {
    const samples = metrics.samples({
      sessions: 2,
      sessionsOpened: 5,
      queueDrops: 3,
      upstreams: [{ name: 'one', status: 'failed', restarts: 4 }],
    });
    return Object.fromEntries(
      samples.map(({ name, values }) => [name, values.map(({ labels, value }) => [...Object.values(labels), value].join(' '))]),
    );
  };
  assert.equal(read(), {
    mcp_sessions: ['2'],
    mcp_sessions_opened_total: ['5'],
    mcp_queue_drops_total: ['3'],
    mcp_upstream_state_changes_total: ['0'],
    mcp_upstreams: ['one failed 1'],
    mcp_upstream_restarts_total: ['one 4'],
    mcp_calls_total: ['one result 2', 'one timeout 1'],
    mcp_call_seconds_total: ['one result 1.5', 'one timeout 2'],
  });
  metrics.forget('one');
  assert.equal(read()['mcp_calls_total'], []);
});

test('part D: changes of the state of upstreams are counted', async () => {
  await using host = await GatewayHost.start({ limits: { mcpRestartDelayMs: 10 } });
  const changes = () => host.gateway.samples().find(({ name }) => name === 'mcp_upstream_state_changes_total')?.values[0]?.value;
  await host.scripted('one');
  assert.is(changes(), 1); // running
  await (await host.session()).callTool('exit');
  while (changes() !== 3) await new Promise((resolve) => setTimeout(resolve, 10)); // restarting, running
  await host.rest('DELETE', '/one');
  assert.is(changes(), 4); // stopping
});

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
