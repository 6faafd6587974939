import * as assert from 'uvu/assert';
import { GatewayHost, isAlive } from '../../../harness/mcp-gateway.js';
import { suite } from '../../../harness/test.js';

const test = suite('mcp gateway upstream');
const until = async (isTrue: () => boolean | Promise<boolean>): Promise<void> => {
  while (!(await isTrue())) await new Promise((resolve) => setTimeout(resolve, 10));
};

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
