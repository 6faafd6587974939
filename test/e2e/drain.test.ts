import { once } from 'node:events';
import { spawn } from '@exec-server/client';
import { startExecServer } from 'exec-server/testing';
import * as assert from 'uvu/assert';
import { readUntil } from '../harness/byte-streams.js';
import { runCommand } from '../harness/command-line.js';
import { startDetached } from '../harness/detached-command.js';
import { MemoryClient } from '../harness/memory-client.js';
import { isRunning } from '../harness/process-state.js';
import { suite } from '../harness/test.js';
import { startParams } from '../harness/wire-client.js';

const test = suite('drain');

/** Ends at once and leaves a grandchild behind that holds its streams until it has got SIGUSR1, and says so then. */
const leaving = `sh -c 'trap "echo late; exit" USR1; echo $$; while :; do sleep 0.01; done' & exit 3`;

test('T2: who holds the pipe of an ended program delays closed, and not exited: on the wire', async () => {
  await using host = await startExecServer();
  await using client = await MemoryClient.open(host.server);
  await client.result('process/start', startParams('p', ['sh', '-c', leaving]));
  const exited = await client.find(({ method }) => method === 'process/exited');
  assert.is(exited.params?.['exitCode'], 3);
  const { nextSeq, exitCode, closed } = await client.result('process/read', { processId: 'p', maxBytes: 0 });
  assert.equal([exitCode, closed, nextSeq > 1], [3, false, true]);
  assert.not.ok(client.messages.some(({ method }) => method === 'process/closed'));
  const { result } = await client.request('process/signal', { processId: 'p', signal: 'user1' });
  assert.equal(result, { delivered: false }, 'the program is not there any more');
  assert.is(await host.client.environment.status(), 'ready');
  assert.equal(await client.result('process/terminate', { processId: 'p', orphans: true }), { running: true });
  await client.eventsOf('p');
});

test('T2: in the client, exited settles while closed waits, and late output arrives', async () => {
  await using host = await startExecServer();
  const process = await host.client.processes.start({ argv: ['sh', '-c', leaving] });
  assert.is((await process.exited).exitCode, 3);
  const reader = process.stdout.getReader();
  const pid = Number(await readUntil(reader, '\n'));
  let isClosed = false;
  void process.closed.then(() => (isClosed = true));
  await host.client.environment.status();
  assert.equal([isClosed, isRunning(pid)], [false, true]);
  globalThis.process.kill(pid, 'SIGUSR1');
  assert.match(await readUntil(reader, 'late'), 'late');
  assert.equal(await process.closed, { exitCode: 3, signal: null, timedOut: false });
});

test('T2: in the face of child_process, exit comes before close', async () => {
  await using host = await startExecServer();
  const child = spawn(host.client, 'sh', ['-c', leaving]);
  const [text] = (await Promise.all([once(child.stdout as NodeJS.ReadableStream, 'data'), once(child, 'exit')]))[0] as [Buffer];
  let isClosed = false;
  child.on('close', () => (isClosed = true));
  await host.client.environment.status();
  assert.equal([child.exitCode, isClosed], [3, false]);
  const closed = once(child, 'close');
  process.kill(Number(String(text)), 'SIGUSR1');
  assert.equal(await closed, [3, null]);
});

for (const flags of [[], ['--json']]) {
  test(`T2: exec ${flags.join('')} does not wait for it longer than it is told to`, async () => {
    const { code, stdout } = await runCommand(['exec', ...flags, '--drain', '1', '--', 'sh', '-c', leaving]);
    assert.is(code, 3);
    assert.not.match(stdout.toString(), 'late');
  });
}

test('T2: attach does not wait for it either', async () => {
  await using detached = await startDetached(['sh', '-c', leaving]);
  const { code, stdout } = await runCommand(['attach', '--drain', '1', detached.id], '', detached.env);
  assert.is(code, 3);
  assert.match(stdout.toString(), /^\d+\n$/);
});
