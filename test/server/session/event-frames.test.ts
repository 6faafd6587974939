import * as fc from 'fast-check';
import * as assert from 'uvu/assert';
import { ContentFrames } from '#server/content-frames.js';
import { EventFrames } from '#server/session/event-frames.js';
import { createProcess } from '../../harness/fake-child.js';
import { holds } from '../../harness/property.js';
import { suite } from '../../harness/test.js';

const test = suite('event-frames');

const content = new ContentFrames();
const parse = (frame: string | Buffer): unknown => JSON.parse(frame.toString('utf8'));

const id = fc.oneof(
  fc.string({ unit: 'grapheme', maxLength: 20 }),
  fc.constantFrom('', 'p', '"', '\\', '\n', '\0', '\u007f', 'é', '日本', '😀', '\u2028', '__proto__', 'x'.repeat(5_000), 'é'.repeat(5_000)),
);
const seq = fc.integer({ min: 1, max: Number.MAX_SAFE_INTEGER });

test('an output frame is the JSON a plain object would become', () => {
  const values = fc.tuple(id, seq, fc.constantFrom('stdout', 'stderr', 'pty'), fc.uint8Array({ maxLength: 300 }));
  holds(values, ([processId, number, stream, bytes]) => {
    const frame = new EventFrames(processId, content).output(number, stream, Buffer.from(bytes)).bytes;
    const params = { processId, seq: number, stream, chunk: Buffer.from(bytes).toString('base64') };
    assert.is(frame.toString('utf8'), JSON.stringify({ method: 'process/output', params }));
  });
});

test('one process frames many chunks, each on its own', () => {
  const frames = new EventFrames('ключ', content);
  const written = Array.from({ length: 50 }, (_, at) => frames.output(at + 1, 'stdout', Buffer.alloc(at, at)).bytes);
  for (const [at, frame] of written.entries()) {
    const params = { processId: 'ключ', seq: at + 1, stream: 'stdout', chunk: Buffer.alloc(at, at).toString('base64') };
    assert.equal(parse(frame), { method: 'process/output', params });
  }
});

test('a frame of 64 KiB is complete', () => {
  const chunk = Buffer.alloc(65_536, 0xfe);
  const { params } = parse(new EventFrames('p', content).output(1, 'pty', chunk).bytes) as { params: { chunk: string } };
  assert.is(params.chunk, chunk.toString('base64'));
});

test('an exit frame tells the code, and the signal only when there was one', async () => {
  const { child, process } = createProcess();
  await child.exit({ code: 3 });
  holds(fc.tuple(id, seq), ([processId, number]) => {
    const params = { processId, seq: number, exitCode: 3, sandboxDenied: false };
    assert.equal(parse(new EventFrames(processId, content).exited(number, process)), { method: 'process/exited', params });
  });
  const killed = createProcess();
  await killed.child.exit({ signal: 'SIGKILL' });
  const params = { processId: 'p', seq: 2, exitCode: 137, signal: 'SIGKILL', sandboxDenied: false };
  assert.equal(parse(new EventFrames('p', content).exited(2, killed.process)), { method: 'process/exited', params });
});

test('T1: an exit frame tells that the program has timed out', async () => {
  const { child, process } = createProcess({ timeoutMs: 1 });
  await new Promise((resolve) => setTimeout(resolve, 20));
  await child.exit({ signal: 'SIGKILL' });
  const params = { processId: 'p', seq: 1, exitCode: 137, signal: 'SIGKILL', timedOut: true, sandboxDenied: false };
  assert.equal(parse(new EventFrames('p', content).exited(1, process)), { method: 'process/exited', params });
});

test('a close frame is the JSON a plain object would become', () => {
  holds(fc.tuple(id, seq), ([processId, number]) => {
    assert.is(
      new EventFrames(processId, content).closed(number),
      JSON.stringify({ method: 'process/closed', params: { processId, seq: number } }),
    );
  });
});
