import { McpGateway } from '@exec-server/mcp/gateway';
import * as assert from 'uvu/assert';
import { GatewayHost } from '../../harness/mcp-gateway.js';
import { fixture } from '../../harness/mcp-servers.js';
import { suite } from '../../harness/test.js';

const test = suite('mcp gateway root');
const [command, args] = fixture('scripted', '--bare');

test('A1: what a program registers is as what REST registers, and rejects with the reason', async () => {
  await using host = await GatewayHost.start();
  await host.gateway.add({ name: 'one', transport: 'stdio', command, args });
  assert.is((await host.rest('GET', '/one')).json['status'], 'running');
  for (const [config, message] of [
    [{ name: 'two' }, /transport/],
    [{ name: 'one', transport: 'stdio', command, args }, /conflict/],
    [{ name: 'two', transport: 'stdio', command, environment: 'mars' }, /mars.*no such environment/],
    [{ name: 'two', transport: 'http', url: 'http://127.0.0.1:9/', environment: 'mars' }, /mars.*no such environment/],
  ] as const) {
    const error = await host.gateway.add(config).then(
      () => null,
      (reason: unknown) => reason,
    );
    assert.match((error as Error).message, message);
  }
  assert.is(((await host.rest('GET')).json as unknown as unknown[]).length, 1);
});

test('A1: upstreams of a file start together; one that fails is listed as failed, with the reason, and can be removed', async () => {
  await using host = await GatewayHost.start();
  const base = {
    environment: 'local',
    toolPrefix: '',
    startupTimeoutMs: 30_000,
    callTimeoutMs: 1_000,
    protocol: 'legacy',
    isolation: 'shared',
  } as const;
  const more = {
    restart: 'on-failure',
    enabledTools: null,
    disabledTools: [],
    serverRequests: [],
    transport: 'stdio',
    env: {},
    cwd: null,
    inheritEnv: [],
  } as const;
  const failed = await host.gateway.load([
    { ...base, ...more, name: 'good', command, args },
    { ...base, ...more, name: 'bad', command: 'no-such-program', args: [] },
  ]);
  assert.equal([...failed.keys()], ['bad']);
  const { json } = await host.rest('GET', '/bad');
  assert.equal([json['status'], json['tools']], ['failed', []]);
  assert.match(String(json['lastError']), /no-such-program/);
  assert.ok(host.log.some(({ level, fields }) => level === 'error' && fields['upstream'] === 'bad'));
  assert.is((await host.rest('POST', '', { name: 'bad', transport: 'stdio', command, args })).status, 409);
  assert.is((await host.rest('DELETE', '/bad')).status, 200);
  assert.is((await host.rest('POST', '', { name: 'bad', transport: 'stdio', command, args })).status, 201);
});

test('an executor that does not come counts into the time of the start, and closing does not wait for it', async () => {
  await using gateway = new McpGateway({ executor: () => new Promise(() => undefined) });
  const late = await gateway
    .add({ name: 'one', transport: 'stdio', command, startupTimeoutMs: 30 })
    .catch((error: unknown) => error as Error);
  assert.match((late as Error).message, /not ready within 30 ms/);
  const given = gateway.add({ name: 'one', transport: 'stdio', command }).catch((error: unknown) => error as Error);
  await gateway.close();
  assert.match(((await given) as Error).message, /given up|closing/);
});
