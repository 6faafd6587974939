import type { Socket } from 'node:net';
import { headers } from '../harness/http-asking.js';
import { ok, type PeerAnswer } from '../harness/http-peer.js';
import type { HttpCase } from './http-account.js';

const bodyBase64 = Buffer.from('abcd').toString('base64');

const list = (...pairs: readonly string[]) =>
  headers(...pairs.map((pair) => [pair.slice(0, pair.indexOf(':')), pair.slice(pair.indexOf(':') + 1)] as const));

const get = (...pairs: readonly string[]) => ({ headers: list(...pairs) });
const post = (...pairs: readonly string[]) => ({ method: 'POST', bodyBase64, headers: list(...pairs) });

const refused = '<- -32603 http/request failed: error sending request for url (http://127.0.0.1:PORT/)';
const plain = '-> GET / HTTP/1.1 | accept: */* | host: 127.0.0.1:PORT | ';
const posted = '-> POST / HTTP/1.1 | accept: */* | content-length: 4 | host: 127.0.0.1:PORT | abcd';
const fine = '<- 200 | content-length: 2 | ok';

/** What goes out. */
export const requestCases: Readonly<Record<string, HttpCase>> = {
  'nothing special': { params: {} },
  'a query and a fragment': { params: { url: 'http://PEER?x=1#f' } },
  'a URL with everything': { params: { url: 'HTTP://PEER\\a b"<>|^`{}/../%zz/ü?q=a b"<>|^`{}\'ü#f' } },
  'blanks around a URL': { params: { url: '  http://PEER/a\tb\nc ' } },
  'a method in lower case': { params: { method: 'get' } },
  'an unknown method': { params: { method: "M-SEARCH'!" } },
  'TRACE, OPTIONS and others': { params: { method: 'TRACE' } },
  CONNECT: { params: { method: 'CONNECT' }, differs: ['<- -32602 http/request method is not supported: CONNECT'] },
  'headers in order': { params: get('B:1', 'A:2', 'b:3', 'Accept:x/y', 'User-Agent:me', 'Accept-Encoding:gzip') },
  'values of all kinds': { params: get('a:é€', 'b:', 'c:  x  ', 'd:x\ty', 'e:x\x80y') },
  POST: { params: post('Content-Type:t/x') },
  'POST without a body': { params: { method: 'POST' } },
  'PUT with an empty body': { params: { method: 'PUT', bodyBase64: '' } },
  'GET with a body': { params: { bodyBase64 } },
  'DELETE with a body': { params: { method: 'DELETE', bodyBase64 } },
  'credentials in the URL': { params: { url: 'http://us%20er:p%40ss@PEER/x', headers: list('x:y') } },
  'a user in the URL': { params: { url: 'http://user@PEER/' } },
  'a password in the URL': { params: { url: 'http://:secret@PEER/' } },
  'credentials in the URL and as a header': { params: { url: 'http://user:pw@PEER/x', headers: list('Authorization:Bearer z') } },
  'credentials for a proxy and cookies': { params: get('Proxy-Authorization:x', 'Cookie:a=b') },
  'a host of its own': { params: get('Host:other.example') },
  'two hosts': { params: get('Host:a', 'host:b'), differs: ['<- -32602 http/request header host is given more than once'] },
  'a length that is right': { params: post('Content-Length:4') },
  'a length that is short': { params: post('Content-Length:2') },
  'a length that is none': { params: post('Content-Length:x') },
  'two lengths': { params: post('Content-Length:4', 'content-length:3') },
  'the same length twice': { params: post('Content-Length:4', 'content-length:4'), differs: [posted, fine] },
  chunks: { params: post('Transfer-Encoding:chunked') },
  'chunks and a length': { params: post('Transfer-Encoding:chunked', 'Content-Length:2') },
  'another coding': {
    params: post('Transfer-Encoding:gzip'),
    differs: ['<- -32602 http/request header transfer-encoding is not supported: gzip'],
  },
  'an end of the connection': { params: get('Connection:close') },
  'something else of the connection': { params: get('Connection:foo, bar'), differs: [plain, fine] },
  'an upgrade': { params: get('Connection:upgrade', 'Upgrade:websocket'), differs: [plain, fine] },
  'how long to keep it': { params: get('Keep-Alive:timeout=3'), differs: [plain, fine] },
  'an expectation': { params: post('Expect:100-continue'), differs: [posted, fine] },
  trailers: { params: get('TE:trailers', 'Trailer:x') },
};

