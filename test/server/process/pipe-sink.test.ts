import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, readSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import * as assert from 'uvu/assert';
import { Descriptors } from '#server/process/descriptors.js';
import { NamedPipes, type PipeEnds } from '#server/process/named-pipes.js';
import { PipeLauncher } from '#server/process/pipe-launcher.js';
import { PipeSink } from '#server/process/pipe-sink.js';
import { launchRequest, OpenSource, runToEnd, turns } from '../../harness/launching.js';
import { Scratch } from '../../harness/scratch.js';
import { suite } from '../../harness/test.js';

// A child without descriptors could not write its coverage.
delete process.env['NODE_V8_COVERAGE'];

const test = suite('pipe-sink');

async function openPipe(): Promise<PipeEnds> {
  const pipes = new NamedPipes(1);
  const [ends] = await pipes.open(1);
  await pipes.close();
  if (!ends) throw new Error('no pipe');
  return ends;
}

const write = (sink: PipeSink, bytes: Uint8Array): Promise<Error | undefined> => new Promise((resolve) => sink.write(bytes, resolve));

/** Everything there is now; null at the end of the stream. */
function readNow(descriptor: number): string | null {
  const piece = Buffer.alloc(200_000);
  try {
    const length = readSync(descriptor, piece);
    return length === 0 ? null : piece.toString('latin1', 0, length);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EAGAIN') return '';
    throw error;
  }
}

test('a write is done when the system has taken all of it', async () => {
  const { readEnd, writeEnd } = await openPipe();
  const sink = new PipeSink(writeEnd);
  assert.is(await write(sink, Buffer.from('small')), undefined);
  assert.is(readNow(readEnd), 'small');
  let isDone = false;
  void write(sink, Buffer.alloc(200_000)).then(() => (isDone = true));
  await turns(10);
  assert.is(isDone, false);
  for (let length = 0; length < 200_000; await turns(1)) length += readNow(readEnd)?.length ?? 0;
  await turns();
  assert.is(isDone, true);
  sink.close();
  closeSync(readEnd);
});

test('a write nobody can read fails', async () => {
  const { readEnd, writeEnd } = await openPipe();
  const sink = new PipeSink(writeEnd);
  closeSync(readEnd);
  assert.is(((await write(sink, Buffer.from('x'))) as NodeJS.ErrnoException).code, 'EPIPE');
  sink.end();
  sink.close();
});

test('the reader gets everything and then the end', async () => {
  const { readEnd, writeEnd } = await openPipe();
  const sink = new PipeSink(writeEnd);
  await write(sink, Buffer.from('all'));
  sink.end();
  sink.end();
  assert.is(readNow(readEnd), 'all');
  let rest: string | null = '';
  while (rest === '') {
    await turns(1);
    rest = readNow(readEnd);
  }
  assert.is(rest, null);
  sink.close();
  sink.close();
  closeSync(readEnd);
});

test('closing gives the descriptors back, before or after the end', async () => {
  for (const isEnded of [false, true]) {
    const { readEnd, writeEnd } = await openPipe();
    const sink = new PipeSink(writeEnd);
    if (isEnded) sink.end();
    sink.close();
    closeSync(readEnd);
  }
});

test('a program that opens `/dev/stdin` after the end reads the end of file', async () => {
  using scratch = new Scratch();
  const launcher = new PipeLauncher(new Descriptors(), 4);
  const script = 'while [ ! -e go ]; do sleep 0.01; done; cat /dev/stdin; cat < /proc/self/fd/0; echo done';
  const launched = await launcher.launch(launchRequest(['/bin/sh', '-c', script], { cwd: scratch.path, pipeStdin: true }));
  launched.input?.end();
  scratch.file('go');
  const { status, output } = await runToEnd(launched);
  assert.equal([status.code, output.stdout], [0, 'done\n']);
  await launcher.close();
});

test('S4: a server without descriptors left survives the end of an input', async () => {
  const program = fileURLToPath(new URL('../../../../fixtures/programs/sink-without-descriptors.mjs', import.meta.url));
  const child = spawn('/bin/sh', ['-c', 'ulimit -n 60; exec "$0" "$1"', process.execPath, program], { stdio: ['ignore', 'pipe', 'pipe'] });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream.setEncoding('utf8').on('data', (text: string) => (output += text));
  const [code] = (await once(child, 'close')) as [number | null];
  assert.match(output, /^EMFILE\n/);
  assert.match(output, /\nalive\n$/);
  assert.is(code, 0);
});

test('a program whose input is ended at once reads nothing', async () => {
  const launcher = new PipeLauncher(new Descriptors(), 4);
  const launched = await launcher.launch(launchRequest(['cat'], { pipeStdin: true }));
  const [stdout, stderr] = launched.outputs.map((source) => new OpenSource(source));
  launched.input?.end();
  assert.equal(await Promise.all([stdout?.ended(), stderr?.ended()]), ['', '']);
  assert.is((await launched.exited).code, 0);
  launched.input?.close();
  await launcher.close();
});
