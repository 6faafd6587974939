import { HttpRedirectError, RpcError, UnsupportedByServerError } from '@exec-server/client';
import { limits } from '@exec-server/protocol';
import * as assert from 'uvu/assert';
import { failure } from '../../harness/failure.js';
import { connectHttp, head, httpCapabilities } from '../../harness/scripted-http.js';
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

test('redirects of a body that is sent in pieces are followed from here, where it still is', async () => {
  await using host = await connectHttp({
    'http/request': ({ url: asked }) => (asked === url ? head(307, { location: '/end' }) : head(200)),
  });
  const body = new Uint8Array(limits.inlineRequestBodyBytes + 1);
  const { status, redirected } = await host.client.http.request({ url, method: 'PUT', body });
  assert.equal([status, redirected], [200, true]);
  const stream = new Blob([body]).stream();
  await failure(host.client.http.request({ url, method: 'PUT', body: stream }), HttpRedirectError);
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
  await failure(host.client.http.request({ url, onRedirect: (step) => seen.push(step.url) }), HttpRedirectError);
  assert.equal(seen.slice(0, 2), [url, 'http://origin.test/end']);
});
