import { RpcError } from '@exec-server/client';
import { limits } from '@exec-server/protocol';
import * as assert from 'uvu/assert';
import { failure } from '../../harness/failure.js';
import { connectHttp, head } from '../../harness/scripted-http.js';
import { noAnswer } from '../../harness/scripted-server.js';
import { suite } from '../../harness/test.js';

const test = suite('request-body');

const url = 'http://origin.test/path';
const textOf = (body: ReadableStream<Uint8Array> | null): Promise<string> => new Response(body).text();

test('a body is sent at once when it is short, and in pieces with its length when it is not', async () => {
  await using host = await connectHttp();
  const short = new Uint8Array(limits.inlineRequestBodyBytes);
  await host.client.http.request({ url, method: 'PUT', body: short });
  const long = new Uint8Array(limits.inlineRequestBodyBytes + 1).fill(7);
  await host.client.http.request({ url, method: 'PUT', body: long });
  const [first, second] = host.server.of('http/request').map(({ params }) => params);
  assert.equal([first?.['bodyStream'], String(first?.['bodyBase64']).length > 0, first?.['headers']], [undefined, true, []]);
  assert.equal([second?.['bodyStream'], second?.['bodyBase64']], [true, undefined]);
  assert.equal(second?.['headers'], [{ name: 'content-length', value: String(long.length) }]);
  await host.server.until(() => host.server.of('http/requestBody').some(({ params }) => params['done'] === true));
  const sent = host.server.of('http/requestBody').map(({ params }) => params);
  assert.equal(
    sent.map(({ seq, done }) => [seq, done]),
    sent.map((_, index) => [index + 1, index === sent.length - 1]),
  );
  assert.ok(Buffer.concat(sent.map(({ chunk }) => Buffer.from(String(chunk), 'base64'))).equals(long));
});

test('the pieces of a stream are sent one after the other, each when the one before was accepted', async () => {
  const accept: (() => void)[] = [];
  await using host = await connectHttp({
    'http/request': () => new Promise((resolve) => accept.push(() => resolve(head(200)))),
    'http/requestBody': () => new Promise((resolve) => accept.push(() => resolve({}))),
  });
  const pieces = ['a', 'b'];
  const body = new ReadableStream<Uint8Array>({
    pull(controller) {
      const piece = pieces.shift();
      if (piece === undefined) controller.close();
      else controller.enqueue(Buffer.from(piece));
    },
  });
  const response = host.client.http.request({ url, method: 'POST', body });
  await host.server.request('http/requestBody', 1);
  for (let count = 2; count <= 3; count++) {
    await host.client.environment.status();
    assert.is(host.server.of('http/requestBody').length, count - 1);
    accept.at(-1)?.();
    await host.server.request('http/requestBody', count);
  }
  accept.at(-1)?.();
  accept[0]?.();
  assert.is((await response).status, 200);
});

test('a server that answers before it has taken the body need not take the rest', async () => {
  await using host = await connectHttp({
    'http/request': () => head(413),
    'http/requestBody': () => new RpcError('invalidParams', 'no request takes a body by this id'),
  });
  let wasCancelled = false;
  const body = new ReadableStream<Uint8Array>({
    pull: (controller) => controller.enqueue(new Uint8Array(10)),
    cancel: () => void (wasCancelled = true),
  });
  const response = await host.client.http.request({ url, method: 'POST', body });
  host.delta('http-1', 1, 'too large', { done: true });
  assert.equal([response.status, await textOf(response.body)], [413, 'too large']);
  assert.ok(wasCancelled);
});

test('a body that fails ends its request, upstream as well', async () => {
  await using host = await connectHttp({ 'http/request': () => noAnswer });
  const body = new ReadableStream<Uint8Array>({
    pull(controller) {
      controller.error(new Error('the file is gone'));
    },
  });
  const error = await failure(host.client.http.request({ url, method: 'POST', body }), Error);
  assert.is(error.message, 'the file is gone');
  await host.server.request('http/cancel');
});

test('an abort stops the body of the request too', async () => {
  await using host = await connectHttp({ 'http/request': () => noAnswer });
  let reason: unknown;
  const body = new ReadableStream<Uint8Array>({ cancel: (why) => void (reason = why) });
  const controller = new AbortController();
  const asked = failure(host.client.http.request({ url, method: 'POST', body, signal: controller.signal }), Error);
  await host.server.request('http/request');
  controller.abort(new Error('enough'));
  assert.is((await asked).message, 'enough');
  assert.is((reason as Error).message, 'enough');
  await host.server.request('http/cancel');
});
