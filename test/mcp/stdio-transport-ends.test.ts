import { setTimeout } from 'node:timers/promises';
import { Client } from '@modelcontextprotocol/client';
import * as assert from 'uvu/assert';
import { connectMcp, ExecutorDisconnectedError, McpStartError, McpTimeoutError } from '@exec-server/mcp';
import { type ExecServerHost, FaultProxy, startExecServer } from 'exec-server/testing';
import { failure } from '../harness/failure.js';
import { collectGarbage } from '../harness/garbage.js';
import { allGone, connectTo, echo, transportTo } from '../harness/mcp-host.js';
import { fixture } from '../harness/mcp-servers.js';
import { allGone as noneRuns } from '../harness/process-state.js';
import { suite } from '../harness/test.js';

const test = suite('stdio-transport ends');

const newClient = (): Client => new Client({ name: 'test', version: '1' });
const shell = (script: string): [string, string[]] => ['sh', ['-c', script]];
const answer = (result: string): string => `read -r line; echo '{"jsonrpc":"2.0","id":0,${result}}'; exec sleep 1000`;
const oldResult = '{"protocolVersion":"1999-01-01","capabilities":{},"serverInfo":{"name":"old","version":"1"}}';

/** Ways in which a handshake fails, each of a program that would live on. */
const failedHandshakes: Readonly<Record<string, (host: ExecServerHost) => Promise<unknown>>> = {
  'no answer in time': (host) =>
    failure(connectMcp(newClient(), transportTo(host, shell('exec sleep 1000')), { timeoutMs: 200 }), McpTimeoutError),
  'given up': async (host) => {
    const giveUp = new AbortController();
    const error = failure(connectMcp(newClient(), transportTo(host, shell('exec sleep 1000')), { signal: giveUp.signal }), RangeError);
    await setTimeout(Math.random() * 50);
    giveUp.abort(new RangeError('no more'));
    await error;
  },
  'an error for an answer': (host) =>
    failure(connectMcp(newClient(), transportTo(host, shell(answer('"error":{"code":1,"message":"not today"}')))), McpStartError),
  'a version nobody knows': (host) =>
    failure(connectMcp(newClient(), transportTo(host, shell(answer(`"result":${oldResult}`)))), McpStartError),
  'an answer that makes no sense': (host) =>
    failure(connectMcp(newClient(), transportTo(host, shell(answer('"result":{"protocolVersion":5}')))), McpStartError),
};

test(
  'M1: a hundred handshakes that fail, in five ways, leave no process on the executor',
  async () => {
    await using host = await startExecServer();
    for (let round = 0; round < 20; round++) await Promise.all(Object.values(failedHandshakes).map((fail) => fail(host)));
    assert.is(host.inspect().server.liveProcesses, 0);
  },
  { timeoutMs: 60_000 },
);

test(
  'M1: a hundred transports that are dropped without being closed leave no process on the executor',
  async () => {
    await using host = await startExecServer();
    for (let i = 0; i < 90; i++) await transportTo(host, shell('exec sleep 1000')).start();
    for (let i = 0; i < 10; i++) await connectMcp(newClient(), transportTo(host, fixture('honest')));
    assert.is(host.inspect().server.liveProcesses, 100);
    await collectGarbage(() => allGone(host));
  },
  { timeoutMs: 60_000 },
);

test('a transport lives as long as an answer is awaited, even when nobody else holds it', async () => {
  await using host = await startExecServer();
  const answered = await (async () => {
    const client = newClient();
    await connectMcp(client, transportTo(host, fixture('counting')));
    return echo(client, 'late', { delayMs: 1_000 });
  })();
  assert.is(answered, 'late 1');
  await collectGarbage(() => allGone(host));
});

test('M1: closing while the start is under way kills what was started', async () => {
  await using host = await startExecServer();
  const transport = transportTo(host, shell('exec sleep 1000'));
  const starting = failure(transport.start(), McpStartError);
  await transport.close();
  await starting;
  assert.is(host.inspect().server.liveProcesses, 0);
});

test('M1: closing before the start leaves nothing to start', async () => {
  await using host = await startExecServer();
  const transport = transportTo(host, shell('exec sleep 1000'));
  await transport.close();
  await failure(transport.start(), Error);
  assert.is(host.inspect().server.liveProcesses, 0);
});

