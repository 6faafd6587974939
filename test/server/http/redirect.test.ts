import { Readable } from 'node:stream';
import * as assert from 'uvu/assert';
import type { Header } from '#server/http/header-list.js';
import { followRedirect, RedirectError } from '#server/http/redirect.js';
import { suite } from '../../harness/test.js';

const test = suite('redirect');

const body = Buffer.from('abcd');
const list = (...pairs: readonly string[]): Header[] =>
  pairs.map((pair) => ({ name: pair.slice(0, pair.indexOf(':')), value: pair.slice(pair.indexOf(':') + 1) }));

interface From {
  readonly method?: string;
  readonly url?: string;
  readonly headers?: readonly string[];
  readonly isUpload?: boolean;
}

/** Where a response with this status and location leads to, in short. */
function follow(
  status: number,
  location: string | null,
  { method = 'GET', url = 'http://h/a/b?c', headers = [], isUpload = false }: From = {},
) {
  const sent = method === 'GET' || method === 'HEAD' ? null : isUpload ? Readable.from([]) : body;
  const request = { method, url: new URL(url), headers: list(...headers), body: sent };
  const next = followRedirect(request, { status, headers: location === null ? [] : list(`location:${location}`) });
  return (
    next && { ...next, url: next.url.href, headers: next.headers.map(({ name, value }) => `${name}:${value}`), body: next.body !== null }
  );
}

test('only 301, 302, 303, 307 and 308 lead on', () => {
  for (const status of [200, 201, 300, 304, 305, 306, 309, 404]) assert.is(follow(status, '/x'), null, String(status));
  for (const status of [301, 302, 303, 307, 308]) assert.is(follow(status, '/x')?.url, 'http://h/x', String(status));
});

test('methods and bodies change as the base has it', () => {
  const lines: string[] = [];
  for (const status of [301, 302, 303, 307, 308]) {
    for (const method of ['GET', 'HEAD', 'POST', 'PUT', 'DELETE', 'post']) {
      const next = follow(status, '/x', {
        method,
        headers: ['content-type:t', 'content-length:4', 'content-encoding:g', 'content-language:en'],
      });
      lines.push(
        `${status} ${method}: ${next?.method}${next?.body ? ' with body' : ''}${next?.headers.includes('content-type:t') ? '' : ', without headers'}`,
      );
      assert.ok(next?.headers.includes('content-language:en'));
    }
  }
  assert.equal(lines, [
    ...['301', '302'].flatMap((status) => [
      `${status} GET: GET`,
      `${status} HEAD: HEAD`,
      `${status} POST: GET, without headers`,
      `${status} PUT: PUT with body`,
      `${status} DELETE: DELETE with body`,
      `${status} post: post with body`,
    ]),
    '303 GET: GET, without headers',
    '303 HEAD: HEAD, without headers',
    '303 POST: GET, without headers',
    '303 PUT: GET, without headers',
    '303 DELETE: GET, without headers',
    '303 post: GET, without headers',
    ...['307', '308'].flatMap((status) =>
      ['GET', 'HEAD', 'POST', 'PUT', 'DELETE', 'post'].map(
        (method) => `${status} ${method}: ${method}${/GET|HEAD/.test(method) ? '' : ' with body'}`,
      ),
    ),
  ]);
});

const secrets = ['authorization:a', 'cookie:b', 'proxy-authorization:c', 'x-api-key:d', 'host:custom'];

test('what is for one server only does not go to another host or port', () => {
  const at = (location: string): readonly string[] => follow(302, location, { headers: secrets })?.headers ?? [];
  assert.equal(at('/x'), [...secrets, 'referer:http://h/a/b?c']);
  assert.equal(at('http://h:80/x'), [...secrets, 'referer:http://h/a/b?c']);
  for (const location of ['http://h:81/', 'http://i/', '//i/', 'https://h/', 'http://sub.h/']) {
    assert.equal(at(location), ['x-api-key:d', 'referer:http://h/'], location);
  }
});

test('a header with the value of a variable does not go to another host, port or scheme', () => {
  const headers = [{ name: 'x-api-key', value: 'secret', isFromVariable: true }];
  const request = { method: 'GET', url: new URL('http://h/'), headers, body: null };
  const at = (location: string) => followRedirect(request, { status: 307, headers: list(`location:${location}`) })?.headers[0]?.value;
  assert.is(at('/x'), 'secret');
  for (const location of ['http://h:81/', 'http://i/', 'https://h/']) assert.is(at(location), 'http://h/', location);
});

test('the referer takes the place of the one that was sent, and is not told to those who can be overheard', () => {
  assert.equal(follow(302, '/x', { headers: ['referer:me'], url: 'http://u:p@h/a#f' })?.headers, ['referer:http://h/a']);
  assert.equal(follow(302, 'http://h/', { headers: ['referer:me'], url: 'https://h/secret' })?.headers, ['referer:me']);
});

test('the place is found as URLs are; what is no place is no redirect', () => {
  const places: Readonly<Record<string, string>> = {
    '': 'http://h/a/b?c',
    'x?y': 'http://h/a/x?y',
    '?y': 'http://h/a/b?y',
    '/a b"<>': 'http://h/a%20b%22%3C%3E',
    '//i/z': 'http://i/z',
    'http://u:p@i/': 'http://i/',
  };
  for (const [location, url] of Object.entries(places)) assert.is(follow(301, location)?.url, url, location);
  assert.is(follow(301, 'http://[zz'), null);
  assert.is(follow(301, null), null);
});

/** The words of the refusal. */
function refusal(call: () => unknown): string {
  try {
    call();
  } catch (error) {
    if (error instanceof RedirectError) return error.message;
  }
  return '';
}

test('another scheme is refused by name, and so is a body that would have to be sent twice', () => {
  assert.is(
    refusal(() => follow(301, 'ftp://x/')),
    'redirect target uses unsupported URL scheme: ftp',
  );
  assert.is(
    refusal(() => follow(301, 'data:,x')),
    'redirect target uses unsupported URL scheme: data',
  );
  assert.match(
    refusal(() => follow(307, '/x', { method: 'POST', isUpload: true })),
    'was streamed',
  );
  assert.is(follow(303, '/x', { method: 'POST', isUpload: true })?.body, false);
});
