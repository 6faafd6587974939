import * as assert from 'uvu/assert';
import { GatewayHost, isAlive } from '../../../harness/mcp-gateway.js';
import { McpHttpServer } from '../../../harness/mcp-http-server.js';
import { suite } from '../../../harness/test.js';

const test = suite('mcp upstreams');
const until = async (isTrue: () => boolean | Promise<boolean>): Promise<void> => {
  while (!(await isTrue())) await new Promise((resolve) => setTimeout(resolve, 10));
};

test('A4.5: while one upstream takes its time to start, nobody else waits', async () => {
  await using host = await GatewayHost.start();
  await host.scripted('one');
  const session = await host.session();
  const slow = host.register('slow', 'silent', { startupTimeoutMs: 3_000 });
  await until(async () => (await host.rest('GET', '/slow')).status === 200);
  for (let i = 0; i < 20; i++) await session.toolText('raw');
  assert.equal((await session.request('ping')).result, {});
  assert.is((await host.register('other', 'honest')).status, 201);
  assert.is((await host.rest('GET', '/slow')).json['status'], 'starting');
  assert.is((await slow).status, 504);
});

test('A4.6: a changed list is fetched again and told; a name of somebody else stays hidden until its owner leaves', async () => {
  await using host = await GatewayHost.start();
  await host.scripted('one', ['--bare', '--tools', 'a']);
  await host.scripted('two', ['--bare', '--tools', 'tools,b']);
  const session = await host.session();
  const general = await session.listen();
  await session.callTool('tools', { names: ['tools', 'c', 'a'] });
  await general.find(({ method }) => method === 'notifications/tools/list_changed');
  await until(async () => (await session.toolNames()).includes('c'));
  assert.equal(await session.toolNames(), ['a', 'tools', 'c']);
  assert.equal((await host.rest('GET', '/two')).json['hiddenTools'], ['a']);
  assert.ok(host.log.some(({ level, message }) => level === 'warn' && message.includes('hidden')));
  assert.match(await session.toolText('a'), /"name":"a"/);
  await host.rest('DELETE', '/one');
  assert.equal(await session.toolNames(), ['tools', 'c', 'a']);
  general.cut();
});

test('A4.9: a stubborn upstream that is removed keeps nobody waiting', async () => {
  await using host = await GatewayHost.start();
  await host.register('stubborn', 'ignores-signals', { toolPrefix: 's_' });
  await host.scripted('one');
  const session = await host.session();
  const removal = host.rest('DELETE', '/stubborn');
  await until(async () => !(await session.toolNames()).includes('s_echo'));
  assert.match(await session.toolText('raw'), /raw/);
  assert.is((await host.rest('GET', '/stubborn')).status, 404);
  assert.is((await removal).status, 200);
});

test('A4.10: closing ends all upstreams at once, those that are being started too', async () => {
  const host = await GatewayHost.start({ limits: { mcpCloseGraceMs: 200 } });
  await host.register('one', 'ignores-signals');
  await host.register('two', 'forks', { toolPrefix: 't_' });
  const session = await host.session();
  const general = await session.listen();
  const children = (await session.toolText('t_echo')).split(' ').map(Number);
  const starting = host.register('three', 'silent');
  await until(() => host.server.inspect().liveProcesses >= 3);
  const pids = [...host.gateway.inspect().upstreams.map(({ pid }) => pid ?? 0), ...children].filter((pid) => pid > 0);
  await host.gateway.close();
  await general.ended();
  assert.is((await starting).status, 502);
  assert.is(host.server.inspect().liveProcesses, 0);
  await until(() => !pids.some(isAlive));
  await host[Symbol.asyncDispose]();
});

test('A3: of two who remove an upstream at once, one that is being started too, one gets 404', async () => {
  await using host = await GatewayHost.start();
  await host.register('one', 'ignores-signals');
  const both = async (path: string) =>
    (await Promise.all([host.rest('DELETE', path), host.rest('DELETE', path)]))
      .map(({ status }) => status)
      .toSorted((one, other) => one - other);
  assert.equal(await both('/one'), [200, 404]);
  const starting = host.register('s', 'silent');
  await until(async () => (await host.rest('GET', '/s')).status === 200 && host.server.inspect().liveProcesses === 1);
  assert.equal(await both('/s'), [200, 404]);
  assert.is((await starting).status, 502);
});

test('part D: 64 upstreams, also when more are registered at once; one that goes makes room', async () => {
  await using upstream = await McpHttpServer.start();
  await using host = await GatewayHost.start();
  const add = async (i: number) =>
    (await host.rest('POST', '', { name: `n${i}`, transport: 'http', url: upstream.url, protocol: 'legacy', toolPrefix: `n${i}_` })).status;
  const statuses = await Promise.all(Array.from({ length: 70 }, (_, i) => add(i)));
  assert.is(statuses.filter((status) => status === 201).length, 64);
  assert.is(statuses.filter((status) => status === 429).length, 6);
  assert.is((await (await host.session()).toolNames()).length, 64);
  assert.is((await host.rest('DELETE', `/n${statuses.indexOf(201)}`)).status, 200);
  assert.is(await add(100), 201);
  assert.is(await add(101), 429);
});

test(
  'part D: 1 024 calls of one upstream are under way at once; the next is busy, whoever asks, and its lists are fetched still',
  async () => {
    await using host = await GatewayHost.start({ limits: { mcpSilenceMs: 120_000 } });
    await host.scripted('one', ['--tools', 'tools']);
    await host.scripted('two', ['--bare', '--tools', 'other']);
    const first = await host.session();
    const sessions = await Promise.all(Array.from({ length: 4 }, () => host.session()));
    const never = sessions.flatMap((session) => Array.from({ length: 255 }, () => session.begin('tools/call', { name: 'never' })));
    never.push(...Array.from({ length: 3 }, () => first.begin('tools/call', { name: 'never' })));
    await until(() => host.gateway.inspect().upstreams[0]?.requestsInFlight === 1_023);
    await first.callTool('tools', { names: ['never', 'changed'] });
    never.push(first.begin('tools/call', { name: 'never' }));
    await until(() => (host.gateway.inspect().upstreams[0]?.requestsInFlight ?? 0) >= 1_024);
    const { error } = await first.callTool('never');
    assert.is(error?.code, -32000);
    assert.match(error?.message ?? '', /one is busy/);
    assert.match(await first.toolText('other'), /other/);
    await until(async () => (await first.toolNames()).includes('changed'));
    for (const session of [first, ...sessions]) await session.send('DELETE', null);
    await Promise.all(never);
  },
  { timeoutMs: 60_000 },
);

test('A4.9: callers hear of a registration and of a removal', async () => {
  await using host = await GatewayHost.start({ limits: { mcpCoalesceMs: 1 } });
  const general = await (await host.session()).listen();
  const told = () => general.messages.filter(({ json }) => json.method === 'notifications/tools/list_changed').length;
  await host.scripted('one');
  await until(() => told() === 1);
  await host.rest('DELETE', '/one');
  await until(() => told() === 2);
  general.cut();
});
