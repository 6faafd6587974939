import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { gzipSync } from 'node:zlib';
import { HttpBodyError, type HttpResponse } from '@exec-server/client';
import * as assert from 'uvu/assert';
import { ExitError } from '#cli/exit-codes.js';
import { formatHead, openOutput, remoteName, writeBody } from '#cli/fetch-output.js';
import { failure } from '../harness/failure.js';
import { Scratch } from '../harness/scratch.js';
import { suite } from '../harness/test.js';

const test = suite('fetch-output');

const none = { isDecoded: false, progressOn: null };

function respond(body: Uint8Array | ReadableStream<Uint8Array>, headers: Readonly<Record<string, string>> = {}): HttpResponse {
  const list = Object.entries(headers).map(([name, value]) => ({ name, value }));
  const stream = body instanceof ReadableStream ? body : (new Blob([body]).stream() as ReadableStream<Uint8Array>);
  return { status: 200, headers: list, url: 'http://a.test/', redirected: false, body: stream };
}

function failing(...pieces: Uint8Array[]): ReadableStream<Uint8Array> {
  return new ReadableStream({
    pull(controller) {
      const piece = pieces.shift();
      if (piece) controller.enqueue(piece);
      else controller.error(new HttpBodyError('cut short'));
    },
  });
}

/** Writes to a file and returns what it holds then, also after a failure. */
async function write(response: HttpResponse, options = none): Promise<{ readonly text: string; readonly size: number | Error }> {
  using scratch = new Scratch();
  const file = join(scratch.path, 'out');
  const output = await openOutput(file);
  const size = await writeBody(response, output, options).catch((error: Error) => error);
  await output.close();
  return { text: readFileSync(file, 'utf8'), size };
}

test('the body is written as it came', async () => {
  assert.equal(await write(respond(Buffer.from('text'))), { text: 'text', size: 4 });
  assert.equal(await write({ ...respond(Buffer.from('')), body: null }), { text: '', size: 0 });
  const zipped = gzipSync('text');
  assert.is((await write(respond(zipped, { 'content-encoding': 'gzip' }))).size, zipped.length);
});

test('content is decoded when asked for, and nothing has none', async () => {
  const decoded = { ...none, isDecoded: true };
  const zipped = gzipSync('text');
  assert.equal(await write(respond(zipped, { 'content-encoding': 'GZIP' }), decoded), { text: 'text', size: zipped.length });
  assert.equal(await write(respond(Buffer.from('text')), decoded), { text: 'text', size: 4 });
  assert.equal(await write(respond(Buffer.from(''), { 'content-encoding': 'gzip' }), decoded), { text: '', size: 0 });
  const { size } = await write(respond(Buffer.from('no gzip'), { 'content-encoding': 'gzip' }), decoded);
  assert.is((size as ExitError).exitCode, 61);
});

test('T3: a body that fails is an error, behind what has come of it', async () => {
  const { text, size } = await write(respond(failing(Buffer.from('part'))));
  assert.equal([text, size instanceof HttpBodyError], ['part', true]);
  const zipped = gzipSync('x'.repeat(100_000));
  const coded = respond(failing(zipped.subarray(0, 50), zipped.subarray(50, 60)), { 'content-encoding': 'gzip' });
  assert.instance((await write(coded, { ...none, isDecoded: true })).size, HttpBodyError);
});

test('progress is shown of large bodies', async () => {
  const terminal = new PassThrough();
  await write(respond(Buffer.alloc(2 * 1024 * 1024), { 'content-length': String(4 * 1024 * 1024) }), {
    isDecoded: false,
    progressOn: terminal as never,
  });
  assert.match(String(terminal.read()).replaceAll('\u001b[K', ''), /\r2\.0 MiB of 4\.0 MiB, 50 %, .* MiB\/s\n$/);
});

test('a file that cannot be written is an error', async () => {
  assert.is((await failure(openOutput('/no/such/folder/file'), ExitError)).exitCode, 23);
});

test('the head is written in the manner of HTTP/1.1', () => {
  assert.is(formatHead(respond(Buffer.from(''), { a: 'b' })), 'HTTP/1.1 200 OK\r\na: b\r\n\r\n');
  assert.is(formatHead({ ...respond(Buffer.from('')), status: 799 }), 'HTTP/1.1 799\r\n\r\n');
});

test('the file that a URL names', () => {
  assert.is(remoteName(new URL('http://a.test/x/file.tar?y')), 'file.tar');
  assert.throws(() => remoteName(new URL('http://a.test/')));
});
