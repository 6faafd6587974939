import { DisconnectedError, HttpBodyError, OutcomeUnknownError } from '@exec-server/client';
import { limits } from '@exec-server/protocol';
import * as assert from 'uvu/assert';
import { failure } from '../../harness/failure.js';
import { connectHttp, head } from '../../harness/scripted-http.js';
import { noAnswer } from '../../harness/scripted-server.js';
import { suite } from '../../harness/test.js';

const test = suite('exchange');

const url = 'http://origin.test/path';
const textOf = (body: ReadableStream<Uint8Array> | null): Promise<string> => new Response(body).text();

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

/** A whole notification, to be delivered within the call. */
function deltaOf(requestId: string, seq: number, bytes: number, done: boolean) {
  const deltaBase64 = Buffer.alloc(bytes).toString('base64');
  return { method: 'http/request/bodyDelta', params: { requestId, seq, deltaBase64, done, error: null } };
}
