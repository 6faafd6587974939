import { OutputGapError } from '@exec-server/client';
import { encodeBase64 } from '@exec-server/protocol';
import * as assert from 'uvu/assert';
import { readAll, readText } from '../../harness/byte-streams.js';
import { failure } from '../../harness/failure.js';
import { emptyRead, type ScriptedProcess, startScriptedProcess, turn } from '../../harness/scripted-process.js';
import { suite } from '../../harness/test.js';

const test = suite('remote-process streams');

const KiB = 1024;
const MiB = 1024 * KiB;

/** Sends so many bytes in chunks of 64 KiB; returns the next sequence number. */
function flood(host: ScriptedProcess, firstSeq: number, bytes: number): number {
  const chunk = Buffer.alloc(64 * KiB, 'x');
  let seq = firstSeq;
  for (let sent = 0; sent < bytes; sent += chunk.length) host.output(seq++, chunk);
  return seq;
}

/** A server that has evicted everything up to `oldest`, one byte of output per number. */
const evictedUpTo = (oldest: number, nextSeq: number) => () => ({
  ...emptyRead,
  chunks: Array.from({ length: nextSeq - 1 - oldest }, (_, index) => ({
    seq: oldest + 1 + index,
    stream: 'stdout' as const,
    chunk: encodeBase64(Buffer.from('k')),
  })),
  nextSeq,
});

test('stdout and stderr get their own output, and end with the process', async () => {
  await using host = await startScriptedProcess();
  const { stdout, stderr } = host.process;
  host.output(1, 'out ');
  host.output(2, 'err', 'stderr');
  host.exited(3);
  host.output(4, 'tail');
  host.closed(5);
  assert.equal(await Promise.all([readText(stdout), readText(stderr)]), ['out tail', 'err']);
});

test('everything a terminal shows is on stdout', async () => {
  await using host = await startScriptedProcess({}, {}, { tty: true });
  host.output(1, 'shown', 'pty');
  host.exited(2);
  host.closed(3);
  assert.equal(await Promise.all([readText(host.process.stdout), readText(host.process.stderr)]), ['shown', '']);
});

test('streams and iteration can be used together', async () => {
  await using host = await startScriptedProcess();
  host.output(1, 'both');
  host.exited(2);
  host.closed(3);
  const types: string[] = [];
  const text = readText(host.process.stdout);
  for await (const { type } of host.process) types.push(type);
  assert.equal([await text, types], ['both', ['output', 'exited', 'closed']]);
});

test('output that nobody reads does not keep the process from its close and does not hold the server back', async () => {
  await using host = await startScriptedProcess();
  const seq = flood(host, 1, 12 * MiB);
  host.exited(seq);
  host.closed(seq + 1);
  assert.is((await host.process.closed).exitCode, 0);
  assert.is(host.server.channel.pauses, 0);
});

test('T3: a late reader gets the newest output, after a gap that names exactly what had to go', async () => {
  await using host = await startScriptedProcess();
  const seq = flood(host, 1, 12 * MiB);
  host.exited(seq);
  host.closed(seq + 1);
  await host.process.closed;
  const numbers: number[] = [];
  let gap: unknown;
  for await (const event of host.process) {
    if (event.type === 'gap') gap = event;
    else numbers.push(event.seq);
  }
  const first = numbers[0] as number;
  assert.equal(gap, { type: 'gap', fromSeq: 1, toSeq: first - 1 });
  assert.equal(
    numbers,
    Array.from({ length: seq + 2 - first }, (_, index) => first + index),
  );
  const kept = (numbers.length - 2) * 64 * KiB;
  assert.ok(kept > 7 * MiB && kept <= 8 * MiB, `${kept} bytes were kept`);
});

test('T3: the gap of a late reader covers a gap from before', async () => {
  await using host = await startScriptedProcess({ 'process/read': evictedUpTo(4, 6) });
  host.server.cut();
  await host.server.request('process/read');
  const seq = flood(host, 6, 12 * MiB);
  host.exited(seq);
  host.closed(seq + 1);
  await host.process.closed;
  for await (const event of host.process) {
    assert.is(event.type, 'gap');
    if (event.type === 'gap') assert.is(event.fromSeq, 1);
    return;
  }
  assert.unreachable('there is a gap');
});

test('T3: streams fail at a hole with what is missing, after what came before it', async () => {
  await using host = await startScriptedProcess({ 'process/read': evictedUpTo(4, 6) });
  const { stdout, stderr } = host.process;
  host.output(1, 'before');
  const reader = stdout.getReader();
  assert.is(Buffer.from((await reader.read()).value ?? []).toString(), 'before');
  host.server.cut();
  for (const end of [reader.read(), readAll(stderr)]) {
    const error = await failure(end, OutputGapError);
    assert.equal([error.fromSeq, error.toSeq], [2, 4]);
  }
});

test('T3: iteration tells a hole and goes on', async () => {
  await using host = await startScriptedProcess({ 'process/read': evictedUpTo(4, 6) });
  host.server.cut();
  await host.server.request('process/read');
  host.exited(6);
  host.closed(7);
  const types: string[] = [];
  for await (const event of host.process) types.push(event.type === 'gap' ? `gap ${event.fromSeq}-${event.toSeq}` : event.type);
  assert.equal(types, ['gap 1-4', 'output', 'exited', 'closed']);
});

test('P7: a reader that is behind holds the server back until it has caught up', async () => {
  await using host = await startScriptedProcess();
  const { channel } = host.server;
  const reader = host.process.stdout.getReader();
  const seq = flood(host, 1, 3 * MiB);
  host.exited(seq);
  host.closed(seq + 1);
  await turn();
  assert.ok(channel.isPaused);
  let bytes = 0;
  for (let read = await reader.read(); !read.done; read = await reader.read()) bytes += read.value.length;
  assert.is(bytes, 3 * MiB);
  assert.not.ok(channel.isPaused);
});

test('P7: a request of a reader that is behind is answered all the same', async () => {
  await using host = await startScriptedProcess();
  void host.process.stdout;
  flood(host, 1, 3 * MiB);
  await turn();
  assert.ok(host.server.channel.isPaused);
  assert.is(await host.process.terminate(), true);
});

for (const [how, leave] of [
  [
    'leaving the iteration',
    async ({ process }: ScriptedProcess) => {
      for await (const event of process) if (event.type === 'output') break;
    },
  ],
  [
    'cancelling a stream',
    async ({ process }: ScriptedProcess) => {
      const reader = process.stdout.getReader();
      await reader.read();
      await reader.cancel();
    },
  ],
] as const) {
  test(`${how} lets the rest go by`, async () => {
    await using host = await startScriptedProcess();
    host.output(1, 'first');
    await leave(host);
    const seq = flood(host, 2, 4 * MiB);
    host.exited(seq);
    host.closed(seq + 1);
    await host.process.closed;
    assert.is(host.server.channel.pauses, 0);
  });
}

test(
  'a stream that failed at a hole does not hold the server back',
  async () => {
    await using host = await startScriptedProcess({ 'process/read': evictedUpTo(4, 6) });
    const failed = failure(readAll(host.process.stdout), OutputGapError);
    host.server.cut();
    await failed;
    const seq = flood(host, 6, 4 * MiB);
    host.exited(seq);
    host.closed(seq + 1);
    assert.is((await host.process.closed).exitCode, 0);
  },
  { timeoutMs: 5_000 },
);
