import { Readable } from 'node:stream';
import * as assert from 'uvu/assert';
import { checkFraming, frame } from '#server/http/framing.js';
import type { OutgoingRequest } from '#server/http/outgoing-request.js';
import { refusalOf } from '../../harness/failure.js';
import { suite } from '../../harness/test.js';

const test = suite('framing');

function request(headers: readonly string[], body: OutgoingRequest['body'] = null): OutgoingRequest {
  const list = headers.map((pair) => ({ name: pair.slice(0, pair.indexOf(':')), value: pair.slice(pair.indexOf(':') + 1) }));
  return { method: 'POST', url: new URL('http://h/'), headers: list, body };
}

const body = Buffer.from('abcd');

/** What goes out: headers, and the body as text, or `chunked` in front of it. */
async function framed(
  headers: readonly string[],
  given: OutgoingRequest['body'] = null,
  added: readonly string[] = [],
): Promise<readonly string[]> {
  const sent = frame(request(headers, given), request(added).headers);
  const pairs: string[] = [];
  for (let at = 0; at < sent.headers.length; at += 2) pairs.push(`${sent.headers[at]}:${sent.headers[at + 1]}`);
  if (!(sent.body instanceof Readable)) return [...pairs, sent.body === null ? '' : Buffer.from(sent.body).toString()];
  return [...pairs, `chunked ${Buffer.concat(await sent.body.toArray()).toString()}`];
}

test('`accept` is added unless it is there, and the headers the way needs likewise', async () => {
  assert.equal(await framed(['x:1', 'x:2']), ['x:1', 'x:2', 'accept:*/*', '']);
  assert.equal(await framed(['accept:a', 'host:b'], null, ['host:c', 'proxy-authorization:d']), [
    'accept:a',
    'host:b',
    'proxy-authorization:d',
    '',
  ]);
});

test('text goes out as its bytes in UTF-8', async () => {
  assert.equal(await framed(['x:é€']), ['x:\u00c3\u00a9\u00e2\u0082\u00ac', 'accept:*/*', '']);
});

test('what is between this server and the next is its own affair', async () => {
  assert.equal(await framed(['connection:foo, bar', 'keep-alive:3', 'upgrade:websocket', 'expect:100-continue', 'te:trailers'], body), [
    'te:trailers',
    'accept:*/*',
    'abcd',
  ]);
  assert.equal(await framed(['connection:x, Close']), ['accept:*/*', 'connection:close', '']);
});

test('a length that is too short cuts the body, one that makes no sense is left out', async () => {
  assert.equal(await framed(['content-length:2'], body), ['accept:*/*', 'ab']);
  assert.equal(await framed(['content-length:4', 'content-length:4'], body), ['accept:*/*', 'abcd']);
  for (const lengths of [['content-length:x'], ['content-length:4', 'content-length:3'], ['content-length:-1'], ['content-length:1.5']]) {
    assert.equal(await framed(lengths, body), ['accept:*/*', 'abcd']);
  }
  assert.equal(await framed(['content-length:0']), ['accept:*/*', 'content-length:0', '']);
  assert.equal(await framed([], Buffer.alloc(0)), ['accept:*/*', '']);
});

test('a body is sent in chunks when it is asked for, and when its length is not known', async () => {
  assert.equal(await framed(['transfer-encoding:Chunked', 'content-length:2'], body), ['accept:*/*', 'chunked abcd']);
  assert.equal(await framed(['transfer-encoding:chunked']), ['accept:*/*', '']);
  assert.equal(await framed([], Readable.from([body])), ['accept:*/*', 'chunked abcd']);
  assert.equal(await framed(['content-length:4'], Readable.from([body])), ['accept:*/*', 'content-length:4', 'chunked abcd']);
});

test('what cannot be sent is refused, by header and value', () => {
  const refusal = (headers: readonly string[], given: OutgoingRequest['body'] = null): string =>
    refusalOf(() => checkFraming(request(headers, given)));
  assert.is(refusal(['content-length:9'], body), '-32602 http/request header content-length promises 9 bytes, but the body has 4');
  assert.is(refusal(['content-length:5']), '-32602 http/request header content-length promises 5 bytes, but the body has 0');
  assert.is(refusal(['transfer-encoding:gzip'], body), '-32602 http/request header transfer-encoding is not supported: gzip');
  assert.is(refusal(['host:a', 'host:b']), '-32602 http/request header host is given more than once');
  checkFraming(request(['content-length:9'], Readable.from([])));
});
