import * as assert from 'uvu/assert';
import { Exchange, type ExchangeOptions, type ResponseHead } from '#server/http/exchange.js';
import type { HttpClient } from '#server/http/http-client.js';
import { HttpFailure } from '#server/http/http-failure.js';
import { OutboundPolicy } from '#server/http/outbound-policy.js';
import { ProxySettings } from '#server/http/proxy-settings.js';
import { Router } from '#server/http/router.js';
import { TrustStore } from '#server/http/trust-store.js';
import { createHttpClient } from '../../harness/http-calls.js';
import { HttpPeer, ok, type PeerAnswer } from '../../harness/http-peer.js';
import { suite } from '../../harness/test.js';

const test = suite('exchange');

const router = new Router({
  policy: new OutboundPolicy({ deny: ['*:9'] }),
  proxies: new ProxySettings(new Map()),
  trust: new TrustStore(new Map()),
});

interface Hearing {
  readonly exchange: Exchange;
  readonly log: string[];
  readonly over: Promise<void>;
  head: ResponseHead | null;
}

/** An exchange that is under way. `flows` says whether the body may come without being asked for. */
function start(client: HttpClient, url: string, more: Partial<ExchangeOptions> = {}, flows = true): Hearing {
  let settle!: () => void;
  const over = new Promise<void>((resolve) => (settle = resolve));
  const counters = { httpFailures: 0, httpBodyBytes: 0 };
  const request = { method: 'GET', url: new URL(url), headers: [], body: null };
  const times = { timeoutMs: null, headersTimeoutMs: null, idleTimeoutMs: null };
  const log: string[] = [];
  const end = (what: string): void => {
    log.push(what);
    settle();
  };
  const hearing: Hearing = {
    log,
    over,
    head: null,
    exchange: new Exchange(
      { client, router, counters, request, maxRedirects: 10, ...times, ...more },
      {
        head: (head) => {
          hearing.head = head;
          log.push(`head ${head.status}`);
          return flows;
        },
        data: (piece) => {
          log.push(piece.toString());
          return flows;
        },
        ended: () => end('ended'),
        failed: ({ message, reason }) => end(`${reason}: ${message.replaceAll(/:\d{4,5}/g, ':PORT')}`),
      },
    ),
  };
  hearing.exchange.start();
  return hearing;
}

/** What is heard of one exchange with a peer that has these answers. */
async function hear(
  answers: readonly PeerAnswer[],
  more: Partial<ExchangeOptions> = {},
  path = '/',
): Promise<Hearing & { peer: HttpPeer }> {
  await using peer = await HttpPeer.start(answers);
  const client = createHttpClient();
  const hearing = start(client, `${peer.url}${path}`, more);
  await hearing.over;
  client.close();
  return { ...hearing, head: hearing.head, peer };
}

const redirect = (location: string, more = 'content-length: 3\r\n\r\nmov'): string =>
  `HTTP/1.1 302 Found\r\nlocation: ${location}\r\n${more}`;

test('a response is told with where it came from, without credentials and fragment', async () => {
  const { log, head } = await hear([ok], {}, '/a?b#c');
  assert.equal(log, ['head 200', 'ok', 'ended']);
  assert.equal([head?.url.replace(/:\d+/, ''), head?.redirected, head?.announcedBytes], ['http://127.0.0.1/a?b', false, 2]);
});

test('redirects are followed on one connection, and told', async () => {
  const { log, head, peer } = await hear([redirect('/one'), redirect('/two'), ok]);
  assert.equal([log, head?.redirected, head?.url.endsWith('/two')], [['head 200', 'ok', 'ended'], true, true]);
  assert.equal(
    [peer.requests.map(({ line }) => line), peer.connections],
    [['GET / HTTP/1.1', 'GET /one HTTP/1.1', 'GET /two HTTP/1.1'], 1],
  );
});

test('a redirect whose body does not end is not waited for', async () => {
  const { log, peer } = await hear([redirect('/one', 'content-length: 1000\r\n\r\nx'), ok]);
  assert.equal([log, peer.connections], [['head 200', 'ok', 'ended'], 2]);
});

test('there are ten redirects at most, and none when they are not wanted', async () => {
  const loop = await hear([redirect('/')]);
  assert.equal([loop.log, loop.peer.requests.length], [['redirect: too many redirects'], 11]);
  assert.equal((await hear([...Array.from({ length: 10 }, () => redirect('/')), ok])).log.at(0), 'head 200');
  const stopped = await hear([redirect('/one')], { maxRedirects: null });
  assert.equal([stopped.log, stopped.head?.redirected], [['head 302', 'mov', 'ended'], false]);
});

