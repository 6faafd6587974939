import * as assert from 'uvu/assert';
import { GatewayHost, isAlive } from '../../harness/mcp-gateway.js';
import { McpHttpServer, sendEvents } from '../../harness/mcp-http-server.js';
import { suite } from '../../harness/test.js';

/** The twenty findings that any gateway of this kind is to be held against (M5). */
const test = suite('mcp gateway findings, from the eleventh');
const call = (id: string): string => `{"jsonrpc":"2.0","id":${id},"method":"tools/call","params":{"name":"never"}}`;
const done = '{"jsonrpc":"2.0","id":$ID,"result":{"content":[{"type":"text","text":"done"}]}}';
const until = async (isTrue: () => boolean | Promise<boolean>): Promise<void> => {
  while (!(await isTrue())) await new Promise((resolve) => setTimeout(resolve, 10));
};

test('A10.11: a request of the server before the answer on an event stream is not the answer', async () => {
  await using upstream = await McpHttpServer.start(({ json }, response) => {
    if (json.method !== 'tools/call') return false;
    sendEvents(
      response,
      `data: {"jsonrpc":"2.0","id":${String(json.id)},"method":"roots/list"}\n\n`,
      `data: {"jsonrpc":"2.0","id":${String(json.id)},"result":{"content":[{"type":"text","text":"real"}]}}\n\n`,
    );
    return true;
  });
  await using host = await GatewayHost.start();
  await host.rest('POST', '', { name: 'web', transport: 'http', url: upstream.url });
  assert.is(await (await host.session()).toolText('echo'), 'real');
});

test('A10.12: ids are never rounded, of requests and of what is cancelled', async () => {
  await using host = await GatewayHost.start();
  await host.scripted('one');
  const session = await host.session();
  const [big, near] = ['9007199254740993', '9007199254740992'];
  const first = session.post(call(big));
  const second = session.post(call(near));
  await until(() => host.gateway.inspect().upstreams[0]?.requestsInFlight === 2);
  await session.post(`{"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":${big}}}`);
  assert.ok((await (await first).ended()).body.includes(`"id":${big},`));
  assert.is(host.gateway.inspect().upstreams[0]?.requestsInFlight, 1);
  await session.send('DELETE', null);
  assert.ok((await (await second).ended()).body.includes(`"id":${near},`));
});

test('A10.13: requests of a subprocess with an id of ours are no answers, at the handshake, in lists and in calls', async () => {
  await using host = await GatewayHost.start();
  const { status } = await host.register('twin', 'same-ids');
  assert.is(status, 201);
  const session = await host.session();
  assert.is(await session.toolText('echo', { text: 'mine' }), 'mine');
});

test('A10.14: closing the server closes all upstreams, with their children', async () => {
  const host = await GatewayHost.start({ limits: { mcpCloseGraceMs: 100 } });
  await host.register('forks', 'forks');
  const session = await host.session();
  const children = (await session.toolText('echo')).split(' ').map(Number);
  assert.ok(children.every(isAlive));
  await host[Symbol.asyncDispose]();
  await until(() => !children.some(isAlive));
});

test('A10.15: registrations that fail or lose close what they started: handshake, conflict, race, a caller that is gone', async () => {
  await using host = await GatewayHost.start({ limits: { mcpCloseGraceMs: 100 } });
  await host.scripted('one', ['--bare', '--tools', 'echo']);
  const before = host.server.inspect().liveProcesses;
  assert.is((await host.register('conflict', 'forks')).status, 409);
  assert.is((await host.register('late', 'silent', { startupTimeoutMs: 100 })).status, 504);
  const race = await Promise.all([1, 2, 3].map(() => host.register('race', 'honest', { toolPrefix: 'r_' })));
  assert.is(race.filter(({ status }) => status === 201).length, 1);
  assert.is(host.server.inspect().liveProcesses, before + 1);
  assert.equal(
    host.gateway.inspect().upstreams.map(({ name }) => name),
    ['one', 'race'],
  );
});

test('A10.16: what fails while cleaning up is logged as a warning', async () => {
  await using upstream = await McpHttpServer.start(({ method }, response) => {
    if (method !== 'DELETE') return false;
    response.socket?.destroy();
    return true;
  });
  await using host = await GatewayHost.start();
  await host.rest('POST', '', { name: 'web', transport: 'http', url: upstream.url });
  assert.is((await host.rest('DELETE', '/web')).status, 200);
  assert.ok(host.log.some(({ level, fields }) => level === 'warn' && fields['upstream'] === 'web'));
});

test('A10.17: the stream of GET delivers what upstreams say', async () => {
  await using host = await GatewayHost.start();
  await host.scripted('one', ['--resources', 'x:one']);
  const session = await host.session();
  const general = await session.listen();
  await session.request('resources/subscribe', { uri: 'x:one' });
  await session.callTool('say', { lines: ['{"jsonrpc":"2.0","method":"notifications/resources/updated","params":{"uri":"x:one"}}', done] });
  await general.find(({ method }) => method === 'notifications/resources/updated');
  general.cut();
});

test('A10.18: notifications and GET need a session that there is: 400 without one, 404 with an unknown one', async () => {
  await using host = await GatewayHost.start();
  const caller = host.caller();
  assert.is((await caller.notify('notifications/x')).status, 400);
  assert.is((await caller.listen()).status, 400);
  caller.sessionId = 'unknown';
  assert.is((await caller.notify('notifications/x')).status, 404);
  assert.is((await caller.listen()).status, 404);
});

test('A10.19: the status of an upstream is what it is', async () => {
  await using host = await GatewayHost.start({ limits: { mcpRestartDelayMs: 400, mcpRestartAttempts: 1, mcpRestartWaitMs: 10 } });
  const starting = host.register('slow', 'silent', { startupTimeoutMs: 1_000 });
  await host.hasStatus('slow', 'starting');
  await starting;
  await host.scripted('one');
  const session = await host.session();
  const status = async (): Promise<unknown> => (await host.rest('GET', '/one')).json['status'];
  assert.is(await status(), 'running');
  await session.callTool('exit');
  assert.is(await status(), 'restarting');
  assert.match((await session.callTool('raw')).error?.message ?? '', /one is restarting/);
  await host.hasStatus('one', 'running');
  await session.callTool('exit');
  assert.is(await status(), 'failed');
});

test('A10.20: errors of the management are 4xx, 502 and 504, with a code and a message', async () => {
  await using host = await GatewayHost.start();
  await host.scripted('one', ['--bare', '--tools', 'echo']);
  const answers = [
    [await host.rest('POST', '', '{'), 400],
    [await host.rest('POST', '', {}, { 'content-type': 'text/plain' }), 415],
    [await host.rest('GET', '/none'), 404],
    [await host.rest('DELETE', '/none'), 404],
    [await host.register('one', 'honest'), 409],
    [await host.register('two', 'honest'), 409],
    [await host.register('three', 'crash-at-start'), 502],
    [await host.register('four', 'silent', { startupTimeoutMs: 50 }), 504],
    [await host.rest('POST', '', { name: 'five', transport: 'stdio', command: 'true', environment: 'elsewhere' }), 502],
  ] as const;
  for (const [{ status, json, text }, expected] of answers) {
    assert.is(status, expected, text);
    assert.type(json['code'], 'string');
    assert.type(json['message'], 'string');
  }
});
