import { randomBytes } from 'node:crypto';
import { connect, OutputGapError, RpcError } from '@exec-server/client';
import { FaultProxy, startExecServer } from 'exec-server/testing';
import * as assert from 'uvu/assert';
import { readAll, readText, readUntil, sha256 } from '../../harness/byte-streams.js';
import { failure } from '../../harness/failure.js';
import { leaveSession } from '../../harness/leave-session.js';
import { allGone, isRunning } from '../../harness/process-state.js';
import { suite } from '../../harness/test.js';

const test = suite('remote-process on a server');

const MiB = 1024 * 1024;

test('T4: input arrives exactly once and in order, over many cuts', async () => {
  await using host = await startExecServer();
  await using proxy = await FaultProxy.start(host.url);
  const client = await host.connect({ url: proxy.url });
  const process = await client.processes.start({ argv: ['cat'], stdin: true });
  const input = randomBytes(4 * MiB);
  let cuts = 0;
  const back = (async () => {
    let next = 0;
    let bytes = 0;
    const chunks: Uint8Array[] = [];
    for await (const chunk of process.stdout) {
      chunks.push(chunk);
      bytes += chunk.length;
      if (bytes < next) continue;
      next = bytes + MiB / 2;
      cuts++;
      proxy.cut();
    }
    return Buffer.concat(chunks);
  })();
  for (let at = 0; at < input.length; at += 100_000) await process.write(input.subarray(at, at + 100_000));
  await process.closeStdin();
  assert.is(sha256(await back), sha256(input));
  assert.ok(cuts >= 4, `${cuts} cuts`);
  assert.equal(await process.closed, { exitCode: 0, signal: null, timedOut: false });
});

test('T3: whoever attaches late is told what is no longer kept, and gets the rest whole', async () => {
  await using host = await startExecServer({ server: { limits: { retainedOutputBytes: 100_000 } } });
  const first = await connect(host.url, { token: host.token });
  const started = await first.processes.start({ argv: ['seq', '100000'], processId: 'numbers' });
  await started.closed;
  await leaveSession(host, first);
  const second = await host.connect({ sessionId: first.sessionId });
  const process = await second.processes.attach('numbers');
  let text = '';
  const types: string[] = [];
  for await (const event of process) {
    types.push(event.type);
    if (event.type === 'output') text += Buffer.from(event.chunk).toString();
  }
  assert.is(types[0], 'gap');
  assert.equal(types.filter((type) => type === 'gap').length, 1);
  assert.ok(text.endsWith('99999\n100000\n') && text.length > 30_000, `${text.length} bytes are kept`);
  await failure(readText(process.stdout), OutputGapError);
});

test('P7: a program that does not read makes the writer wait, and then gets everything', async () => {
  await using host = await startExecServer({ server: { limits: { stdinQueueBytes: 65_536, stdinQueueWrites: 2 } } });
  const { processes, environment } = host.client;
  const process = await processes.start({ argv: ['sh', '-c', 'echo ready; kill -STOP $$; exec wc -c'], stdin: true });
  const reader = process.stdout.getReader();
  await readUntil(reader, 'ready');
  let isWritten = false;
  const writing = process.write(Buffer.alloc(2 * MiB)).then(() => (isWritten = true));
  for (let i = 0; i < 40; i++) await environment.status(); // more turns than there are pieces
  assert.not.ok(isWritten, 'more than the pipe and the queue take');
  await processes.start({ argv: ['kill', '-CONT', String(process.pid)] });
  await writing;
  await process.closeStdin();
  assert.match(await readUntil(reader, '\n'), String(2 * MiB));
});

test('leaving the block kills the process with its group', async () => {
  await using host = await startExecServer();
  let exited: Promise<unknown>;
  {
    await using process = await host.client.processes.start({ argv: ['sh', '-c', 'trap "" TERM; sleep 600 & wait'] });
    exited = process.exited;
  }
  assert.equal(await exited, { exitCode: 137, signal: 'SIGKILL', timedOut: false });
  assert.is(host.inspect().server.liveProcesses, 0);
});

test('an interrupt reaches the program', async () => {
  await using host = await startExecServer();
  const process = await host.client.processes.start({
    argv: ['sh', '-c', 'trap "echo caught; exit 3" INT; echo ready; while :; do sleep 0.01; done'],
  });
  const reader = process.stdout.getReader();
  await readUntil(reader, 'ready');
  assert.is(await process.signal('interrupt'), true);
  await readUntil(reader, 'caught');
  assert.equal(await process.closed, { exitCode: 3, signal: null, timedOut: false });
});

test('a signal is told to be delivered, or not, and reaches the foreground of a terminal', async () => {
  await using host = await startExecServer();
  const process = await host.client.processes.start({ argv: ['sleep', '600'], tty: true });
  await failure((await host.client.processes.start({ argv: ['true'] })).signal('hangup', { target: 'foreground' }), RpcError);
  assert.is(await process.signal('stop', { target: 'foreground' }), true);
  assert.is(await process.signal('hangup'), true, 'it waits until the program goes on');
  assert.is(await process.signal('continue'), true);
  assert.is((await process.closed).signal, 'SIGHUP');
  assert.is(await process.signal('kill'), false);
});

test('P8: a grace asks before it kills, and orphans are reached after the end', async () => {
  await using host = await startExecServer();
  const polite = await host.client.processes.start({ argv: ['sh', '-c', 'trap "exit 5" TERM; echo ready; while :; do sleep 0.01; done'] });
  await readUntil(polite.stdout.getReader(), 'ready');
  assert.is(await polite.terminate({ graceMs: 600_000 }), true);
  assert.is((await polite.exited).exitCode, 5);
  const parent = await host.client.processes.start({ argv: ['sh', '-c', 'sleep 600 & echo $!'] });
  const pid = Number(await readUntil(parent.stdout.getReader(), '\n'));
  assert.is((await parent.exited).exitCode, 0);
  assert.equal([await parent.terminate(), isRunning(pid)], [false, true]);
  assert.is(await parent.terminate({ orphans: true }), true);
  await parent.closed;
  await allGone([pid]);
});

test('a terminal has the size that was asked for, and can be resized and typed on', async () => {
  await using host = await startExecServer();
  const process = await host.client.processes.start({ argv: ['sh', '-c', 'stty size; read line; stty size'], tty: { rows: 11, cols: 33 } });
  assert.ok(process.isTerminal);
  const reader = process.stdout.getReader();
  await readUntil(reader, '11 33');
  await process.resize({ rows: 44, cols: 55 });
  await process.write('\r');
  await readUntil(reader, '44 55');
  assert.is((await process.closed).exitCode, 0);
});

test('after the end, input is refused and terminating finds nothing', async () => {
  await using host = await startExecServer();
  const process = await host.client.processes.start({ argv: ['true'], stdin: true });
  assert.equal(await readAll(process.stdout), Buffer.alloc(0));
  await process.closed;
  await failure(process.write('x'), Error);
  assert.is(await process.terminate(), false);
});