test('a redirect to nowhere, to another scheme, and to a place that is refused are failures', async () => {
  assert.equal((await hear([redirect('ftp://x/')])).log, ['redirect: redirect target uses unsupported URL scheme: ftp']);
  assert.equal((await hear([redirect('http://127.0.0.1:1/x')])).log, [
    'ECONNREFUSED: error sending request for url (http://127.0.0.1:1/x)',
  ]);
  assert.equal((await hear([redirect('http://localhost:9/')])).log, [
    'DESTINATION_REFUSED: this server makes no requests to localhost port 9',
  ]);
  assert.match(String((await hear([redirect('http://[::ffff:169.254.169.254]/')])).log[0]), 'DESTINATION_REFUSED');
});

const silent: PeerAnswer = () => undefined;

test('H3: the time for everything runs over redirects, head and body', async () => {
  assert.equal((await hear([ok], { timeoutMs: 0 })).log, ['timeout: route-aware request timed out']);
  assert.equal((await hear([redirect('/x'), silent], { timeoutMs: 100 })).log, [
    'timeout: error sending request for url (http://127.0.0.1:PORT/x)',
  ]);
  const begun = 'HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nabc';
  assert.equal((await hear([begun], { timeoutMs: 1_500 })).log, ['head 200', 'abc', 'timeout: error decoding response body']);
  assert.equal((await hear([ok], { timeoutMs: 2 ** 64 })).log, ['head 200', 'ok', 'ended']);
});

/** The head at once, the body after more than two seconds. */
const late: PeerAnswer = (socket) => {
  socket.write('HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n');
  setTimeout(() => socket.write('ok'), 2_300);
};

test('H3: the time for the head ends with it', async () => {
  assert.equal((await hear([late], { headersTimeoutMs: 2_000 })).log, ['head 200', 'ok', 'ended']);
  assert.match(String((await hear([silent], { headersTimeoutMs: 50 })).log[0]), 'headers timeout: error sending request');
});

/** Six bytes in more than two seconds, and then nothing. */
const drip: PeerAnswer = (socket) => {
  socket.write('HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\n');
  let left = 6;
  const timer = setInterval(() => (left-- > 0 ? socket.write('x') : clearInterval(timer)), 400);
  socket.once('close', () => clearInterval(timer));
};

test('H3: the time for silence begins anew with every piece, and does not run while nobody asks for one', async () => {
  const { log } = await hear([drip], { idleTimeoutMs: 2_000 });
  assert.is(log.join(' ').replaceAll(/(?<=x) (?=x)/g, ''), 'head 200 xxxxxx idle timeout: error decoding response body');
  await using peer = await HttpPeer.start(['HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nabc']);
  const client = createHttpClient();
  const paused = start(client, peer.url, { idleTimeoutMs: 50 }, false);
  while (paused.head === null) await new Promise(setImmediate);
  await new Promise((resolve) => setTimeout(resolve, 200));
  assert.equal(paused.log, ['head 200']);
  paused.exchange.resume();
  while (paused.log.length < 2) await new Promise(setImmediate);
  await new Promise((resolve) => setTimeout(resolve, 200));
  assert.equal(paused.log, ['head 200', 'abc']);
  paused.exchange.resume();
  await paused.over;
  assert.match(String(paused.log[2]), 'idle timeout');
  client.close();
});

test('what was decided first holds, and nothing is heard after it', async () => {
  await using peer = await HttpPeer.start([() => undefined]);
  const client = createHttpClient();
  const { exchange, log } = start(client, peer.url);
  await peer.until(() => peer.requests.length === 1);
  assert.equal([exchange.state, exchange.fail(new HttpFailure('a', 'b')), exchange.fail(new HttpFailure('c', 'd'))], ['head', true, false]);
  const closed = start(client, peer.url);
  closed.exchange.close();
  assert.equal([exchange.state, closed.exchange.fail(new HttpFailure('a', 'b')), closed.log], ['over', false, []]);
  await peer.until(() => peer.sockets.size === 0);
  assert.equal(log, ['b: a']);
  client.close();
});

test('lengths are told as far as they are known', async () => {
  const announced = async (head: string, more = {}): Promise<unknown> =>
    (await hear([(socket) => socket.end(`HTTP/1.1 ${head}\r\n\r\n`)], more)).head?.announcedBytes;
  assert.is(await announced('200 OK'), null);
  assert.is(await announced('304 X\r\ncontent-length: 5'), 0);
  const request = { method: 'HEAD', url: new URL('http://x'), headers: [], body: null };
  await using peer = await HttpPeer.start(['HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\n']);
  assert.is((await hear([ok], { request: { ...request, url: new URL(peer.url) } })).head?.announcedBytes, 0);
});
