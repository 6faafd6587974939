import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import {
  EnvironmentUnavailableError,
  ExecutorDisconnectedError,
  McpConfigError,
  McpConnections,
  McpServerExitedError,
  McpStartError,
  McpTimeoutError,
  parseMcpConfig,
  type ServerStatus,
} from '@exec-server/mcp';
import { startExecServer } from 'exec-server/testing';
import * as assert from 'uvu/assert';
import { failure } from '../harness/failure.js';
import { configOf, entry, withToken } from '../harness/mcp-config.js';
import { allGone, echo } from '../harness/mcp-host.js';
import { startMcpOrigin } from '../harness/mcp-origin.js';
import { everything } from '../harness/mcp-servers.js';
import { suite } from '../harness/test.js';

const test = suite('mcp-connections');

const textOf = (result: { content: unknown }): string => (result.content as { text: string }[]).map(({ text }) => text).join('');
const brief = (statuses: readonly ServerStatus[]) => statuses.map(({ name, state }) => `${name} ${state}`);

test('servers of a configuration run where it says, start side by side, and end with the connections', async () => {
  await using host = await startExecServer();
  using token = withToken(host);
  await using origin = await startMcpOrigin();
  assert.ok(token);
  const set = configOf(host, {
    one: entry('honest'),
    two: entry('honest', { environment: 'remote' }),
    web: { url: origin.url, environment: 'build' },
    here: entry('honest', { environment: 'local' }),
    off: entry('honest', { enabled: false }),
  });
  const told: string[] = [];
  const mcp = await McpConnections.open(set, { onStatus: (status) => told.push(...brief([status])) });
  assert.equal(brief(mcp.status()), ['one ready', 'two ready', 'web ready', 'here ready', 'off disabled']);
  assert.equal(
    mcp.status().map(({ tools }) => tools.length),
    [1, 1, 2, 1, 0],
  );
  for (const name of ['one', 'two', 'web', 'here']) assert.is(textOf(await mcp.callTool(name, 'echo', { text: name })), name);
  assert.is(await echo(mcp.client('one'), 'by the SDK'), 'by the SDK');
  assert.is(host.inspect().server.liveProcesses, 2);
  assert.equal(told.toSorted(), ['here ready', 'one ready', 'two ready', 'web ready']);
  await mcp.close();
  assert.equal(brief(mcp.status()), ['one closed', 'two closed', 'web closed', 'here closed', 'off disabled']);
  assert.is(host.inspect().server.liveProcesses, 0);
  assert.is(origin.sessions.size, 0);
});

test('one that fails stops no other, and leaves nothing; each error names server and environment', async () => {
  await using host = await startExecServer();
  using token = withToken(host);
  assert.ok(token);
  const set = configOf(
    host,
    {
      good: entry('honest'),
      silent: entry('silent', { startup_timeout_sec: 1 }),
      crash: entry('crash-at-start'),
      missing: entry('honest', { command: 'no-such-program' }),
      endless: entry('endless-list'),
      nowhere: entry('honest', { environment: 'elsewhere' }),
      unreachable: entry('honest', { environment: 'down' }),
      tokenless: entry('honest', { environment: 'locked' }),
      unset: { url: 'http://127.0.0.1:1', bearer_token_env_var: 'NO_SUCH_VARIABLE' },
    },
    {
      environments: {
        build: { url: host.url, token_env_var: 'EXEC_SERVER_TEST_BUILD_TOKEN' },
        down: { url: 'ws://127.0.0.1:1' },
        locked: { url: host.url, token_env_var: 'NO_SUCH_VARIABLE' },
      },
    },
  );
  await using mcp = await McpConnections.open(set);
  assert.equal(brief(mcp.status()).slice(1), [
    'silent failed',
    'crash failed',
    'missing failed',
    'endless failed',
    'nowhere failed',
    'unreachable failed',
    'tokenless failed',
    'unset failed',
  ]);
  const errorOf = (name: string): Error | null | undefined => mcp.status().find((status) => status.name === name)?.error;
  assert.instance(errorOf('silent'), McpTimeoutError);
  assert.match(errorOf('crash')?.message ?? '', /"crash" in environment "build": failed to start \(handshake\).*\n.*\nno licence found/s);
  assert.match(errorOf('missing')?.message ?? '', /"missing".*failed to start \(spawn\): cannot run "no-such-program"/);
  const endless = errorOf('endless');
  assert.instance(endless, McpStartError);
  assert.is((endless as McpStartError).phase, 'list');
  for (const [name, words] of [
    ['nowhere', /environment "elsewhere": there is no such environment; there is "build", "down", "locked"/],
    ['unreachable', /environment "down": cannot connect to ws:\/\/127\.0\.0\.1:1/],
    ['tokenless', /environment "locked": the variable NO_SUCH_VARIABLE for its token is not set/],
  ] as const) {
    assert.instance(errorOf(name), EnvironmentUnavailableError);
    assert.match(errorOf(name)?.message ?? '', words);
  }
  assert.match(errorOf('unset')?.message ?? '', /the variable NO_SUCH_VARIABLE is not set/);
  assert.is(host.inspect().server.liveProcesses, 1, 'only the good one');
  assert.throws(
    () => mcp.client('crash'),
    (error: unknown) => error instanceof McpStartError,
  );
  await failure(mcp.callTool('nowhere', 'echo'), EnvironmentUnavailableError);
});

