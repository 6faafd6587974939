import { createExecServer } from '@exec-server/server';
import * as assert from 'uvu/assert';
import { MemoryClient } from '../../harness/memory-client.js';
import { suite } from '../../harness/test.js';
import { startParams } from '../../harness/wire-client.js';

const test = suite('session handlers');

test('initialize answers with a fresh session and what the machine is', async () => {
  await using server = createExecServer();
  await using client = new MemoryClient(server);
  const result = await client.result('initialize', { clientName: '' });
  assert.match(result.sessionId, /^[0-9a-f-]{36}$/);
  assert.is(result.environmentInfo?.shell.path.startsWith('/'), true);
  assert.equal(
    server.inspect().sessions.map(({ id }) => id),
    [result.sessionId],
  );
});

test('a session and its processes are taken up by the next connection', async () => {
  await using server = createExecServer();
  const first = await MemoryClient.open(server);
  const [session] = server.inspect().sessions;
  await first.request('process/start', startParams('p', ['cat'], { pipeStdin: true }));
  await first.close();
  await using second = await MemoryClient.open(server, session?.id);
  const chunk = Buffer.from('hello').toString('base64');
  assert.equal(await second.result('process/write', { processId: 'p', writeId: '1', chunk }), { status: 'accepted' });
  const output = await second.find(({ method }) => method === 'process/output');
  assert.equal(output.params, { processId: 'p', seq: 1, stream: 'stdout', chunk });
});

test('after a refused initialize the same connection may try again', async () => {
  await using server = createExecServer();
  await using holder = await MemoryClient.open(server);
  const [session] = server.inspect().sessions;
  await using client = new MemoryClient(server);
  assert.is((await client.refusal('initialize', {}))[0], -32602);
  const resume = (resumeSessionId: string): Promise<readonly unknown[]> =>
    client.refusal('initialize', { clientName: 'x', resumeSessionId });
  assert.equal(await resume('nothing'), [-32600, 'unknown session id nothing']);
  assert.is((await resume(session?.id ?? ''))[0], -32010);
  await client.handshake();
  assert.equal(await client.result('environment/status'), { status: 'ready' });
  assert.equal(await client.refusal('initialize', { clientName: 'x' }), [-32600, 'initialize may only be sent once per connection']);
  assert.is(holder.isClosed, false);
});

test('session/close kills the processes, answers how many, and leaves the connection without a session', async () => {
  await using server = createExecServer();
  await using client = await MemoryClient.open(server);
  const [session] = server.inspect().sessions;
  for (const processId of ['p', 'q']) await client.request('process/start', startParams(processId, ['sleep', '60']));
  const waiting = client.refusal('process/read', { processId: 'p', waitMs: 60_000 });
  assert.equal(await client.result('session/close'), { terminated: 2 });
  assert.equal(await waiting, [-32600, 'the session has ended']);
  assert.equal(await client.refusal('process/list'), [-32600, 'client must call initialize before using exec methods']);
  assert.equal(await client.refusal('initialize', { clientName: 'x', resumeSessionId: session?.id }), [
    -32600,
    `unknown session id ${session?.id}`,
  ]);
  await client.handshake();
  assert.equal(await client.result('process/list'), { processes: [] });
  assert.is.not(server.inspect().sessions[0]?.id, session?.id);
});

test('server/status counts what there is', async () => {
  await using server = createExecServer({ limits: { maxProcesses: 7 } });
  await using client = await MemoryClient.open(server);
  const other = await MemoryClient.open(server);
  await other.close();
  await client.request('process/start', startParams('live', ['sleep', '60']));
  await client.request('process/start', startParams('ended', ['echo', '1234']));
  await client.eventsOf('ended');
  const { version, uptimeMs, ...status } = await client.result('server/status');
  assert.match(version, /^\d+\.\d+\.\d+/);
  assert.ok(uptimeMs >= 0);
  assert.equal(
    { ...status, limits: status.limits['maxProcesses'] },
    {
      connections: 1,
      sessions: { attached: 1, detached: 1 },
      processes: { live: 1, retained: 1 },
      retainedBytes: 5,
      limits: 7,
    },
  );
});
