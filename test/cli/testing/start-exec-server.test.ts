import { limits } from '@exec-server/protocol';
import { type ExecServerHost, LeakError, startExecServer } from 'exec-server/testing';
import * as assert from 'uvu/assert';
import { readText } from '../../harness/byte-streams.js';
import { failure } from '../../harness/failure.js';
import { isRunning } from '../../harness/process-state.js';
import { suite } from '../../harness/test.js';

const test = suite('start-exec-server');

test('one line gives a running pair, and leaving the block closes it', async () => {
  let pid = 0;
  let host;
  {
    await using inner = await startExecServer();
    host = inner;
    const started = await inner.client.processes.start({ argv: ['sh', '-c', 'echo hi; exec sleep 600'] });
    pid = started.pid as number;
    const { value } = await started.stdout.getReader().read();
    assert.is(Buffer.from(value ?? []).toString(), 'hi\n');
  }
  assert.is(host.client.state, 'closed');
  assert.not.ok(isRunning(pid));
  await failure(host.connect(), Error);
});

test('S3: the server wants the token of the host', async () => {
  await using host = await startExecServer();
  assert.ok(host.token.length >= 32);
  await failure(host.connect({ token: 'another' }), Error);
  const client = await host.connect();
  assert.is(await client.environment.status(), 'ready');
});

test('options reach the server and the client', async () => {
  await using host = await startExecServer({
    server: { limits: { workSlots: 7 }, environment: { PATH: process.env['PATH'], GREETING: 'hello' } },
    client: { clientName: 'the name', resumeWindowMs: 0 },
  });
  const { limits: inForce } = await host.client.environment.server();
  assert.equal([inForce['workSlots'], inForce['maxProcesses']], [7, limits.maxProcesses]);
  const started = await host.client.processes.start({ argv: ['sh', '-c', 'echo $GREETING'] });
  assert.is(await readText(started.stdout), 'hello\n');
});

test('inspect shows both sides', async () => {
  await using host = await startExecServer();
  await host.client.processes.start({ argv: ['cat'], stdin: true, processId: 'p' });
  const second = await host.connect();
  const { server, clients } = host.inspect();
  assert.equal(
    clients.map(({ state, processes }) => [state, processes.map(({ id }) => id)]),
    [
      ['ready', ['p']],
      ['ready', []],
    ],
  );
  assert.equal(
    server.sessions.map(({ id, processes }) => [id, processes.map(({ processId, state }) => `${processId} ${state}`)]),
    [
      [host.client.sessionId, ['p running']],
      [second.sessionId, []],
    ],
  );
  assert.equal([server.connections.length, server.liveProcesses], [2, 1]);
});

test('closing twice closes once, and every client with it', async () => {
  const host = await startExecServer();
  const further = await host.connect();
  const closing = host.close();
  assert.is(host.close(), closing);
  await closing;
  await host[Symbol.asyncDispose]();
  assert.equal([host.client.state, further.state], ['closed', 'closed']);
  const { connections, sessions, liveProcesses } = host.inspect().server;
  assert.equal([connections, sessions, liveProcesses], [[], [], 0]);
});

/** Makes the server say that two processes are left. */
function fakeLeak({ server }: ExecServerHost): void {
  const inspect = server.inspect.bind(server);
  server.inspect = () => ({ ...inspect(), liveProcesses: 2, retainedBytes: 5 });
}

test('something that outlives the server is a leak, named with its number', async () => {
  const host = await startExecServer();
  fakeLeak(host);
  const error = await failure(host.close(), LeakError);
  assert.is(error.message, 'left over after the server was closed: 2 liveProcesses, 5 retainedBytes');
  assert.is(await failure(host.close(), LeakError), error, 'and stays one');
});

test('the check for leaks can be left out', async () => {
  const host = await startExecServer({ checkLeaks: false });
  fakeLeak(host);
  await host.close();
});

test('a client that cannot connect leaves no server behind', async () => {
  const reason = new Error('not wanted');
  const error = await failure(startExecServer({ client: { signal: AbortSignal.abort(reason) } }), Error);
  assert.is(error, reason);
});
