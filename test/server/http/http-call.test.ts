import { Readable } from 'node:stream';
import * as assert from 'uvu/assert';
import { call, createHttpClient, exchange, withPeer } from '../../harness/http-calls.js';
import { HttpPeer, longAnswer, ok, type PeerAnswer } from '../../harness/http-peer.js';
import { suite } from '../../harness/test.js';

const test = suite('HTTP call');

test(
  'a message goes out as it is given, and what comes back is heard in order',
  withPeer([ok], async (client, peer) => {
    assert.is(
      await exchange(client, `${peer.url}/x`, { method: 'get', headers: ['x', '\u00e9'], body: Buffer.from('body') }),
      'head 200 ok ended',
    );
    const [request] = peer.requests;
    assert.equal([request?.line, request?.body], ['get /x HTTP/1.1', 'body']);
    for (const header of ['x: \u00e9', 'content-length: 4']) assert.ok(request?.headers.includes(header), header);
  }),
);

const failures: Readonly<Record<string, readonly [answer: PeerAnswer, heard: string]>> = {
  'closes before it answers': [(socket) => socket.end(), 'failed UND_ERR_SOCKET'],
  'resets the connection': [(socket) => socket.resetAndDestroy(), 'failed ECONNRESET'],
  'speaks something else': ['SSH-2.0-x\r\n', 'failed Response does not match the HTTP/1.1 protocol (Expected HTTP/, RTSP/ or ICE/)'],
  'sends a head that is too long': [`HTTP/1.1 200 OK\r\nx: ${'y'.repeat(20_000)}\r\n\r\n`, 'failed UND_ERR_HEADERS_OVERFLOW'],
  'ends in the middle of the body': [
    (socket) => socket.end('HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nabc'),
    'head 200 abc failed UND_ERR_SOCKET',
  ],
  'breaks its chunks': [
    'HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\nzz\r\n',
    'head 200 failed Response does not match the HTTP/1.1 protocol (Invalid character in chunk size)',
  ],
  'ends in the middle of its chunks': [
    (socket) => socket.end('HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n3\r\nabc\r\n'),
    'head 200 abc failed UND_ERR_SOCKET',
  ],
  'wants to speak something else': ['HTTP/1.1 101 X\r\nconnection: upgrade\r\nupgrade: x\r\n\r\n', 'failed UND_ERR_SOCKET'],
};

for (const [what, [answer, heard]] of Object.entries(failures)) {
  test(
    `a server that ${what} is a failure, and the next exchange gets another connection`,
    withPeer([answer, ok], async (client, peer) => {
      assert.is(await exchange(client, peer.url, { method: 'POST' }), heard);
      assert.is(await exchange(client, peer.url), 'head 200 ok ended');
      assert.is(peer.connections, 2);
    }),
  );
}

test(
  'a body waits until it is asked for, piece by piece',
  withPeer([longAnswer(40_000_000)], async (client, peer) => {
    const { call: running, log, over } = call(client, peer.url, {}, false);
    await peer.until(() => peer.requests.length === 1);
    while (log.length === 0) await new Promise(setImmediate);
    assert.equal(log.splice(0), ['head 200']);
    running.resume();
    while (log.length === 0) await new Promise(setImmediate);
    for (let turn = 0; turn < 20; turn++) await new Promise(setImmediate);
    assert.is(log.length, 1, 'one piece for one resume');
    const [socket] = peer.sockets;
    assert.ok((socket?.writableLength ?? 0) > 0, 'the server is held back');
    let count = 0;
    while (log.at(-1) !== 'ended') {
      count += log.splice(0).join('').length;
      running.resume();
      await new Promise(setImmediate);
    }
    await over;
    assert.is(count + log.slice(0, -1).join('').length, 40_000_000);
  }),
);

test(
  'going on while there is nothing yet brings nothing',
  withPeer(['HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nabc'], async (client, peer) => {
    const { call: running, log } = call(client, peer.url, {}, false);
    while (log.length === 0) await new Promise(setImmediate);
    running.resume();
    while (log.length === 1) await new Promise(setImmediate);
    for (let turn = 0; turn < 5; turn++) {
      running.resume();
      await new Promise(setImmediate);
    }
    assert.equal(log, ['head 200', 'abc']);
    for (const socket of peer.sockets) socket.write('defghi');
    while (log.length < 4) {
      running.resume();
      await new Promise(setImmediate);
    }
    assert.equal(log, ['head 200', 'abc', 'defghi', 'ended']);
  }),
);

test(
  'a short rest of a response nobody wants is read, and the connection used again',
  withPeer([ok, ok], async (client, peer) => {
    const { call: running, log } = call(client, peer.url, {}, false);
    while (log.length === 0) await new Promise(setImmediate);
    running.discard();
    while (client.inspect().idle === 0) await new Promise(setImmediate);
    assert.is(await exchange(client, peer.url), 'head 200 ok ended');
    assert.equal([log, peer.connections], [['head 200'], 1]);
  }),
);

test(
  'of a long rest not much is read',
  withPeer([`HTTP/1.1 200 OK\r\ncontent-length: 1000\r\n\r\n${'x'.repeat(500)}`], async (client, peer) => {
    const { call: running, log } = call(client, peer.url, {}, false);
    while (log.length === 0) await new Promise(setImmediate);
    running.discard();
    await peer.until(() => peer.connections === 1 && peer.sockets.size === 0);
    assert.equal(client.inspect(), { open: 0, idle: 0 });
  }),
);

function stream(): Readable {
  return Readable.from([Buffer.from('ab'), Buffer.from('cd')]);
}

test(
  'a stream is sent in chunks, unless its length is told',
  withPeer([ok], async (client, peer) => {
    await exchange(client, peer.url, { method: 'POST', body: stream() });
    await exchange(client, peer.url, { method: 'POST', body: stream(), headers: ['content-length', '4'] });
    assert.equal(
      peer.requests.map(({ body }) => body),
      ['2\r\nab\r\n2\r\ncd\r\n0\r\n\r\n', 'abcd'],
    );
    assert.match(
      await exchange(client, peer.url, { method: 'POST', body: stream(), headers: ['content-length', '9'] }),
      'failed UND_ERR_REQ_CONTENT_LENGTH',
    );
  }),
);

test('a response that comes before the request is whole ends both', async () => {
  await using peer = await HttpPeer.start(['HTTP/1.1 413 X\r\ncontent-length: 0\r\n\r\n'], { isEager: true });
  const client = createHttpClient();
  const body = new Readable({ read: () => undefined });
  body.on('error', () => undefined);
  body.push('x');
  assert.is(await exchange(client, peer.url, { method: 'POST', body }), 'head 413 ended');
  await peer.until(() => peer.sockets.size === 0);
  assert.is(body.destroyed, true);
  client.close();
});

test(
  'responses without a body may tell a length',
  withPeer(
    [
      'HTTP/1.1 304 X\r\ncontent-length: 3\r\n\r\n',
      'HTTP/1.1 204 X\r\ncontent-length: 3\r\n\r\n',
      'HTTP/1.1 200 X\r\ncontent-length: 3\r\n\r\n',
    ],
    async (client, peer) => {
      assert.is(await exchange(client, peer.url), 'head 304 ended');
      assert.is(await exchange(client, peer.url), 'head 204 ended');
      assert.is(await exchange(client, peer.url, { method: 'HEAD' }), 'head 200 ended');
    },
  ),
);
