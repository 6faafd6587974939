import type { IncomingMessage } from 'node:http';
import * as assert from 'uvu/assert';
import { normalizeTarget } from '#server/listen/request-target.js';
import { suite } from '../../harness/test.js';

const test = suite('request target');

function read(url: string, rawHeaders: readonly string[] = ['Host', 'header.example']) {
  const request = { url, headers: { host: 'header.example' }, rawHeaders } as unknown as IncomingMessage;
  return { fault: normalizeTarget(request), url: request.url, host: request.headers.host };
}

test('a path stays as it is', () => {
  for (const url of ['/', '/a?b=http://c', '*', '//a']) assert.equal(read(url), { fault: null, url, host: 'header.example' });
});

test('a whole URL becomes a path, and its host that of the request', () => {
  assert.equal(read('http://h.example:81/a?b#c'), { fault: null, url: '/a?b', host: 'h.example:81' });
  assert.equal(read('HTTPS://H.example'), { fault: null, url: '/', host: 'h.example' });
  assert.type(read('http://[').fault, 'string');
});

test('two hosts, and two credentials, are a fault', () => {
  assert.match(read('/', ['Host', 'a', 'HOST', 'a']).fault ?? '', /host/);
  assert.match(read('/', ['Host', 'a', 'authorization', 'x', 'Authorization', 'y']).fault ?? '', /authorization/);
  assert.is(read('/', ['Host', 'a', 'x', 'host', 'x', 'host']).fault, null);
});
