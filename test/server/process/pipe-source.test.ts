import { closeSync, writeSync } from 'node:fs';
import { createServer, type Socket } from 'node:net';
import { once } from 'node:events';
import * as assert from 'uvu/assert';
import { Descriptors } from '#server/process/descriptors.js';
import { NamedPipes } from '#server/process/named-pipes.js';
import { PipeLauncher } from '#server/process/pipe-launcher.js';
import { PipeSource } from '#server/process/pipe-source.js';
import { launchRequest, OpenSource, readToEnd, turns } from '../../harness/launching.js';
import { suite } from '../../harness/test.js';

const test = suite('pipe-source');

/** A source, and the descriptor that feeds it; the body closes the latter. */
async function withSource(body: (source: PipeSource, writer: number) => Promise<void>): Promise<void> {
  const pipes = new NamedPipes(1);
  const [ends] = await pipes.open(1);
  await pipes.close();
  if (!ends) throw new Error('no pipe');
  await body(new PipeSource('stderr', ends.readEnd), ends.writeEnd);
}

test('it delivers everything, and its end once, when the last writer has closed', () =>
  withSource(async (source, writer) => {
    assert.is(source.stream, 'stderr');
    writeSync(writer, 'before ');
    const bytes = readToEnd(source);
    writeSync(writer, 'after');
    closeSync(writer);
    assert.is((await bytes).toString(), 'before after');
  }));

test('nothing is read before it is opened, nor while it is paused', () =>
  withSource(async (source, writer) => {
    writeSync(writer, 'early');
    await turns();
    const output = new OpenSource(source);
    await output.until((text) => text === 'early');
    source.pause();
    writeSync(writer, 'late');
    await turns(10);
    assert.is(output.text, 'early');
    source.resume();
    closeSync(writer);
    assert.is(await output.ended(), 'earlylate');
  }));

test('a small chunk is as long as what was written, whatever came before', () =>
  withSource(async (source, writer) => {
    const chunks: string[] = [];
    const ended = new Promise<void>((resolve) => source.open((chunk) => chunks.push(chunk.toString()), resolve));
    for (const text of ['long '.repeat(100), 'b', 'cc']) {
      writeSync(writer, text);
      await turns(5);
    }
    closeSync(writer);
    await ended;
    assert.equal(chunks, ['long '.repeat(100), 'b', 'cc']);
  }));

test('a cut delivers what has been written so far and ends the stream though it is still held open', () =>
  withSource(async (source, writer) => {
    const output = new OpenSource(source);
    writeSync(writer, 'x'.repeat(50_000));
    source.cut();
    assert.is(output.text.length, 50_000);
    source.cut();
    assert.is((await output.ended()).length, 50_000);
    assert.throws(() => writeSync(writer, 'more'), /EPIPE/);
    closeSync(writer);
  }));

test('a cut of a paused source loses nothing either', () =>
  withSource(async (source, writer) => {
    const output = new OpenSource(source);
    source.pause();
    writeSync(writer, 'paused');
    await turns(5);
    source.cut();
    assert.is(await output.ended(), 'paused');
    closeSync(writer);
  }));

test('a source that is cut before it is opened ends once', () =>
  withSource(async (source, writer) => {
    source.cut();
    let ends = 0;
    source.open(
      () => undefined,
      () => ends++,
    );
    await turns(10);
    assert.is(ends, 1);
    closeSync(writer);
  }));

test('S4: a writer that never stops does not hold up a cut', async () => {
  const launcher = new PipeLauncher(new Descriptors(), 2);
  const launched = await launcher.launch(launchRequest(['yes']));
  const [stdout, stderr] = launched.outputs.map((source) => new OpenSource(source));
  await stdout?.until((text) => text.length > 100_000);
  for (const source of launched.outputs) source.cut();
  await Promise.all([stdout?.ended(), stderr?.ended()]);
  assert.equal(await launched.exited, { code: null, signal: 'SIGPIPE' });
  await launcher.close();
});

test('a socket in place of a pipe serves as well', async () => {
  const server = createServer((peer) => peer.end('from a socket')).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as { port: number };
  const { connect } = await import('node:net');
  const socket: Socket = connect(port, '127.0.0.1');
  assert.is((await readToEnd(new PipeSource('stdout', socket))).toString(), 'from a socket');
  server.close();
  await once(server, 'close');
});
