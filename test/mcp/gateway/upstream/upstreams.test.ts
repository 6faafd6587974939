import * as assert from 'uvu/assert';
import { GatewayHost, isAlive } from '../../../harness/mcp-gateway.js';
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
