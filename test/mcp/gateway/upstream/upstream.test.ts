import * as assert from 'uvu/assert';
import { GatewayHost, isAlive } from '../../../harness/mcp-gateway.js';
import { suite } from '../../../harness/test.js';

const test = suite('mcp gateway upstream');
const until = async (isTrue: () => boolean | Promise<boolean>): Promise<void> => {
  while (!(await isTrue())) await new Promise((resolve) => setTimeout(resolve, 10));
};

test('A4.1: the environment is a clean one: a short list, what is named, what is given', async () => {
  const environment = {
    PATH: process.env['PATH'] ?? '',
    HOME: '/h',
    LC_TIME: 'C',
    GITHUB_TOKEN: 'secret',
    EXEC_SERVER_TOKEN: 'ours',
    OTHER: 'o',
    NAMED: 'n',
  };
  await using host = await GatewayHost.start({ server: { environment } });
  await host.scripted('one', [], { env: { MINE: 'm', HOME: '/mine' }, inheritEnv: ['NAMED', 'MISSING'] });
  const session = await host.session();
  // The last is set by Node itself where coverage is measured.
  const { PATH, NODE_V8_COVERAGE: _, ...rest } = JSON.parse(await session.toolText('env')) as Record<string, string>;
  assert.is(PATH, environment.PATH);
  assert.equal(rest, { HOME: '/mine', LC_TIME: 'C', MINE: 'm', NAMED: 'n' });
});

test('A4.1: the working directory is the one given', async () => {
  await using host = await GatewayHost.start();
  const answer = await host.rest('POST', '', {
    name: 'x',
    transport: 'stdio',
    command: process.execPath,
    args: ['-e', 'console.error(process.cwd()); process.exit(1)'],
    cwd: '/tmp',
  });
  assert.match(String(answer.json['message']), /\/tmp/);
});

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

test('A4.7: a crash fails what is under way at once, naming the upstream, and the upstream is started again', async () => {
  await using host = await GatewayHost.start({ limits: { mcpRestartDelayMs: 50 } });
  await host.scripted('one');
  await host.scripted('two', ['--bare', '--tools', 'other']);
  const session = await host.session();
  const pending = session.callTool('never');
  await until(() => host.gateway.inspect().upstreams[0]?.requestsInFlight === 1);
  const crash = await session.callTool('exit');
  assert.is(crash.error?.code, -32000);
  assert.match(crash.error?.message ?? '', /one.*exited with code 5/);
  assert.match((await pending).error?.message ?? '', /one/);
  assert.match(await session.toolText('other'), /other/);
  assert.ok((await session.toolNames()).includes('raw'), 'its tools stay listed');
  await host.hasStatus('one', 'running');
  assert.match(await session.toolText('raw'), /raw/);
  const { json } = await host.rest('GET', '/one');
  assert.is(json['restarts'], 1);
  assert.match(String(json['lastError']), /code 5/);
});

test('A4.7: a call waits for a restart, but not for long', async () => {
  await using host = await GatewayHost.start({ limits: { mcpRestartDelayMs: 200, mcpRestartWaitMs: 5_000 } });
  await host.scripted('one');
  const session = await host.session();
  await session.callTool('exit');
  await host.hasStatus('one', 'restarting');
  assert.match(await session.toolText('raw'), /raw/);
});

test('A4.7: a server that dies on every call is given up after so many failures', async () => {
  await using host = await GatewayHost.start({ limits: { mcpRestartDelayMs: 10, mcpRestartAttempts: 2 } });
  await host.scripted('one');
  const session = await host.session();
  for (let crashes = 0; crashes < 3; crashes++) {
    await host.hasStatus('one', 'running');
    await session.callTool('exit');
  }
  await host.hasStatus('one', 'failed');
  assert.is(host.server.inspect().counters.processesStarted, 3);
  await until(async () => (await session.toolNames()).length === 0);
});

test('A4.7: with `restart: never` a crash is the end', async () => {
  await using host = await GatewayHost.start();
  await host.scripted('one', [], { restart: 'never' });
  const session = await host.session();
  await session.callTool('exit');
  await host.hasStatus('one', 'failed');
  assert.is(host.server.inspect().counters.processesStarted, 1);
});

