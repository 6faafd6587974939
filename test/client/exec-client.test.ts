import { DisconnectedError, ExecClient, SessionLostError } from '@exec-server/client';
import { createExecServer } from '@exec-server/server';
import { startExecServer } from 'exec-server/testing';
import * as assert from 'uvu/assert';
import { failure } from '../harness/failure.js';
import { leaveSession } from '../harness/leave-session.js';
import { noAnswer, ScriptedServer } from '../harness/scripted-server.js';
import { suite } from '../harness/test.js';

const test = suite('exec-client');

test('P8: closing ends the session and its processes at the server', async () => {
  await using host = await startExecServer();
  const client = await host.connect();
  const process = await client.processes.start({ argv: ['sleep', '600'] });
  await client.close();
  const { sessions, liveProcesses } = host.inspect().server;
  assert.equal([sessions.length, liveProcesses > 1], [1, false], 'only that of the first client is left');
  await failure(process.closed, DisconnectedError);
});

test('closing with keepSession leaves the processes to whoever takes the session up', async () => {
  await using host = await startExecServer();
  const first = await host.connect();
  const { id, pid } = await first.processes.start({ argv: ['sleep', '600'] });
  await leaveSession(host, first);
  const second = await host.connect({ sessionId: first.sessionId });
  const { processes } = await second.processes.list();
  assert.equal(
    processes.map(({ processId, pid: number, state }) => [processId, number, state]),
    [[id, pid, 'running']],
  );
});

test('a session that was left can be taken up as soon as the closing is done', async () => {
  await using host = await startExecServer();
  for (let i = 0; i < 20; i++) {
    const first = await host.connect();
    const started = await first.processes.start({ argv: ['seq', '400000'] });
    await started.stdout.getReader().read();
    await first.close({ keepSession: true });
    const second = await host.connect({ sessionId: first.sessionId });
    assert.is(second.sessionId, first.sessionId);
    await second.close();
  }
});

test('leaving the block closes it', async () => {
  await using host = await startExecServer();
  let client: ExecClient;
  {
    await using inner = await host.connect();
    client = inner;
  }
  assert.is(client.state, 'closed');
  assert.is(host.inspect().server.sessions.length, 1);
});

test('closing twice, with whatever options, closes once', async () => {
  const server = new ScriptedServer();
  const client = await ExecClient.connect(server.openChannel);
  const closing = client.close();
  assert.is(client.close({ keepSession: true }), closing);
  await closing;
  assert.is(server.of('session/close').length, 1);
  assert.ok(server.channel.isClosed);
});

test('P5: after closing every call fails at once, and so does what was under way', async () => {
  const server = new ScriptedServer({ 'environment/status': () => noAnswer });
  const client = await ExecClient.connect(server.openChannel);
  const underWay = failure(client.environment.status(), DisconnectedError);
  await client.close();
  await underWay;
  const error = await failure(client.processes.start({ argv: ['a'] }), DisconnectedError);
  assert.match(error.message, 'closed');
  assert.match((await client.ended).message, 'closed');
});

test('on a server that cannot end sessions, closing terminates each process', async () => {
  const server = new ScriptedServer({}, { capabilities: [] });
  const client = await ExecClient.connect(server.openChannel);
  for (const processId of ['a', 'b']) await client.processes.start({ argv: ['program'], processId });
  await client.close();
  assert.equal(
    server.of('process/terminate').map(({ params }) => params['processId']),
    ['a', 'b'],
  );
});