test('a server that is required fails the whole start, and nothing stays', async () => {
  await using host = await startExecServer();
  using token = withToken(host);
  assert.ok(token);
  const set = configOf(host, { good: entry('honest'), needed: entry('crash-at-start', { required: true }) });
  const error = await failure(McpConnections.open(set), McpStartError);
  assert.is(error.server, 'needed');
  await allGone(host);
});

test('a server that ends is failed with the reason, the others go on, and it can be started anew', async () => {
  await using host = await startExecServer();
  using token = withToken(host);
  assert.ok(token);
  await using mcp = await McpConnections.open(configOf(host, { fragile: entry('crash-at-call'), good: entry('honest') }));
  const error = await failure(mcp.callTool('fragile', 'echo'), McpServerExitedError);
  assert.is(error.exitCode, 9);
  assert.equal(brief(mcp.status()), ['fragile failed', 'good ready']);
  await failure(mcp.callTool('fragile', 'echo'), McpServerExitedError);
  assert.is(textOf(await mcp.callTool('good', 'echo', { text: 'fine' })), 'fine');
  assert.is((await mcp.restart('fragile')).state, 'ready');
});

test('an executor that goes away fails its servers with the reason', async () => {
  await using host = await startExecServer({ checkLeaks: false });
  const client = await host.connect({ resumeWindowMs: 0 });
  const set = parseMcpConfig({ mcpServers: { one: entry('counting') } });
  await using mcp = await McpConnections.open(set, { environments: new Map([['build', client]]) });
  const call = failure(mcp.callTool('one', 'echo', { delayMs: 600_000 }), ExecutorDisconnectedError);
  await mcp.client('one').ping();
  await host.server.close();
  assert.is((await call).environment, 'build');
  assert.equal(brief(mcp.status()), ['one failed']);
  assert.instance((await mcp.restart('one')).error, EnvironmentUnavailableError);
});

test('only tools that are enabled are listed and called; calls have the time of the configuration', async () => {
  await using host = await startExecServer();
  using token = withToken(host);
  await using origin = await startMcpOrigin();
  assert.ok(token);
  const web = { url: origin.url, environment: 'build' };
  const set = configOf(host, {
    some: { ...web, enabled_tools: ['echo'], tool_timeout_ms: 300 },
    others: { ...web, disabled_tools: ['echo'] },
  });
  await using mcp = await McpConnections.open(set);
  assert.equal(
    mcp.status().map(({ tools }) => tools),
    [['echo'], ['hang-up']],
  );
  assert.equal(
    mcp.tools('some').map(({ name }) => name),
    ['echo'],
  );
  assert.match((await failure(mcp.callTool('others', 'echo'), McpConfigError)).message, /server "others".*"echo" is not enabled/);
  const late = await failure(mcp.callTool('some', 'echo', { text: 'late', delayMs: 600_000 }), McpTimeoutError);
  assert.match(late.message, /the tool "echo" took longer than 300 ms/);
  const giveUp = new AbortController();
  const given = failure(mcp.callTool('others', 'hang-up', {}, { signal: giveUp.signal }), RangeError);
  giveUp.abort(new RangeError('enough'));
  await given;
});

