import {
  DisconnectedError,
  HttpBodyError,
  HttpRedirectError,
  OutcomeUnknownError,
  RpcError,
  UnsupportedByServerError,
} from '@exec-server/client';
import { limits } from '@exec-server/protocol';
import * as assert from 'uvu/assert';
import { failure } from '../../harness/failure.js';
import { connectHttp, head, httpCapabilities } from '../../harness/scripted-http.js';
import { noAnswer } from '../../harness/scripted-server.js';
import { suite } from '../../harness/test.js';

const test = suite('http-client');

const url = 'http://origin.test/path';
const textOf = (body: ReadableStream<Uint8Array> | null): Promise<string> => new Response(body).text();

test('a request says what was asked for, and always has its body streamed', async () => {
  await using host = await connectHttp({}, []);
  await host.client.http.request({ url: `${url}#part` });
  const headers = [
    { name: 'X-A', value: '1' },
    { name: 'authorization', value: 'Bearer ', valueEnvVar: 'API_TOKEN' },
  ];
  await host.client.http.request({ url, method: 'post', headers, body: 'text', redirect: 'stop', timeoutMs: 5 });
  const [first, second] = host.server.of('http/request').map(({ params }) => params);
  const always = { url, streamResponse: true, redirectPolicy: 'stop' };
  assert.equal(first, { ...always, method: 'GET', headers: [], requestId: 'http-1' });
  assert.equal(second, { ...always, method: 'post', headers, bodyBase64: 'dGV4dA==', timeoutMs: 5, requestId: 'http-2' });
});

test('where the server can do more, more is asked of it', async () => {
  await using host = await connectHttp();
  await host.client.http.request({ url, headersTimeoutMs: 7, idleTimeoutMs: 8 });
  const { params } = await host.server.request('http/request');
  assert.is(params['redirectPolicy'], 'follow');
  assert.is(params['creditBytes'], limits.bodyWindowBytes);
  assert.equal([params['headersTimeoutMs'], params['idleTimeoutMs']], [7, 8]);
});

test('additions the server does not have are refused by name', async () => {
  await using host = await connectHttp({}, []);
  const late = await failure(host.client.http.request({ url, idleTimeoutMs: 1 }), UnsupportedByServerError);
  assert.is(late.capability, 'httpTimeouts');
  const body = new Uint8Array(limits.bufferedRequestBodyBytes + 1);
  const large = await failure(host.client.http.request({ url, method: 'PUT', body }), UnsupportedByServerError);
  assert.is(large.capability, 'httpRequestBodyStream');
  const stream = new Blob([body]).stream();
  const streamed = await failure(host.client.http.request({ url, method: 'PUT', body: stream }), UnsupportedByServerError);
  assert.is(streamed.capability, 'httpRequestBodyStream');
  assert.is(host.server.of('http/request').length, 0);
});

test('H1: the body that follows the head is the body of the response, of each its own', async () => {
  await using host = await connectHttp();
  const [a, b] = await Promise.all([host.client.http.request({ url }), host.client.http.request({ url })]);
  host.delta('http-2', 1, 'b');
  host.delta('http-1', 1, 'a');
  host.delta('http-1', 2, '', { done: true });
  host.delta('http-2', 2, 'b');
  host.delta('http-2', 3, '', { done: true });
  assert.equal(await Promise.all([textOf(a.body), textOf(b.body)]), ['a', 'bb']);
  assert.equal(host.client.http.live, []);
});

test('a body that comes before its head is not lost', async () => {
  await using host = await connectHttp({
    'http/request': ({ requestId }) => {
      host.delta(requestId, 1, 'early');
      host.delta(requestId, 2, '', { done: true });
      return new Promise((resolve) => setImmediate(() => setImmediate(resolve, head(200))));
    },
  });
  const { status, body } = await host.client.http.request({ url });
  assert.equal([status, await textOf(body)], [200, 'early']);
});

test('an answer that is a refusal is thrown, and its id is forgotten', async () => {
  const refusal = new RpcError('internal', 'http/request failed: error sending request');
  await using host = await connectHttp({ 'http/request': () => refusal });
  const error = await failure(host.client.http.request({ url }), RpcError);
  assert.is(error.message, refusal.message);
  assert.equal([host.client.http.live, host.server.of('http/cancel')], [[], []]);
});

