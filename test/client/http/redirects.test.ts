import { HttpRedirectError } from '@exec-server/client';
import * as assert from 'uvu/assert';
import { firstHop, type Hop, isRedirect, nextHop } from '#client/http/redirects.js';
import { suite } from '../../harness/test.js';

const test = suite('redirects');

const names = ['authorization', 'cookie', 'content-type', 'x-own'];
const headers = names.map((name) => ({ name, value: name }));
const bytes = new Uint8Array(3);

function follow(status: number, location: string, method = 'GET', body: Hop['body'] = null): Hop {
  return nextHop(firstHop({ url: 'http://a.test/x/y', method, headers }, body), to(status, location), 0);
}

function to(status: number, location: string) {
  return { status, headers: [{ name: 'location', value: location }] };
}

test('only some statuses, with a place to go, are redirects', () => {
  for (const status of [301, 302, 303, 307, 308]) assert.ok(isRedirect(to(status, '/')));
  for (const status of [200, 300, 304, 305, 404]) assert.not.ok(isRedirect(to(status, '/')));
  assert.not.ok(isRedirect({ status: 302, headers: [] }));
});

test('where it leads is read relative to where it comes from', () => {
  assert.is(follow(302, 'z?q=1').url.href, 'http://a.test/x/z?q=1');
  assert.is(follow(302, '//b.test:81/').url.href, 'http://b.test:81/');
});

test('301 and 302 make a GET of a POST, 303 of everything but HEAD, 307 and 308 of nothing', () => {
  for (const [status, method, expected] of [
    [301, 'POST', 'GET'],
    [302, 'POST', 'GET'],
    [302, 'PUT', 'PUT'],
    [303, 'DELETE', 'GET'],
    [303, 'HEAD', 'HEAD'],
    [307, 'POST', 'POST'],
    [308, 'PATCH', 'PATCH'],
  ] as const) {
    const hop = follow(status, '/', method, bytes);
    assert.is(hop.method, expected, `${status} ${method}`);
    const isKept = expected === method;
    assert.is(hop.body, isKept ? bytes : null, `${status} ${method}`);
    assert.is(
      hop.headers.some(({ name }) => name === 'content-type'),
      isKept,
      `${status} ${method}`,
    );
  }
});

const sentTo = (location: string): string[] => follow(307, location).headers.map(({ name }) => name);

test('credentials do not go to another origin', () => {
  assert.equal(sentTo('http://a.test/z'), names);
  for (const elsewhere of ['http://b.test/', 'http://a.test:8080/', 'https://a.test/'])
    assert.equal(sentTo(elsewhere), ['content-type', 'x-own'], elsewhere);
});

const refusal = (work: () => unknown): string => {
  try {
    work();
  } catch (error) {
    assert.instance(error, HttpRedirectError);
    return (error as Error).message;
  }
  throw new Error('it was followed');
};

test('what cannot be followed is said', () => {
  assert.is(
    refusal(() => follow(302, 'ftp://a.test/')),
    'a redirect leads to a URL of the scheme ftp:',
  );
  assert.is(
    refusal(() => follow(302, 'http://')),
    'a redirect leads to what is no URL',
  );
  const stream = new ReadableStream<Uint8Array>();
  assert.is(
    refusal(() => follow(307, '/', 'POST', stream)),
    'a redirect (307) wants the body again, which was a stream',
  );
  assert.is(follow(303, '/', 'POST', stream).body, null);
  const hop = firstHop({ url: 'http://a.test/' }, null);
  assert.is(
    refusal(() => nextHop(hop, to(302, '/'), 10)),
    'more than 10 redirects',
  );
});