test('a program is asked for its era where the configuration says so, and need not know the question', async () => {
  await using host = await startExecServer();
  using token = withToken(host);
  assert.ok(token);
  const [command, args] = everything();
  const set = configOf(host, {
    mute: entry('honest', { protocol: 'auto', startup_timeout_sec: 4 }),
    refusing: entry('honest', { command, args, protocol: 'auto' }),
    pinned: entry('honest', { protocol: '2026-07-28', startup_timeout_sec: 4 }),
  });
  await using mcp = await McpConnections.open(set);
  assert.equal(brief(mcp.status()), ['mute ready', 'refusing ready', 'pinned failed']);
  assert.is(textOf(await mcp.callTool('mute', 'echo', { text: 'legacy' })), 'legacy');
  assert.is(host.inspect().server.liveProcesses, 2);
});

test('a reload ends, starts and moves what has changed, and nothing else', async () => {
  await using host = await startExecServer();
  await using other = await startExecServer();
  using token = withToken(host);
  assert.ok(token);
  const environments = new Map([['other', other.client]]);
  const before = { same: entry('honest'), moved: entry('honest'), changed: entry('honest'), gone: entry('honest') };
  await using mcp = await McpConnections.open(configOf(host, before), { environments });
  const clients = new Map(['same', 'moved', 'changed'].map((name) => [name, mcp.client(name)]));
  await mcp.reload(
    configOf(host, {
      same: entry('honest'),
      moved: entry('honest', { environment: 'other' }),
      changed: entry('honest', { env: { A: 'b' } }),
      added: entry('honest'),
    }),
  );
  assert.equal(brief(mcp.status()).toSorted(), ['added ready', 'changed ready', 'moved ready', 'same ready']);
  assert.is(mcp.client('same'), clients.get('same'));
  assert.is.not(mcp.client('moved'), clients.get('moved'));
  assert.is.not(mcp.client('changed'), clients.get('changed'));
  assert.equal(
    [host, other].map((place) => place.inspect().server.liveProcesses),
    [3, 1],
  );
  assert.throws(() => mcp.client('gone'), /there is no such server/);
  const { servers } = configOf(host, before);
  const readdressed = new Map([['build', { name: 'build', url: other.url, tokenEnvVar: null }]]);
  await mcp.reload({ file: null, servers, environments: readdressed, defaultEnvironment: null });
  assert.is(host.inspect().server.liveProcesses, 0, 'the name means another executor now');
  assert.ok(
    mcp.status().every(({ state, error }) => state === 'failed' && error instanceof EnvironmentUnavailableError),
    'it wants a token',
  );
});

test('a start that is given up leaves nothing', async () => {
  await using host = await startExecServer();
  await using mute = createServer((socket) => socket.on('error', () => undefined).resume()).listen(0, '127.0.0.1'); // takes connections and says nothing
  await once(mute, 'listening');
  const { port } = mute.address() as AddressInfo;
  const set = parseMcpConfig({
    environments: { mute: { url: `ws://127.0.0.1:${port}` } },
    mcpServers: { good: entry('honest'), silent: entry('silent'), stuck: entry('honest', { environment: 'mute' }) },
  });
  const giveUp = new AbortController();
  const states: string[] = [];
  const onStatus = (status: ServerStatus): void => {
    states.push(...brief([status]));
    if (status.state === 'ready') giveUp.abort(new RangeError('enough'));
  };
  const environments = new Map([['build', host.client]]);
  await failure(McpConnections.open(set, { environments, onStatus, signal: giveUp.signal }), RangeError);
  assert.equal(states.toSorted(), ['good closed', 'good ready', 'silent closed', 'stuck closed']);
  assert.is(host.inspect().server.liveProcesses, 0);
});