test('responses that have no body have none, whatever comes', async () => {
  await using host = await connectHttp({ 'http/request': ({ method }) => head(method === 'HEAD' ? 200 : 204) });
  for (const method of ['HEAD', 'GET']) assert.is((await host.client.http.request({ url, method })).body, null);
  for (const id of ['http-1', 'http-2']) host.delta(id, 1, '', { done: true });
  await host.client.environment.status();
  assert.equal([host.client.http.live, host.server.of('http/cancel')], [[], []]);
});

test('H5: an abort ends the exchange upstream, before the head and behind it', async () => {
  await using host = await connectHttp({ 'http/request': ({ url: asked }) => (asked === url ? head(200) : noAnswer) });
  const controller = new AbortController();
  const { body } = await host.client.http.request({ url, signal: controller.signal });
  const waiting = host.client.http.request({ url: 'http://origin.test/never', signal: controller.signal });
  await host.server.request('http/request', 2);
  controller.abort(new Error('enough'));
  assert.is((await failure(waiting, Error)).message, 'enough');
  assert.is((await failure(textOf(body), Error)).message, 'enough');
  await host.server.request('http/cancel', 2);
  assert.equal(
    host.server.of('http/cancel').map(({ params }) => params['requestId']),
    ['http-1', 'http-2'],
  );
  host.delta('http-1', 1, '', { done: true, error: 'cancelled' });
  assert.equal(host.client.http.live, []);
  const refused = host.client.http.request({ url, signal: controller.signal });
  assert.is((await failure(refused, Error)).message, 'enough');
  assert.is(host.server.of('http/request').length, 2);
});

test('cancelling a body ends the exchange upstream; one that is over needs no more', async () => {
  await using host = await connectHttp();
  const first = await host.client.http.request({ url });
  await first.body?.cancel();
  await host.server.request('http/cancel');
  const second = await host.client.http.request({ url });
  host.delta('http-2', 1, 'all', { done: true });
  await host.client.environment.status();
  await second.body?.cancel();
  await host.client.environment.status();
  assert.is(host.server.of('http/cancel').length, 1);
});

test('a server that cannot cancel is let go on: what still comes is dropped, and the id remembered to its end', async () => {
  await using host = await connectHttp({}, []);
  const { body } = await host.client.http.request({ url });
  host.delta('http-1', 1, 'a');
  await body?.cancel();
  assert.equal([host.client.http.live, host.client.http.abandoned], [[], ['http-1']]);
  host.delta('http-1', 2, 'b');
  host.delta('http-1', 3, '', { done: true });
  await host.client.environment.status();
  assert.equal([host.client.http.abandoned, host.server.of('http/cancel')], [[], []]);
  for (let count = 0; count <= limits.abandonedExchanges; count++) await (await host.client.http.request({ url })).body?.cancel();
  assert.is(host.client.http.abandoned.length, limits.abandonedExchanges);
  assert.is(host.client.http.abandoned[0], 'http-3', 'the oldest is forgotten');
});

test('T3, P5: when the line breaks bodies fail at once, and what was read before counts', async () => {
  await using host = await connectHttp();
  const { body } = await host.client.http.request({ url });
  host.delta('http-1', 1, 'part');
  const reader = (body as ReadableStream<Uint8Array>).getReader();
  assert.is(Buffer.from((await reader.read()).value ?? []).toString(), 'part');
  const read = reader.read();
  host.server.cut();
  const error = await failure(read, DisconnectedError);
  assert.is(error.message, 'the connection was lost before the body of the response was complete');
  await host.client.environment.status();
  assert.equal([host.client.http.live, host.server.of('http/cancel'), host.server.of('http/request').length], [[], [], 1]);
});

test('T4, P5: when the line breaks before the answer the outcome is unknown, of reads as well, and nothing is repeated', async () => {
  await using host = await connectHttp({ 'http/request': () => noAnswer });
  const asked = ['GET', 'POST'].map((method) => failure(host.client.http.request({ url, method }), OutcomeUnknownError));
  await host.server.request('http/request', 2);
  host.server.cut();
  for (const error of await Promise.all(asked)) assert.is(error.method, 'http/request');
  await host.client.environment.status();
  assert.equal([host.client.http.live, host.server.of('http/request').length], [[], 2]);
});

test('a request made while the line is away goes out on the next', async () => {
  await using host = await connectHttp();
  host.server.cut();
  const { status, body } = await host.client.http.request({ url });
  host.delta('http-1', 1, 'there', { done: true });
  assert.equal([status, await textOf(body), host.server.channels.length], [200, 'there', 2]);
});

