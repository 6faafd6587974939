import { getEventListeners } from 'node:events';
import { createExecutorFetch, RpcError, UnsupportedByServerError } from '@exec-server/client';
import * as assert from 'uvu/assert';
import { failure } from '../../harness/failure.js';
import { connectHttp, head } from '../../harness/scripted-http.js';
import { noAnswer } from '../../harness/scripted-server.js';
import { suite } from '../../harness/test.js';

const test = suite('fetch');

const url = 'http://origin.test/path';

test('every request has its response streamed, its redirects as the mode says, and no time limit', async () => {
  await using host = await connectHttp({ 'http/request': () => head(302, { location: '/' }) });
  const fetchThere = createExecutorFetch(host.client);
  await fetchThere(url);
  await fetchThere(url, { redirect: 'manual' });
  const error = await failure(fetchThere(url, { redirect: 'error' }), TypeError);
  assert.equal([error.message, (error.cause as Error).message], ['fetch failed', 'unexpected redirect']);
  const sent = host.server.of('http/request').map(({ params }) => params);
  assert.equal(
    sent.map(({ redirectPolicy, streamResponse, timeoutMs }) => [redirectPolicy, streamResponse, timeoutMs]),
    [
      ['follow', true, undefined],
      ['stop', true, undefined],
      ['stop', true, undefined],
    ],
  );
  const { params } = await host.server.request('http/cancel');
  assert.is(params['requestId'], 'http-3', 'nobody will read its body');
});

test('there is no response: a TypeError, whose cause tells why', async () => {
  const refusal = new RpcError('internal', 'http/request failed: error sending request');
  await using host = await connectHttp({ 'http/request': () => refusal }, []);
  const error = await failure(createExecutorFetch(host.client)(url), TypeError);
  assert.instance(error.cause, RpcError);
  assert.equal([error.message, (error.cause as Error).message], ['fetch failed', refusal.message]);
  const unsupported = await failure(createExecutorFetch(host.client, { headersTimeoutMs: 1 })(url), TypeError);
  assert.instance(unsupported.cause, UnsupportedByServerError);
});

test('what cannot be done is refused, and nothing is sent', async () => {
  await using host = await connectHttp();
  const fetchThere = createExecutorFetch(host.client);
  for (const [input, init] of [
    ['data:text/plain,x', {}],
    ['ftp://origin.test/', {}],
    ['/relative', {}],
    [url, { integrity: 'sha256-47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=' }],
    [url, { method: 'GET', body: 'x' }],
  ] as const) {
    await failure(fetchThere(input, init), TypeError);
  }
  assert.is(host.server.of('http/request').length, 0);
});

test('settings of the fetch go with every request', async () => {
  await using host = await connectHttp();
  const headers = [{ name: 'authorization', value: 'Bearer ', valueEnvVar: 'API_TOKEN' }];
  await createExecutorFetch(host.client, { headers, headersTimeoutMs: 5, idleTimeoutMs: 6 })(url);
  const { params } = await host.server.request('http/request');
  assert.equal((params['headers'] as unknown[])[0], headers[0]);
  assert.equal([params['headersTimeoutMs'], params['idleTimeoutMs']], [5, 6]);
});

test('many requests may share a signal, whose reason they all fail with', async () => {
  await using host = await connectHttp({ 'http/request': () => noAnswer });
  const fetchThere = createExecutorFetch(host.client);
  const controller = new AbortController();
  const { signal } = controller;
  const asked = Array.from({ length: 30 }, () => failure(fetchThere(url, { signal }), Error));
  await host.server.request('http/request', 30);
  assert.is(getEventListeners(signal, 'abort').length, 1);
  controller.abort(new Error('enough'));
  for (const error of await Promise.all(asked)) assert.is(error, signal.reason);
  await host.server.request('http/cancel', 30);
});

test('the signal of a Request counts, unless there is another', async () => {
  await using host = await connectHttp({ 'http/request': () => noAnswer });
  const fetchThere = createExecutorFetch(host.client);
  const controller = new AbortController();
  const asked = failure(fetchThere(new Request(url, { signal: controller.signal })), Error);
  await host.server.request('http/request');
  controller.abort();
  assert.is((await asked).name, 'AbortError');
  const aborted = new Request(url, { signal: controller.signal });
  assert.is((await failure(fetchThere(aborted), Error)).name, 'AbortError');
  const other = AbortSignal.abort(new Error('mine'));
  assert.is((await failure(fetchThere(new Request(url), { signal: other }), Error)).message, 'mine');
});