for (const name of ['ignores-signals', 'forks', 'silent', 'stderr-flood']) {
  test(`closing ends a server that is ${name}, and is told once`, async () => {
    await using host = await startExecServer();
    const transport = transportTo(host, fixture(name));
    let closes = 0;
    transport.onclose = () => closes++;
    await transport.start();
    await Promise.all([transport.close(), transport.close()]);
    assert.is(host.inspect().server.liveProcesses, 0);
    assert.is(closes, 1);
    assert.is(transport.failure, null);
  });
}

test('the children of a server go with it', async () => {
  await using host = await startExecServer();
  const { client } = await connectTo(host, 'forks');
  const pids = (await echo(client, '')).split(' ').map(Number);
  assert.is(pids.length, 3);
  await client.close();
  await noneRuns(pids);
});

test('what a server leaves behind in its group when it ends by itself goes too', async () => {
  await using host = await startExecServer();
  const stderr: string[] = [];
  const transport = transportTo(host, shell('sleep 1000 >/dev/null 2>&1 </dev/null & echo $! >&2; exit 3'), {
    stderr: (line) => stderr.push(line),
  });
  const closed = new Promise<void>((resolve) => (transport.onclose = resolve));
  await transport.start();
  await closed;
  await noneRuns(stderr.map(Number));
  assert.is(stderr.length, 1);
});

test('a server may end by itself when its input ends; one that does not is killed after the grace', async () => {
  await using host = await startExecServer();
  const stderr: string[] = [];
  const polite = transportTo(host, shell('cat >/dev/null; echo bye >&2'), { stderr: (line) => stderr.push(line) });
  await polite.start();
  await polite.closeGracefully();
  assert.equal(stderr, ['bye']);
  const stubborn = transportTo(host, fixture('ignores-signals'));
  await stubborn.start();
  await stubborn.closeGracefully(50);
  assert.is(host.inspect().server.liveProcesses, 0);
});

function throws(): never {
  throw new RangeError('cannot take it');
}

test('M1: a callback that throws ends the server', async () => {
  await using host = await startExecServer();
  const errors: Error[] = [];
  const listening = transportTo(host, shell('echo \'{"jsonrpc":"2.0","method":"notifications/x"}\'; exec sleep 1000'));
  const grumbling = transportTo(host, shell('echo grumble >&2; exec sleep 1000'), { stderr: throws });
  listening.onmessage = throws;
  for (const transport of [listening, grumbling]) {
    transport.onerror = (error) => errors.push(error);
    transport.onclose = throws; // has nobody to go to
    await transport.start();
  }
  await allGone(host);
  assert.equal(
    errors.map(({ cause }) => (cause as Error).message),
    ['cannot take it', 'cannot take it'],
  );
});

test('P5: an executor that is gone for good fails the calls under way, and every later one, with the reason', async () => {
  await using host = await startExecServer({ client: { resumeWindowMs: 0 } });
  await using proxy = await FaultProxy.start(host.url);
  const remote = await host.connect({ url: proxy.url, resumeWindowMs: 0 });
  const { client, transport } = await connectTo(host, 'counting', { client: remote, server: 'counter', environment: 'build' });
  const closed = new Promise<void>((resolve) => (client.onclose = resolve));
  const calls = [1, 2, 3].map((i) => failure(echo(client, `call ${i}`, { delayMs: 60_000 }), ExecutorDisconnectedError));
  await client.ping();
  proxy.cut();
  for (const error of await Promise.all(calls)) {
    assert.is(error.server, 'counter');
    assert.is(error.environment, 'build');
    assert.ok(error.cause instanceof Error);
  }
  await closed;
  await failure(transport.send({ jsonrpc: '2.0', method: 'ping', id: 99 }), ExecutorDisconnectedError);
});

test('closing while the executor is out of reach ends in time, and kills the server when it is back', async () => {
  await using host = await startExecServer();
  await using proxy = await FaultProxy.start(host.url);
  const remote = await host.connect({ url: proxy.url });
  const { client, transport } = await connectTo(host, 'honest', { client: remote });
  proxy.block();
  proxy.cut();
  await transport.close();
  assert.is(host.inspect().server.liveProcesses, 1, 'it cannot know yet');
  proxy.unblock();
  await allGone(host);
  await client.close();
});
