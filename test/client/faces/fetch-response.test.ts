import type { HttpResponse } from '@exec-server/client';
import * as assert from 'uvu/assert';
import { standardDecoders } from '#client/faces/content-decoding.js';
import { toResponse } from '#client/faces/fetch-response.js';
import { suite } from '../../harness/test.js';

const test = suite('fetch-response');

function respond(options: Partial<HttpResponse> = {}): Response {
  const response = { status: 200, headers: [], url: 'http://a.test/', redirected: false, body: new Blob(['text']).stream(), ...options };
  return toResponse(response, standardDecoders, undefined);
}

test("it is the platform's Response, with all it can do", async () => {
  const response = respond({ headers: [{ name: 'content-type', value: 'application/json' }], body: new Blob(['{"a":1}']).stream() });
  assert.instance(response, Response);
  assert.equal(await response.clone().json(), { a: 1 });
  assert.equal(await response.json(), { a: 1 });
  assert.ok(response.bodyUsed);
  const form = respond({
    headers: [{ name: 'content-type', value: 'application/x-www-form-urlencoded' }],
    body: new Blob(['a=1&b=2']).stream(),
  });
  assert.equal(
    [...(await form.formData())],
    [
      ['a', '1'],
      ['b', '2'],
    ],
  );
});

test('where it came from is told, by copies too', () => {
  const response = respond({ url: 'http://b.test/end', redirected: true });
  for (const one of [response, response.clone(), response.clone().clone()]) {
    assert.equal([one.url, one.redirected, one.status, one.ok, one.type], ['http://b.test/end', true, 200, true, 'basic']);
  }
});

test('statuses that the constructor does not take are told all the same', () => {
  for (const status of [600, 999]) {
    const response = respond({ status });
    assert.equal([response.status, response.ok, response.clone().status], [status, false, status]);
  }
  for (const status of [204, 205, 304])
    assert.equal([respond({ status, body: null }).status, respond({ status, body: null }).body], [status, null]);
});

test('repeated headers stay apart where they have to', () => {
  const response = respond({
    headers: [
      { name: 'set-cookie', value: 'a=1, b' },
      { name: 'set-cookie', value: 'c=2' },
      { name: 'x-twice', value: '1' },
      { name: 'x-twice', value: '2' },
    ],
  });
  assert.equal(response.headers.getSetCookie(), ['a=1, b', 'c=2']);
  assert.is(response.headers.get('x-twice'), '1, 2');
});

test('header values that are more than Latin are bytes, as fetch has them', () => {
  assert.is(respond({ headers: [{ name: 'x-name', value: 'grüße €' }] }).headers.get('x-name'), Buffer.from('grüße €').toString('latin1'));
});

const failing = () => new ReadableStream<Uint8Array>({ pull: (controller) => controller.error(new Error('reset')) });

const failureOf = (response: Response): Promise<unknown> =>
  response.text().then(
    () => null,
    (error: unknown) => error,
  );

test('a body that fails is terminated, or aborted with the reason of the signal', async () => {
  const error = (await failureOf(respond({ body: failing() }))) as TypeError;
  assert.equal([error.constructor, error.message, (error.cause as Error).message], [TypeError, 'terminated', 'reset']);
  const signal = AbortSignal.abort(new Error('enough'));
  const aborted = toResponse({ status: 200, headers: [], url: '', redirected: false, body: failing() }, standardDecoders, signal);
  assert.is(await failureOf(aborted), signal.reason);
});
