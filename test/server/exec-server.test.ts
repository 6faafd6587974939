import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import type { Server } from 'node:http';
import { BearerTokenAuthenticator, createExecServer } from '@exec-server/server';
import * as assert from 'uvu/assert';
import { FakeChannel } from '../harness/fake-channel.js';
import { turns } from '../harness/launching.js';
import { MemoryClient } from '../harness/memory-client.js';
import { ask, connectTo } from '../harness/raw-http.js';
import { suite } from '../harness/test.js';
import { startParams, WireClient } from '../harness/wire-client.js';

const test = suite('exec-server');

const outcomeOf = (promise: Promise<unknown>): Promise<string> => promise.then(String, (error: unknown) => (error as Error).message);

/** Whether the group has a member; what was killed counts until the system has taken note. */
function isAlive(group: number): boolean {
  try {
    process.kill(-group, 0);
    return true;
  } catch {
    return false;
  }
}

test('a server that was built does nothing until a client can reach it', async () => {
  const server = createExecServer();
  const { counters, ...rest } = server.inspect();
  assert.equal(rest, { connections: [], sessions: [], liveProcesses: 0, retainedBytes: 0 });
  assert.ok(Object.values(counters).every((count) => count === 0));
  await server.close();
});

test('it listens on a free port of the loopback and gives the URL, more than once if asked', async () => {
  await using server = createExecServer();
  const urls = [await server.listen(), await server.listen()];
  for (const url of urls) {
    assert.match(url, /^ws:\/\/127\.0\.0\.1:\d+$/);
    await using wire = await WireClient.open(url);
    await wire.handshake();
  }
  assert.is.not(urls[0], urls[1]);
});

test('S2: an address others can reach is refused without authentication', async () => {
  await using server = createExecServer();
  for (const host of ['0.0.0.0', '::', '192.0.2.1', 'example.invalid', '']) {
    assert.match(await outcomeOf(server.listen({ host })), `refusing to listen on ${host} without authentication`);
  }
});

test('S2: with authentication, or when it is allowed explicitly, it is not', async () => {
  await using guarded = createExecServer({ authenticator: BearerTokenAuthenticator.forToken('token') });
  await using open = createExecServer();
  for (const url of [await guarded.listen({ host: '0.0.0.0' }), await open.listen({ host: '0.0.0.0', allowUnauthenticated: true })]) {
    assert.match(url, /^ws:\/\/0\.0\.0\.0:\d+$/);
    assert.is((await ask(url.replace('0.0.0.0', '127.0.0.1'), { path: '/readyz' })).status, 200);
  }
});

test('what lives can be inspected as plain data', async () => {
  await using server = createExecServer();
  await using client = await MemoryClient.open(server);
  const { pid } = await client.result('process/start', startParams('p', ['sleep', '60']));
  await client.request('process/start', startParams('q', ['echo', '1234']));
  await client.eventsOf('q');
  const { connections, sessions, liveProcesses, retainedBytes, counters } = server.inspect();
  const id = sessions[0]?.id;
  const idle = { requestsInFlight: 0, bytesInFlight: 0, backlog: 0, bufferedBytes: 0, exchanges: [], files: null };
  assert.equal(connections, [{ state: 'ready', session: id, ...idle }]);
  const [p, q] = sessions[0]?.processes ?? [];
  assert.equal([p, q?.processId, q?.state], [{ processId: 'p', state: 'running', pid }, 'q', 'closed']);
  assert.equal([liveProcesses, retainedBytes, counters.processesStarted, counters.outputBytes], [1, 5, 2, 5]);
  assert.is(JSON.stringify(server.inspect()), JSON.stringify(JSON.parse(JSON.stringify(server.inspect()))));
});

test('P8: closing ends every connection, session and process, and resolves when they are gone', async () => {
  const server = createExecServer();
  const url = await server.listen();
  const [wire, memory] = [await WireClient.open(url), new MemoryClient(server)];
  await wire.handshake();
  await memory.handshake();
  const starts = [wire, memory].map((client) =>
    client.request('process/start', startParams('p', ['/bin/sh', '-c', "trap '' TERM INT HUP; sleep 60; sleep 60"])),
  );
  const pids = (await Promise.all(starts)).map(({ result }) => (result as { pid: number }).pid);
  await server.close();
  for (const pid of pids) while (isAlive(pid)) await turns(1);
  assert.equal(server.inspect().connections, []);
  assert.equal([server.inspect().sessions, server.inspect().liveProcesses], [[], 0]);
  await Promise.all([wire.closed(), memory.closed()]);
  assert.is(
    wire.messages.some(({ method }) => method === 'process/exited'),
    false,
  );
  assert.is(await outcomeOf(connectTo(url)), `connect ECONNREFUSED ${url.slice('ws://'.length)}`);
});

test('closing twice, or at once, is closing once', async () => {
  const server = createExecServer();
  await server.listen();
  const closing = server.close();
  assert.is(server.close(), closing);
  await closing;
  await server.close();
  await server[Symbol.asyncDispose]();
});

test('a server that is closed, or closing, takes nobody in', async () => {
  const server = createExecServer();
  const closing = server.close();
  const late = new FakeChannel();
  server.accept(late);
  assert.is(late.isClosed, true);
  assert.is(await outcomeOf(server.listen()), 'the server is closed');
  await closing;
  const client = new MemoryClient(server);
  await client.closed();
  assert.equal(client.messages, []);
});

test('a listener that is on its way when the server closes does not stay open', async () => {
  let stillOpen: Server | null = null;
  const note = (message: unknown): void => void (stillOpen = (message as { server: Server }).server);
  subscribe('http.server.request.start', note);
  try {
    const server = createExecServer();
    const listening = server.listen();
    await server.close();
    const url = await listening.catch(() => null);
    if (url !== null)
      assert.not.equal(await outcomeOf(ask(url, { path: '/readyz' }).then(({ status }) => status)), '200', 'it still answers');
  } finally {
    unsubscribe('http.server.request.start', note);
    (stillOpen as Server | null)?.close();
  }
});

test('whoever brings a channel is told when it is gone', async () => {
  await using server = createExecServer();
  const channel = new FakeChannel();
  let isGone = false;
  server.accept(channel, 'somebody', () => (isGone = true));
  await turns();
  assert.is(isGone, false);
  channel.lose(new Error('the line broke'));
  assert.is(isGone, true);
});

test('a session is taken up only by its principal', async () => {
  await using server = createExecServer();
  const initialize = async (principal: string | null, resumeSessionId: string | null): Promise<FakeChannel> => {
    const channel = new FakeChannel();
    server.accept(channel, principal);
    channel.deliver({ id: 1, method: 'initialize', params: { clientName: 'x', resumeSessionId } });
    await turns();
    return channel;
  };
  const owner = await initialize('owner', null);
  const { sessionId = '' } = (owner.messages[0]?.result ?? {}) as { sessionId?: string };
  owner.lose();
  for (const stranger of ['stranger', null]) {
    assert.is((await initialize(stranger, sessionId)).messages[0]?.error?.message, `unknown session id ${sessionId}`);
  }
  assert.ok((await initialize('owner', sessionId)).messages[0]?.result);
});

test('P8: in an emergency every group is killed without waiting', async () => {
  await using server = createExecServer();
  await using client = await MemoryClient.open(server);
  const { pid } = await client.result('process/start', startParams('p', ['sleep', '60']));
  server.killAll();
  while (isAlive(pid as number)) await turns(1);
});