test('A4.7: what callers had set is set again after a restart', async () => {
  await using host = await GatewayHost.start({ limits: { mcpRestartDelayMs: 10 } });
  await host.scripted('one', ['--tools', 'heard', '--resources', 'x:one']);
  const session = await host.session();
  await session.request('logging/setLevel', { level: 'info' });
  await session.request('resources/subscribe', { uri: 'x:one' });
  await session.callTool('exit');
  await host.hasStatus('one', 'running');
  await until(async () => /setLevel.*resources\/subscribe|resources\/subscribe.*setLevel/.test(await session.toolText('heard')));
});

for (const program of ['ignores-signals', 'forks', 'never-reads', 'stderr-flood', 'banners']) {
  test(`A4.9: removal leaves nothing of a server like ${program}`, async () => {
    await using host = await GatewayHost.start({ limits: { mcpCloseGraceMs: 200 } });
    const { status, json } = await host.register('one', program);
    assert.is(status, 201);
    const session = await host.session();
    const pids = [Number(json['pid'])];
    if (program === 'forks') pids.push(...(await session.toolText('echo')).split(' ').map(Number));
    assert.ok(pids.every(isAlive));
    const pending = program === 'never-reads' ? session.callTool('echo', { text: 'x' }) : null;
    assert.is((await host.rest('DELETE', '/one')).status, 200);
    assert.equal(await session.toolNames(), []);
    if (pending) assert.match((await pending).error?.message ?? '', /one/);
    await until(() => !pids.some(isAlive));
  });
}

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

test('A4.11: an upstream that gives no sign of life is started again', async () => {
  await using host = await GatewayHost.start({
    limits: { mcpPingIntervalMs: 100, mcpPingTimeoutMs: 100, mcpRestartDelayMs: 10, mcpCloseGraceMs: 100 },
  });
  await host.register('one', 'never-reads');
  await until(async () => Number((await host.rest('GET', '/one')).json['restarts']) > 0);
  assert.match(String((await host.rest('GET', '/one')).json['lastError']), /sign of life/);
});

test('A7.5: with `isolation: session` each session has an instance of its own, started at its first call and ended with it', async () => {
  await using host = await GatewayHost.start();
  await host.scripted('one', [], { isolation: 'session' });
  const [first, second] = [await host.session(), await host.session()];
  assert.is(host.server.inspect().liveProcesses, 1);
  const pid = async (session: typeof first) => /"pid":(\d+)/.exec(JSON.stringify(await session.callTool('env')))?.[1];
  await pid(first);
  await pid(first);
  await pid(second);
  assert.is(host.server.inspect().liveProcesses, 3);
  await first.send('DELETE', null);
  await until(() => host.server.inspect().liveProcesses === 2);
  await host.rest('DELETE', '/one');
  assert.is(host.server.inspect().liveProcesses, 0);
});

test('A8: a line that is too long fails the upstream, and a last line without end counts', async () => {
  await using host = await GatewayHost.start({ limits: { mcpMessageBytes: 1_000_000, mcpRestartDelayMs: 20 } });
  await host.register('long', 'endless-line', { restart: 'never' });
  await host.register('crash', 'crash-after-call', { toolPrefix: 'c_' });
  const session = await host.session();
  assert.is(await session.toolText('c_echo', { text: 'last words' }), 'last words');
  const { error } = await session.callTool('echo');
  assert.match(error?.message ?? '', /long.*longer than 1000000 bytes/);
  await host.hasStatus('long', 'failed');
});

test('A8: lines of stderr go to the log with the name of the upstream, no faster than the log shall grow', async () => {
  await using host = await GatewayHost.start({ limits: { mcpStderrLinesPerSecond: 5 } });
  await host.register('noisy', 'stderr-flood');
  const session = await host.session();
  assert.is(await session.toolText('echo', { text: 'x' }), 'x');
  const lines = host.log.filter(({ message }) => message === 'stderr of an upstream');
  assert.ok(lines.length > 0 && lines.every(({ fields }) => fields['upstream'] === 'noisy'));
  assert.ok(lines.length < 50);
});
