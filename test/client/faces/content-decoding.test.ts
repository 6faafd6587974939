import { randomBytes } from 'node:crypto';
import { brotliCompressSync, deflateRawSync, deflateSync, gzipSync } from 'node:zlib';
import * as assert from 'uvu/assert';
import { brotli } from '#client/faces/brotli.js';
import { acceptEncoding, decodeContent, standardDecoders } from '#client/faces/content-decoding.js';
import { suite } from '../../harness/test.js';

const test = suite('content-decoding');

const text = 'a text that repeats itself, '.repeat(5_000);

/** A stream of the bytes, a few at a time; `onCancel` is told when nobody wants them any more. */
function toStream(bytes: Uint8Array, pieceBytes = 1_000, onCancel: () => void = () => undefined): ReadableStream<Uint8Array> {
  let at = 0;
  return new ReadableStream({
    pull(controller) {
      if (at >= bytes.length) return controller.close();
      controller.enqueue(new Uint8Array(bytes.subarray(at, (at += pieceBytes))));
    },
    cancel: onCancel,
  });
}

const read = (stream: ReadableStream<Uint8Array>): Promise<string> => new Response(stream).text();

for (const [coding, bytes] of [
  ['gzip', gzipSync(text)],
  ['X-GZip', gzipSync(text)],
  ['deflate', deflateSync(text)],
  ['deflate', deflateRawSync(text)],
  ['br', brotliCompressSync(text)],
  ['gzip, br', brotliCompressSync(gzipSync(text))],
  ['identity', Buffer.from(text)],
  [null, Buffer.from(text)],
] as const) {
  test(`"${coding}" of ${bytes.length} bytes is taken off`, async () => {
    assert.is(await read(decodeContent(toStream(bytes), coding, { ...standardDecoders, ...brotli })), text);
  });
}

test('what is not known is left as it is', async () => {
  assert.is(await read(decodeContent(toStream(Buffer.from('x')), 'zstd', standardDecoders)), 'x');
  assert.is(await read(decodeContent(toStream(Buffer.from('x')), 'gzip, constructor', standardDecoders)), 'x');
});

test('nothing has no coding', async () => {
  assert.is(await read(decodeContent(toStream(new Uint8Array(0)), 'gzip', standardDecoders)), '');
});

test('T3: content that is cut short, or is something else, fails', async () => {
  const gzip = gzipSync(text);
  for (const bytes of [gzip.subarray(0, gzip.length - 20), Buffer.from('no gzip at all')]) {
    const error = await read(decodeContent(toStream(bytes), 'gzip', standardDecoders)).then(
      () => null,
      (reason: Error) => reason,
    );
    assert.instance(error, Error);
  }
});

test('what has come is handed on before more comes', async () => {
  let enqueue!: (bytes: Uint8Array) => void;
  const source = new ReadableStream<Uint8Array>({ start: (controller) => void (enqueue = (bytes) => controller.enqueue(bytes)) });
  const reader = decodeContent(source, 'gzip', standardDecoders).getReader();
  const event = 'data: 1\n\n'.repeat(200);
  enqueue(new Uint8Array(gzipSync(event)));
  assert.is(Buffer.from((await reader.read()).value ?? []).toString(), event);
  await reader.cancel();
});

test('a body is taken no faster than its content is read', async () => {
  let taken = 0;
  const bytes = gzipSync(randomBytes(2_000_000));
  const source = new ReadableStream<Uint8Array>(
    {
      pull(controller) {
        controller.enqueue(new Uint8Array(bytes.subarray(taken, (taken += 10_000))));
      },
    },
    { highWaterMark: 0 },
  );
  const reader = decodeContent(source, 'gzip', standardDecoders).getReader();
  await reader.read();
  for (let turn = 0; turn < 100; turn++) await new Promise(setImmediate);
  assert.ok(taken < 500_000, `${taken} bytes for one piece`);
  await reader.cancel();
});

test('a body whose content makes no sense is given up', async () => {
  let wasCancelled = false;
  const source = toStream(randomBytes(1_000_000), 1_000, () => (wasCancelled = true));
  await read(decodeContent(source, 'gzip', standardDecoders)).catch(() => undefined);
  assert.ok(wasCancelled);
});

test('T3: a body that fails makes its content fail for the same reason', async () => {
  const bytes = gzipSync(randomBytes(1_000_000));
  const pieces = [bytes.subarray(0, 10_000), bytes.subarray(10_000, 200_000)];
  const source = new ReadableStream<Uint8Array>({
    pull(controller) {
      const piece = pieces.shift();
      if (piece) controller.enqueue(new Uint8Array(piece));
      else controller.error(new Error('reset by peer'));
    },
  });
  const error = await read(decodeContent(source, 'gzip', standardDecoders)).then(
    () => null,
    (reason: Error) => reason,
  );
  assert.is(error?.message, 'reset by peer');
});

test('letting go of the content lets go of the body', async () => {
  for (const isBegun of [false, true]) {
    let wasCancelled = false;
    const source = toStream(gzipSync(randomBytes(3_000_000)), 1_000, () => (wasCancelled = true));
    const reader = decodeContent(source, 'gzip', standardDecoders).getReader();
    if (isBegun) await reader.read();
    await reader.cancel();
    assert.ok(wasCancelled, `begun: ${isBegun}`);
  }
});

test('what is asked for is what can be decoded', () => {
  assert.is(acceptEncoding(standardDecoders), 'gzip, deflate');
  assert.is(acceptEncoding({ ...standardDecoders, ...brotli }), 'gzip, deflate, br');
});