test('P5: closing the client ends every exchange', async () => {
  const host = await connectHttp({ 'http/request': ({ url: asked }) => (asked === url ? head(200) : noAnswer) });
  const { body } = await host.client.http.request({ url });
  const waiting = failure(host.client.http.request({ url: 'http://origin.test/never' }), DisconnectedError);
  await host.server.request('http/request', 2);
  await host.client.close();
  await waiting;
  await failure(textOf(body), DisconnectedError);
  assert.equal(host.client.inspect().httpExchanges, []);
});

test('the server is granted more as the body is read', async () => {
  await using host = await connectHttp();
  const { body } = await host.client.http.request({ url });
  const reader = (body as ReadableStream<Uint8Array>).getReader();
  const piece = new Uint8Array(1024 * 1024);
  for (let seq = 1; seq <= 4; seq++) host.delta('http-1', seq, piece);
  await host.client.environment.status();
  assert.is(host.server.of('http/grant').length, 0);
  await reader.read();
  const { params } = await host.server.request('http/grant');
  assert.equal(params, { requestId: 'http-1', bytes: piece.length });
});

test('without credit a slow reader holds the connection back, and goes on without loss', async () => {
  await using host = await connectHttp({}, []);
  const { body } = await host.client.http.request({ url });
  for (let seq = 1; seq <= 8; seq++) host.server.channel.deliver(deltaOf('http-1', seq, 300_000, seq === 8));
  assert.ok(host.server.channel.isPaused);
  assert.is((await new Response(body).arrayBuffer()).byteLength, 8 * 300_000);
  assert.not.ok(host.server.channel.isPaused);
});

test('T3: without credit, what nobody reads is bounded, and the body that exceeds it fails', async () => {
  await using host = await connectHttp({}, []);
  const { body } = await host.client.http.request({ url });
  const pieces = limits.undeliveredBodyBytes / (1024 * 1024) + 1;
  for (let seq = 1; seq <= pieces; seq++) host.server.channel.deliver(deltaOf('http-1', seq, 1024 * 1024, false), true);
  const error = await failure(textOf(body), HttpBodyError);
  assert.is(error.message, 'more of the body of the response has come than is kept, and the server cannot wait');
  assert.equal(host.client.http.abandoned, ['http-1']);
  await host.client.environment.status();
});

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

test('redirects are followed from here where the server does not tell where they led', async () => {
  const script = {
    'http/request': ({ url: asked }: { url: string }) => (asked.endsWith('/end') ? head(200) : head(302, { location: '/end' })),
  };
  await using host = await connectHttp(script, []);
  const { status, url: from, redirected } = await host.client.http.request({ url, method: 'POST', body: 'x' });
  assert.equal([status, from, redirected], [200, 'http://origin.test/end', true]);
  assert.equal(
    host.server.of('http/request').map(({ params }) => [params['method'], params['url'], params['bodyBase64'], params['redirectPolicy']]),
    [
      ['POST', url, 'eA==', 'stop'],
      ['GET', 'http://origin.test/end', undefined, 'stop'],
    ],
  );
  const stopped = await host.client.http.request({ url, redirect: 'stop' });
  assert.equal([stopped.status, stopped.redirected], [302, false]);
});

test('redirects that do not end are an error, and none is left open', async () => {
  await using host = await connectHttp({ 'http/request': () => head(302, { location: '/' }) }, []);
  const error = await failure(host.client.http.request({ url }), HttpRedirectError);
  assert.is(error.message, 'more than 10 redirects');
  assert.is(host.server.of('http/request').length, 11);
});

test('the server that tells where redirects led follows them, unless somebody wants to see them', async () => {
  const final = { ...head(200), url: 'http://origin.test/end', redirected: true };
  await using host = await connectHttp(
    { 'http/request': ({ redirectPolicy }) => (redirectPolicy === 'follow' ? final : head(302, { location: '/end' })) },
    httpCapabilities,
  );
  const { url: from, redirected } = await host.client.http.request({ url });
  assert.equal([from, redirected], ['http://origin.test/end', true]);
  const seen: string[] = [];
  await failure(host.client.http.request({ url, onRedirect: ({ url: from }) => seen.push(from) }), HttpRedirectError);
  assert.equal(seen.slice(0, 2), [url, 'http://origin.test/end']);
});

/** A whole notification, to be delivered within the call. */
function deltaOf(requestId: string, seq: number, bytes: number, done: boolean) {
  const deltaBase64 = Buffer.alloc(bytes).toString('base64');
  return { method: 'http/request/bodyDelta', params: { requestId, seq, deltaBase64, done, error: null } };
}