/** What is refused before it goes out. */
export const refusalCases: Readonly<Record<string, HttpCase>> = Object.fromEntries(
  [
    ...[
      '',
      'foo',
      '//h/x',
      'http://',
      'http:',
      'http://[::1',
      'http://[zz]/',
      'http://h:99999/',
      'http://h:x/',
      'http://a b/',
      'http://a%20b/',
    ],
    ...[
      'ftp://x/',
      'file:///etc/passwd',
      'data:,x',
      'ws://h/',
      'http://user@/x',
      'http://256.256.256.256/',
      'http://xn--/',
      'http://h\u0001/',
      'a:b',
    ],
  ]
    .map((url): [string, HttpCase] => [`the URL ${JSON.stringify(url)}`, { params: { url } }])
    .concat(
      ['', 'G T', 'GÉT', 'G\tT'].map((method): [string, HttpCase] => [`the method ${JSON.stringify(method)}`, { params: { method } }]),
      ['X Y', '', 'é'].map((name): [string, HttpCase] => [`the name ${JSON.stringify(name)}`, { params: get(`${name}:x`) }]),
      ['a\nb', 'a\x7fb', 'a\0b'].map((value): [string, HttpCase] => [
        `the value ${JSON.stringify(value)}`,
        { params: get(`X-Y:${value}`) },
      ]),
      Object.entries({
        'a negative time': { timeoutMs: -1 },
        'half a millisecond': { timeoutMs: 0.5 },
        'base64 that is none': { bodyBase64: 'a!' },
        'base64 without padding': { bodyBase64: 'YQ' },
        'no id': { requestId: null },
        'no headers': { headers: null },
        'an unknown policy': { redirectPolicy: 'x' },
        'streaming neither yes nor no': { streamResponse: null },
        'a time of nothing': { timeoutMs: 0 },
        'a server that is not there': { url: 'http://u:p@127.0.0.1:1/x?y#z' },
        'a name that is not known': { url: 'http://no-such-host.invalid/' },
      }).map(([name, params]): [string, HttpCase] => [name, { params }]),
    ),
);

const end =
  (text: string): PeerAnswer =>
  (socket: Socket) =>
    void socket.end(Buffer.from(text, 'latin1'));

const response = (head: string, body = ''): HttpCase => ({ params: {}, answers: [`HTTP/1.1 ${head}\r\n\r\n${body}`] });
const closing = (head: string, body = ''): HttpCase => ({ params: {}, answers: [end(`HTTP/1.1 ${head}\r\n\r\n${body}`)] });
const chunked = '200 OK\r\ntransfer-encoding: chunked';
const length = (count: number | string): string => `200 OK\r\ncontent-length: ${count}`;
const failing = [plain, refused];

/** What comes back. */
export const responseCases: Readonly<Record<string, HttpCase>> = {
  'repeated headers': response('200 OK\r\nA: 1\r\nB: 2\r\na: 3\r\ncontent-length: 0'),
  'headers beyond ASCII': closing('200 OK\r\nX: a\xe9b\r\nY: t\tb\r\nZ:\r\nW:   sp  \r\ncontent-length: 0'),
  'a body that is coded': response('200 OK\r\ncontent-encoding: gzip\r\ncontent-length: 2', 'ok'),
  '100 unasked': response(`100 Continue\r\n\r\nHTTP/1.1 ${length(2)}`, 'ok'),
  '103': response(`103 Early\r\nlink: x\r\n\r\nHTTP/1.1 ${length(2)}`, 'ok'),
  '101': { ...response('101 Switching\r\nupgrade: x\r\nconnection: upgrade'), differs: failing },
  '204': response('204 No Content'),
  '204 with a length': response('204 No Content\r\ncontent-length: 3'),
  '304 with a length': response('304 Not Modified\r\ncontent-length: 3'),
  '404': response('404 Not Found\r\ncontent-length: 2', 'no'),
  '999': response('999 X\r\ncontent-length: 2', 'no'),
  '099': response('099 X\r\ncontent-length: 2', 'no'),
  'no reason': response('200\r\ncontent-length: 2', 'ok'),
  'a body up to the end': closing('200 OK', 'hello'),
  'HTTP/1.0': { params: {}, answers: [end('HTTP/1.0 200 OK\r\n\r\nhello')] },
  'no HTTP at all': { params: {}, answers: [end('hello')] },
  chunks: response(chunked, '3\r\nabc\r\n2;x=y\r\nde\r\n0\r\nx-trailer: 1\r\n\r\n'),
  'chunks that end early': closing(chunked, '3\r\nabc\r\n'),
  'chunks that are none': response(chunked, 'zz\r\nabc\r\n'),
  'chunks and a length': { ...response(`${chunked}\r\ncontent-length: 2`, '3\r\nabc\r\n0\r\n\r\n'), differs: failing },
  'more than was said': response(length(2), 'abcdef'),
  'less than was said': closing(length(9), 'abcd'),
  'the same length twice': { ...response(`${length(2)}\r\ncontent-length: 2`, 'ok'), differs: failing },
  'two lengths': response(`${length(2)}\r\ncontent-length: 3`, 'ok'),
  'a length that is none': response(length('x'), 'ok'),
  'lines that end otherwise': { params: {}, answers: [end('HTTP/1.1 200 OK\ncontent-length: 2\n\nok')], differs: failing },
  'a header that is none': response('200 OK\r\nfoo\r\ncontent-length: 2', 'ok'),
  'a blank before the colon': response('200 OK\r\nfoo : 1\r\ncontent-length: 2', 'ok'),
  'a head of 300 KB': response(`200 OK\r\nx: ${'a'.repeat(300_000)}\r\ncontent-length: 2`, 'ok'),
  'a head of 2 MB': response(`200 OK\r\nx: ${'a'.repeat(2_000_000)}\r\ncontent-length: 2`, 'ok'),
  'an end before the head': { params: {}, answers: [(socket) => socket.end()] },
  'a reset before the head': { params: {}, answers: [(socket) => socket.resetAndDestroy()] },
  'an end in the head': { params: {}, answers: [end('HTTP/1.1 200 OK\r\nfoo')] },
  HEAD: { params: { method: 'HEAD' }, answers: [`HTTP/1.1 ${length(20)}\r\n\r\n`] },
  'HEAD with a body': { params: { method: 'HEAD' }, answers: [ok] },
  'no head in time': { params: { timeoutMs: 400 }, answers: [() => undefined] },
  'no end in time': { params: { timeoutMs: 1_500 }, answers: [`HTTP/1.1 ${length(9)}\r\n\r\nabc`] },
};

