import { methods } from '@exec-server/protocol/schemas';
import * as assert from 'uvu/assert';
import { HeaderVariables } from '#server/http/header-variables.js';
import { checkRequest } from '#server/http/outgoing-request.js';
import { refusalOf } from '../../harness/failure.js';
import { headers, requestParams } from '../../harness/http-asking.js';
import { suite } from '../../harness/test.js';

const test = suite('outgoing request');

const variables = new HeaderVariables(
  new Map([
    ['TOKEN', 'secret'],
    ['LINES', 'a\nb'],
  ]),
  null,
);

function check(more: Readonly<Record<string, unknown>>, url = 'http://h/') {
  return checkRequest(methods['http/request'].params.parse(requestParams(url, more)), variables, null);
}

const refusal = (more: Readonly<Record<string, unknown>>, url?: string): string => refusalOf(() => check(more, url));
const sent = (more: Readonly<Record<string, unknown>>, url?: string): string[] =>
  check(more, url).headers.map(({ name, value }) => `${name}: ${value}`);

test('a method is any word, as it is written, but for CONNECT', () => {
  for (const method of ['get', 'PATCH', "M-SEARCH!#$%&'*+.^_`|~9", 'a'.repeat(300)]) assert.is(check({ method }).method, method);
  for (const method of ['', 'G T', 'GÉT', 'G\tT', 'GET\r\nx: y']) {
    assert.is(refusal({ method }), '-32602 http/request method is invalid: invalid HTTP method');
  }
  assert.is(refusal({ method: 'CONNECT' }), '-32602 http/request method is not supported: CONNECT');
});

test('names of headers are checked, sent in lower case, and grouped', () => {
  assert.equal(sent({ headers: headers(['B', '1'], ['A', '2'], ['b', '3']) }), ['b: 1', 'b: 3', 'a: 2']);
  for (const name of ['', 'X Y', 'é', 'a:', 'x\n']) {
    assert.is(refusal({ headers: headers([name, 'v']) }), '-32602 http/request header name is invalid: invalid HTTP header name');
  }
});

test('values of headers are any text without control characters', () => {
  assert.equal(sent({ headers: headers(['a', ''], ['b', '  x\ty '], ['c', 'é€'], ['d', 'a\x80b']) }), [
    'a: ',
    'b:   x\ty ',
    'c: é€',
    'd: a\x80b',
  ]);
  for (const value of ['a\nb', 'a\rb', 'a\0b', 'a\x7fb', 'a\x1bb']) {
    assert.is(
      refusal({ headers: headers(['X-Y', value]) }),
      '-32602 http/request header value is invalid for X-Y: failed to parse header value',
    );
  }
});

function header(value: string, valueEnvVar: string | null) {
  return [{ name: 'Authorization', value, valueEnvVar }];
}

test('the value of a variable of the server goes behind the value, and is checked like it', () => {
  assert.equal(sent({ headers: header('Bearer ', 'TOKEN') }), ['authorization: Bearer secret']);
  assert.equal(sent({ headers: header('plain', null) }), ['authorization: plain']);
  assert.match(refusal({ headers: header('', 'LINES') }), 'header value is invalid for Authorization');
  assert.match(refusal({ headers: header('', 'OPENAI_API_KEY') }), 'cannot use executor environment variable OPENAI_API_KEY');
});

test('credentials of the URL become a header, unless there is one, and are in the URL no more', () => {
  const request = check({ headers: headers(['x', 'y']) }, 'http://u:p@h/');
  assert.equal(
    [request.url.href, ...request.headers.map(({ name, value }) => `${name}: ${value}`)],
    ['http://h/', 'authorization: Basic dTpw', 'x: y'],
  );
  assert.equal(sent({ headers: headers(['Authorization', 'Bearer z']) }, 'http://u:p@h/'), ['authorization: Bearer z']);
});

test('a body is what base64 stands for; none and an empty one are two things', () => {
  assert.is(check({}).body, null);
  assert.is(Buffer.from(check({ bodyBase64: 'YWI=' }).body as Uint8Array).toString(), 'ab');
  assert.is((check({ bodyBase64: '' }).body as Uint8Array).length, 0);
});
