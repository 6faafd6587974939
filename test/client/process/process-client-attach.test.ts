import { ExecClient, RpcError, UnsupportedByServerError } from '@exec-server/client';
import { startExecServer } from 'exec-server/testing';
import * as assert from 'uvu/assert';
import { readText, readUntil } from '../../harness/byte-streams.js';
import { failure } from '../../harness/failure.js';
import { leaveSession } from '../../harness/leave-session.js';
import { emptyRead, startScriptedProcess } from '../../harness/scripted-process.js';
import { ScriptedServer } from '../../harness/scripted-server.js';
import { suite } from '../../harness/test.js';

const test = suite('process-client attach and list');

const hello = { ...emptyRead, chunks: [{ seq: 1, stream: 'stdout' as const, chunk: 'aGVsbG8=' }], nextSeq: 2 };

test('attaching to a process of another client gives all that is kept and what follows', async () => {
  await using host = await startExecServer();
  const first = await host.connect();
  const started = await first.processes.start({ argv: ['sh', '-c', 'echo before; read line; echo $line; exit 9'], stdin: true });
  await readUntil(started.stdout.getReader(), 'before');
  await leaveSession(host, first);

  const second = await host.connect({ sessionId: first.sessionId });
  const process = await second.processes.attach(started.id);
  assert.equal([process.pid, process.isTerminal], [started.pid, false]);
  await process.write('after\n');
  assert.is(await readText(process.stdout), 'before\nafter\n');
  assert.equal(await process.closed, { exitCode: 9, signal: null, timedOut: false });
});

test('attaching to a process that has closed gives its end', async () => {
  await using host = await startExecServer();
  const started = await host.client.processes.start({ argv: ['sh', '-c', 'echo done; kill -9 $$'] });
  await started.closed;
  const process = await host.client.processes.attach(started.id);
  assert.is.not(process, started);
  assert.equal(await process.closed, { exitCode: 137, signal: 'SIGKILL', timedOut: false });
  assert.is(await readText(process.stdout), 'done\n');
});

test('attaching to a terminal knows that it is one', async () => {
  await using host = await startExecServer();
  const first = await host.connect();
  const { id } = await first.processes.start({ argv: ['cat'], tty: true });
  await leaveSession(host, first);
  const second = await host.connect({ sessionId: first.sessionId });
  const process = await second.processes.attach(id);
  assert.ok(process.isTerminal);
  await process.closeStdin();
  assert.is((await process.closed).exitCode, 0);
});

test('attaching to a process this client has already gives the same handle', async () => {
  await using host = await startScriptedProcess();
  assert.is(await host.client.processes.attach('p'), host.process);
  assert.equal(host.server.of('process/read'), []);
});

test(
  'attaching twice at once gives two handles that both hear of the process, or one',
  async () => {
    const server = new ScriptedServer(
      { 'process/read': () => hello, 'process/list': () => ({ processes: [] }) },
      { capabilities: ['processList'] },
    );
    await using client = await ExecClient.connect(server.openChannel);
    const handles = await Promise.all([client.processes.attach('p'), client.processes.attach('p')]);
    server.notify('process/exited', { processId: 'p', seq: 2, exitCode: 8 });
    server.notify('process/closed', { processId: 'p', seq: 3 });
    for (const handle of handles) assert.is((await handle.closed).exitCode, 8);
  },
  { timeoutMs: 5_000 },
);

test('attaching to an unknown process is refused and leaves nothing', async () => {
  await using host = await startExecServer();
  const error = await failure(host.client.processes.attach('nobody'), RpcError);
  assert.is(error.reason, 'unknownProcess');
  assert.equal(host.client.processes.live, []);
});

test('P2: attaching works on a server that cannot list', async () => {
  const server = new ScriptedServer({ 'process/read': () => hello });
  await using client = await ExecClient.connect(server.openChannel);
  const process = await client.processes.attach('p');
  assert.equal([process.pid, process.isTerminal], [null, false]);
  const { value } = await process.stdout.getReader().read();
  assert.is(Buffer.from(value ?? []).toString(), 'hello');
});

test('listing tells of every process of the session, alive and closed', async () => {
  await using host = await startExecServer();
  const { processes } = host.client;
  const closed = await processes.start({ argv: ['sh', '-c', 'printf four; exit 4'], processId: 'closed' });
  await closed.closed;
  const running = await processes.start({ argv: ['cat'], processId: 'running', stdin: true, cwd: '/' });
  const entries = (await processes.list()).processes;
  const facts = entries.map(({ processId, pid, argv, cwd, tty, state, exitCode, nextSeq, retainedBytes }) => ({
    ...{ processId, pid, argv, tty, state, exitCode, nextSeq, retainedBytes },
    isInRoot: cwd === 'file:///',
  }));
  assert.equal(facts, [
    {
      ...{ processId: 'closed', pid: closed.pid, argv: ['sh', '-c', 'printf four; exit 4'], tty: false, state: 'closed' },
      ...{ exitCode: 4, nextSeq: 4, retainedBytes: 4, isInRoot: false },
    },
    {
      ...{ processId: 'running', pid: running.pid, argv: ['cat'], tty: false, state: 'running' },
      ...{ exitCode: null, nextSeq: 1, retainedBytes: 0, isInRoot: true },
    },
  ]);
});

test('P2: listing is not asked of a server that cannot', async () => {
  await using host = await startScriptedProcess();
  const error = await failure(host.client.processes.list(), UnsupportedByServerError);
  assert.is(error.capability, 'processList');
});