const to = (status: number, location: string, more = ''): string =>
  `HTTP/1.1 ${status} X\r\nlocation: ${location}\r\n${more}content-length: 3\r\n\r\nmov`;
const led = (answer: string, params: HttpCase['params'] = {}): HttpCase => ({ params, answers: [answer, ok] });
const everything = post(
  'X-Api:k',
  'Content-Type:t/x',
  'Authorization:z',
  'Cookie:c',
  'Content-Encoding:g',
  'Content-Language:en',
  'Referer:me',
);

/** Where it leads. */
export const redirectCases: Readonly<Record<string, HttpCase>> = {
  ...Object.fromEntries(
    [300, 301, 302, 303, 304, 305, 307, 308].flatMap((status) =>
      ['GET', 'HEAD', 'POST', 'PUT'].map((method): [string, HttpCase] => {
        const body = method === 'POST' || method === 'PUT' ? { bodyBase64 } : {};
        const last = method === 'HEAD' ? ok.slice(0, -2) : ok;
        const answer = status === 304 || method === 'HEAD' ? to(status, '/two?x#y').slice(0, -3) : to(status, '/two?x#y');
        return [
          `${status} to ${method}`,
          { params: { method, headers: list('Content-Type:t/x', 'X:y'), ...body }, answers: [answer, last] },
        ];
      }),
    ),
  ),
  'to the same host': led(to(302, '/two'), { ...everything, url: 'http://PEER/one?a=b#frag' }),
  'to the same host with the body': led(to(307, '/two'), everything),
  'to another host with the body': led(to(307, 'http://localhost:PORT/two'), { ...everything, url: 'http://u:p@PEER/one?a=b' }),
  'to another host with a host of its own': {
    ...led(to(302, 'http://localhost:PORT/two'), get('Host:custom')),
    differs: [
      '-> GET / HTTP/1.1 | accept: */* | host: custom | ',
      '-> GET /two HTTP/1.1 | accept: */* | referer: http://127.0.0.1:PORT/ | host: localhost:PORT | ',
      fine,
    ],
  },
  'with credentials': led(to(302, '/two'), { url: 'http://u:p@PEER/one' }),
  'to a place with credentials': led(to(302, 'http://a:b@127.0.0.1:PORT/two')),
  'to nowhere': led('HTTP/1.1 302 X\r\ncontent-length: 0\r\n\r\n'),
  'to itself': led(to(302, ''), { url: 'http://PEER/a/b?c' }),
  'to a neighbour': led(to(302, 'x?y'), { url: 'http://PEER/a/b?c' }),
  'to another query': led(to(302, '?y'), { url: 'http://PEER/a/b?c' }),
  'to something that is no place': led(to(302, 'http://[zz')),
  'to a place with blanks': led(to(302, '/a b"<>')),
  'to a place beyond ASCII': led(to(302, '/\u00e9')),
  'to one of two places': led(to(302, '/one', 'location: /two\r\n')),
  'to ftp': led(to(302, 'ftp://x/')),
  'to data': led(to(302, 'data:,x')),
  'to the same scheme': led(to(302, '//127.0.0.1:PORT/z')),
  'in circles': { params: {}, answers: [to(302, '/l')] },
  'ten times': { params: {}, answers: [...Array.from({ length: 10 }, (_, at) => to(302, `/l${at}`)), ok] },
  'but is not followed': led(to(302, '/l'), { redirectPolicy: 'stop' }),
  'with a cookie': led(to(302, '/l', 'set-cookie: a=b\r\n')),
  'to a server that is not there': led(to(302, 'http://127.0.0.1:1/zz')),
  'with a body that does not end': led('HTTP/1.1 302 X\r\nlocation: /l\r\ncontent-length: 1000\r\n\r\nx'),
};
