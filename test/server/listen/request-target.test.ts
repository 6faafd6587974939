import type { IncomingMessage } from 'node:http';
import * as assert from 'uvu/assert';
import { normalizeTarget } from '#server/listen/request-target.js';
import { suite } from '../../harness/test.js';

const test = suite('request target');

function read(url: string, rawHeaders: readonly string[] = ['Host', 'header.example']) {
  const request = { url, headers: { host: 'header.example', authorization: 'x' }, rawHeaders } as unknown as IncomingMessage;
  return { fault: normalizeTarget(request), url: request.url, host: request.headers.host, authorization: request.headers.authorization };
}

test('a path stays as it is', () => {
  for (const url of ['/', '/a?b=http://c', '*', '//a'])
    assert.equal(read(url), { fault: null, url, host: 'header.example', authorization: 'x' });
});

test('a whole URL becomes a path, and its host that of the request', () => {
  assert.equal(read('http://h.example:81/a?b#c'), { fault: null, url: '/a?b', host: 'h.example:81', authorization: 'x' });
  assert.equal(read('HTTPS://H.example'), { fault: null, url: '/', host: 'h.example', authorization: 'x' });
  assert.type(read('http://[').fault, 'string');
});

test('two hosts are a fault, and two credentials are none', () => {
  assert.match(read('/', ['Host', 'a', 'HOST', 'a']).fault ?? '', /Host/);
  const twice = read('/', ['Host', 'a', 'authorization', 'x', 'Authorization', 'y']);
  assert.equal([twice.fault, twice.authorization], [null, undefined]);
  assert.is(read('/', ['Host', 'a', 'x', 'host', 'x', 'host']).fault, null);
});