for (const [what, capabilities] of [
  ['the end of the session', ['sessionClose']],
  ['the end of a process', []],
] as const) {
  test(
    `P5: closing does not wait for ever for a server that does not answer to ${what}`,
    async () => {
      const server = new ScriptedServer({ 'session/close': () => noAnswer, 'process/terminate': () => noAnswer }, { capabilities });
      const client = await ExecClient.connect(server.openChannel);
      await client.processes.start({ argv: ['program'] });
      await client.close();
      assert.ok(server.channel.isClosed);
    },
    { timeoutMs: 5_000 },
  );

  test(
    `P5: closing does not seek a line that breaks at ${what} again`,
    async () => {
      const server = new ScriptedServer({ 'session/close': () => noAnswer, 'process/terminate': () => noAnswer }, { capabilities });
      const client = await ExecClient.connect(server.openChannel);
      await client.processes.start({ argv: ['program'] });
      const closing = client.close();
      server.unreachable = new Error('gone');
      server.cut();
      await closing;
      assert.is(client.state, 'closed');
    },
    { timeoutMs: 5_000 },
  );
}

test('closing while the connection is sought lets go at once', async () => {
  const server = new ScriptedServer();
  const client = await ExecClient.connect(server.openChannel);
  server.unreachable = new Error('gone');
  server.cut();
  assert.is(client.state, 'recovering');
  await client.close();
  assert.equal([client.state, server.of('session/close').length], ['closed', 0]);
});

test('ended tells why a session is lost', async () => {
  const server = new ScriptedServer();
  const client = await ExecClient.connect(server.openChannel, { resumeWindowMs: 1 });
  server.unreachable = new Error('gone');
  server.cut();
  assert.instance(await client.ended, SessionLostError);
  await client.close();
});

test('a signal gives the connecting up, before and on the way', async () => {
  const server = new ScriptedServer({ initialize: () => noAnswer });
  const reason = new Error('no patience');
  assert.is(await failure(ExecClient.connect(server.openChannel, { signal: AbortSignal.abort(reason) }), Error), reason);
  assert.is(server.attempts, 0);

  const controller = new AbortController();
  const connecting = ExecClient.connect(server.openChannel, { signal: controller.signal });
  await server.request('initialize');
  controller.abort(reason);
  const error = await failure(connecting, DisconnectedError);
  assert.is(error.cause, reason);
  assert.ok(server.channel.isClosed);
});

test('a signal that aborts later does nothing', async () => {
  const server = new ScriptedServer();
  const controller = new AbortController();
  await using client = await ExecClient.connect(server.openChannel, { signal: controller.signal });
  controller.abort();
  assert.is(client.state, 'ready');
});

test('inspect shows session, requests and processes', async () => {
  const server = new ScriptedServer({ 'environment/status': () => noAnswer });
  const client = await ExecClient.connect(server.openChannel);
  await client.processes.start({ argv: ['program'], processId: 'p' });
  client.environment.status().catch(() => undefined); // it ends with the client
  assert.equal(client.inspect(), {
    state: 'ready',
    sessionId: 'session-1',
    requestsInFlight: 1,
    processes: [{ id: 'p', pid: 4711 }],
    httpExchanges: [],
  });
  await client.close();
  assert.equal(client.inspect(), { state: 'closed', sessionId: 'session-1', requestsInFlight: 0, processes: [], httpExchanges: [] });
});

test('what the server said of its machine is there after the handshake', async () => {
  const server = new ScriptedServer({}, { capabilities: ['processList'] });
  await using client = await ExecClient.connect(server.openChannel, { clientName: 'the name' });
  assert.is(client.environmentInfo?.cwd, 'file:///srv/work');
  assert.equal([client.supports('processList'), client.supports('processResize')], [true, false]);
  assert.is(server.requests[0]?.params['clientName'], 'the name');
});

test('a client in the process of the server needs no network', async () => {
  await using server = createExecServer();
  await using client = await ExecClient.connect(async () => server.connect());
  const process = await client.processes.start({ argv: ['sh', '-c', 'exit 3'] });
  assert.equal(await process.closed, { exitCode: 3, signal: null, timedOut: false });
  assert.ok(client.isInProcess);
  await using other = await ExecClient.connect(new ScriptedServer().openChannel);
  assert.not.ok(other.isInProcess);
});
