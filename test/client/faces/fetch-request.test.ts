import { limits } from '@exec-server/protocol';
import * as assert from 'uvu/assert';
import { standardDecoders } from '#client/faces/content-decoding.js';
import { toRequestOptions } from '#client/faces/fetch-request.js';
import { suite } from '../../harness/test.js';

const test = suite('fetch-request');

const url = 'http://a.test/';

async function convert(input: string | URL | Request, init?: RequestInit, more = {}) {
  const request = new Request(input, { duplex: 'half', ...init, signal: null });
  const options = await toRequestOptions(request, input, init, { signal: init?.signal ?? undefined, decoders: standardDecoders, ...more });
  const headers = Object.fromEntries((options.headers ?? []).map(({ name, value }) => [name, value]));
  return { ...options, headers };
}

const ours = { 'accept-encoding': 'gzip, deflate', 'user-agent': 'exec-server' };
const textOf = async (body: unknown): Promise<string> => new Response(body as Uint8Array).text();

test('method, URL, headers and redirect mode are those of the request', async () => {
  const { method, url: to, headers, redirect, body } = await convert(new URL(url), { method: 'post', headers: [['X-A', '1'], ['x-a', '2']], redirect: 'manual' }); // prettier-ignore
  assert.equal([method, to, redirect, await textOf(body)], ['POST', url, 'stop', ''], 'an empty body has a length');
  assert.is((await convert(url)).body, undefined);
  assert.equal(headers, { ...ours, 'x-a': '1, 2' });
  const fromRequest = await convert(new Request(url, { method: 'DELETE', headers: { a: 'b' } }), { headers: { c: 'd' } });
  assert.equal([fromRequest.method, fromRequest.redirect, fromRequest.headers], ['DELETE', 'follow', { ...ours, c: 'd' }]);
});

test('headers that pages may not set can be set, ours as well', async () => {
  const given = { cookie: 'a=1', host: 'b.test', 'accept-encoding': 'br', 'user-agent': 'mine', referer: 'http://c.test/' };
  assert.equal((await convert(url, { headers: given })).headers, given);
});

test('a part of something is asked for without codings', async () => {
  assert.is((await convert(url, { headers: { range: 'bytes=0-9' } })).headers['accept-encoding'], 'identity');
});

test('headers for all requests give way to those of one', async () => {
  const headers = [
    { name: 'X-Key', value: '', valueEnvVar: 'KEY' },
    { name: 'X-Own', value: 'all' },
  ];
  const request = new Request(url);
  const options = await toRequestOptions(request, request, { headers: { 'x-own': 'one' } }, { signal: undefined, decoders: {}, headers });
  assert.equal(options.headers?.slice(0, 2), [{ name: 'x-own', value: 'one' }, headers[0]]);
});

const bytes = (text: string): string => Buffer.from(text).toString('latin1');

test('header values are bytes here and text there', async () => {
  const { headers } = await convert(url, { headers: { a: bytes('€'), b: 'caf\xe9' } });
  assert.equal([headers['a'], headers['b']], ['€', 'café']);
});

test('short bodies of every kind are sent at once, with their type', async () => {
  const form = new FormData();
  form.append('a', '1');
  for (const [body, text, type] of [
    ['text', 'text', 'text/plain;charset=UTF-8'],
    [new Uint8Array([65, 66]), 'AB', undefined],
    [new URLSearchParams({ a: '1 2' }), 'a=1+2', 'application/x-www-form-urlencoded;charset=UTF-8'],
    [new Blob(['blob'], { type: 'text/x' }), 'blob', 'text/x'],
    [form, /name="a"\r\n\r\n1\r\n/, /^multipart\/form-data; boundary=/],
  ] as const) {
    const { body: sent, headers } = await convert(url, { method: 'POST', body });
    assert.instance(sent, Uint8Array);
    assert.match(await textOf(sent), text);
    if (type === undefined) assert.is(headers['content-type'], undefined);
    else assert.match(String(headers['content-type']), type);
  }
  const { body, headers } = await convert(new Request(url, { method: 'PUT', body: '{}', headers: { 'content-type': 'application/json' } }));
  assert.equal([await textOf(body), body instanceof Uint8Array, headers['content-type']], ['{}', true, 'application/json']);
});

test('a stream is sent as it comes', async () => {
  const body = new Blob(['x']).stream();
  const options = await convert(url, { method: 'POST', body });
  assert.instance(options.body, ReadableStream);
  assert.is(await textOf(options.body), 'x');
});

test('a request whose body takes its time is sent as it comes, without loss', async () => {
  let enqueue!: (text: string | null) => void;
  const slow = new ReadableStream<Uint8Array>({
    start(controller) {
      enqueue = (text) => (text === null ? controller.close() : controller.enqueue(Buffer.from(text)));
    },
  });
  enqueue('a');
  const { body } = await convert(new Request(url, { method: 'POST', body: slow, duplex: 'half' }));
  assert.instance(body, ReadableStream);
  const text = textOf(body);
  enqueue('b');
  enqueue(null);
  assert.is(await text, 'ab');
});

test('a long blob is sent as a stream that tells its length', async () => {
  const blob = new Blob([new Uint8Array(3 * limits.inlineRequestBodyBytes)]);
  const { body, headers } = await convert(url, { method: 'POST', body: blob });
  assert.instance(body, ReadableStream);
  assert.is(headers['content-length'], String(blob.size));
  assert.is((await new Response(body as ReadableStream).arrayBuffer()).byteLength, blob.size);
});

const failureOf = (work: Promise<unknown>): Promise<Error | null> =>
  work.then(
    () => null,
    (error: Error) => error,
  );

test('a body that fails, or is aborted, is no request', async () => {
  const failing = new ReadableStream<Uint8Array>({ pull: (controller) => controller.error(new Error('the file is gone')) });
  const request = new Request(url, { method: 'POST', body: failing, duplex: 'half' });
  assert.is((await failureOf(convert(request)))?.message, 'the file is gone');
  let wasCancelled = false;
  const waiting = new ReadableStream<Uint8Array>({ cancel: () => void (wasCancelled = true) });
  const signal = AbortSignal.abort(new Error('enough'));
  const aborted = await failureOf(convert(new Request(url, { method: 'POST', body: waiting, duplex: 'half' }), { signal }));
  assert.equal([aborted?.message, wasCancelled], ['enough', true]);
});
