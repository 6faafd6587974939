import { createHash } from 'node:crypto';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { createExecServer } from '@exec-server/server';
import * as assert from 'uvu/assert';
import { requestParams } from '../harness/http-asking.js';
import { HttpPeer, longAnswer, ok, type PeerAnswer } from '../harness/http-peer.js';
import { suite } from '../harness/test.js';
import { WireClient, type WireMessage } from '../harness/wire-client.js';

const test = suite('HTTP streams');

const isEnd = ({ method, params }: WireMessage): boolean => method === 'http/request/bodyDelta' && params?.['done'] === true;

/** Error of the last delta of a stream. */
async function endOf(client: WireClient, requestId: string): Promise<unknown> {
  return (await client.find((message) => isEnd(message) && message.params?.['requestId'] === requestId)).params?.['error'];
}

function bodyOf(client: WireClient, requestId: string): Buffer {
  const deltas = client.messages.filter(({ method, params }) => method === 'http/request/bodyDelta' && params?.['requestId'] === requestId);
  return Buffer.concat(deltas.map(({ params }) => Buffer.from(String(params?.['deltaBase64']), 'base64')));
}

const streamed = { streamResponse: true };

/** So many bytes that are not alike, as fast as they are taken. */
function noise(count: number): { readonly answer: PeerAnswer; readonly hash: string } {
  const block = Buffer.from(Array.from({ length: 65_536 }, (_, at) => (at * 31 + (at >> 8)) & 255));
  const hash = createHash('sha256');
  for (let left = count; left > 0; left -= block.length) hash.update(block.subarray(0, left));
  const answer = (socket: Socket): void => {
    socket.write(`HTTP/1.1 200 OK\r\ncontent-length: ${count}\r\n\r\n`);
    let left = count;
    const push = (): void => {
      while (left > 0) {
        const piece = block.subarray(0, left);
        left -= piece.length;
        if (!socket.write(piece)) return;
      }
    };
    socket.on('drain', push);
    push();
  };
  return { answer, hash: hash.digest('hex') };
}

test(
  'T3: a client that stops reading holds the server of the body back, delays nobody else, and loses nothing',
  async () => {
    const bytes = 48 * 1024 * 1024;
    const { answer, hash } = noise(bytes);
    await using peer = await HttpPeer.start([answer]);
    await using server = createExecServer({ environment: {} });
    const url = await server.listen();
    await using slow = await WireClient.open(url);
    await slow.handshake();
    slow.send({ id: 1, method: 'http/request', params: requestParams(peer.url, streamed) });
    await slow.find(({ method }) => method === 'http/request/bodyDelta');
    slow.socket.pause();
    await using other = await WireClient.open(url);
    await other.handshake();
    const buffered = (): number => Math.max(...server.inspect().connections.map(({ bufferedBytes }) => bufferedBytes));
    const sent = (): number => [...peer.sockets].reduce((sum, socket) => sum + socket.bytesWritten, 0);
    // Nothing moves any more when everything on the way is full.
    for (let before = -1; before !== sent();) {
      before = sent();
      for (let n = 0; n < 20; n++) await other.request('environment/status');
      await new Promise((resolve) => setTimeout(resolve, 200));
    }
    assert.ok(sent() < bytes, `${sent()} bytes were taken`);
    assert.ok(buffered() < 2 * 1024 * 1024, `${buffered()} bytes wait in the server`);
    slow.socket.resume();
    assert.is(await endOf(slow, 'r'), null);
    assert.is(createHash('sha256').update(bodyOf(slow, 'r')).digest('hex'), hash);
  },
  { timeoutMs: 120_000 },
);

test(
  'H5: 400 streams run at once on one connection, and each is whole',
  async () => {
    await using peer = await HttpPeer.start([longAnswer(100_000)]);
    await using server = createExecServer({ environment: {} });
    await using client = await WireClient.open(await server.listen());
    await client.handshake();
    const ids = Array.from({ length: 400 }, (_, at) => `s${at}`);
    for (const id of ids) client.send({ id, method: 'http/request', params: requestParams(peer.url, { ...streamed, requestId: id }) });
    for (const id of ids) assert.is(await endOf(client, id), null);
    for (const id of ids) assert.is(bodyOf(client, id).length, 100_000);
    assert.ok(peer.connections <= 400);
  },
  { timeoutMs: 120_000 },
);

test(
  'H5: streams that stand still leave room for those that run, and end with their connection',
  async () => {
    await using silent = await HttpPeer.start(['HTTP/1.1 200 OK\r\n\r\nx']);
    await using peer = await HttpPeer.start([longAnswer(1_000_000)]);
    await using server = createExecServer({ environment: {} });
    await using client = await WireClient.open(await server.listen());
    await client.handshake();
    for (let at = 0; at < 100; at++) {
      client.send({ id: at, method: 'http/request', params: requestParams(silent.url, { ...streamed, requestId: `silent ${at}` }) });
    }
    client.send({ id: 'r', method: 'http/request', params: requestParams(peer.url, streamed) });
    assert.is(await endOf(client, 'r'), null);
    assert.is(bodyOf(client, 'r').length, 1_000_000);
    await silent.until(() => silent.requests.length === 100);
    await client.close();
    await silent.until(() => silent.sockets.size === 0);
  },
  { timeoutMs: 60_000 },
);

const hostile: Readonly<Record<string, PeerAnswer>> = {
  refuses: (socket) => socket.destroy(),
  resets: (socket) => socket.resetAndDestroy(),
  'resets in the body': (socket) => {
    socket.write('HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\nabc');
    setTimeout(() => socket.resetAndDestroy(), 50);
  },
  'sends less than it says': (socket) => socket.end('HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\nabc'),
  'sends more than it says': `${ok}${'x'.repeat(100_000)}`,
  'sends an endless head': (socket) => {
    socket.write('HTTP/1.1 200 OK\r\n');
    const line = `x: ${'y'.repeat(1_000)}\r\n`.repeat(64);
    const push = (): void => {
      while (!socket.destroyed && socket.write(line));
    };
    socket.on('drain', push);
    push();
  },
  'sends nonsense': (socket) => socket.write(Buffer.alloc(100_000, 0xff)),
  'sends bad chunks': 'HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n5\r\nabc\r\n0\r\n\r\n',
  'leads in circles': 'HTTP/1.1 302 X\r\nlocation: /\r\ncontent-length: 0\r\n\r\n',
  'says the same thing for ever': (socket) => {
    socket.write('HTTP/1.1 103 X\r\n\r\n'.repeat(1_000));
    socket.end(ok);
  },
};

test(
  'S4: servers that misbehave cost nobody else anything',
  async () => {
    const peers = await Promise.all(Object.values(hostile).map((answer) => HttpPeer.start([answer])));
    await using good = await HttpPeer.start([longAnswer(3_000_000)]);
    await using server = createExecServer({ environment: {} });
    await using client = await WireClient.open(await server.listen());
    await client.handshake();
    client.send({ id: 'good', method: 'http/request', params: requestParams(good.url, { ...streamed, requestId: 'good' }) });
    const outcomes = Object.keys(hostile).flatMap((name, at) =>
      [true, false].map(async (streamResponse) => {
        const requestId = `${name} ${streamResponse ? 'streamed' : 'buffered'}`;
        const { error } = await client.request('http/request', requestParams(peers[at]?.url ?? '', { streamResponse, requestId }));
        if (error) return `${requestId}: ${error.code}`;
        return `${requestId}: ${streamResponse ? String(await endOf(client, requestId)) : 'whole'}`;
      }),
    );
    const broken = 'error decoding response body';
    assert.equal(await Promise.all(outcomes), [
      ...['refuses', 'resets'].flatMap((name) => [`${name} streamed: -32603`, `${name} buffered: -32603`]),
      ...['resets in the body', 'sends less than it says'].flatMap((name) => [`${name} streamed: ${broken}`, `${name} buffered: -32603`]),
      ...['sends more than it says streamed: null', 'sends more than it says buffered: whole'],
      ...['sends an endless head', 'sends nonsense'].flatMap((name) => [`${name} streamed: -32603`, `${name} buffered: -32603`]),
      ...[`sends bad chunks streamed: ${broken}`, 'sends bad chunks buffered: -32603'],
      ...['leads in circles streamed: -32603', 'leads in circles buffered: -32603'],
      ...['says the same thing for ever streamed: null', 'says the same thing for ever buffered: whole'],
    ]);
    assert.is(await endOf(client, 'good'), null);
    assert.is(bodyOf(client, 'good').length, 3_000_000);
    for (const peer of peers) await peer[Symbol.asyncDispose]();
  },
  { timeoutMs: 60_000 },
);

test(
  'an upload goes as fast as its server reads, and waits in its client',
  async () => {
    const piece = Buffer.alloc(512 * 1024, 'x').toString('base64');
    let reader: Socket | null = null;
    const listener = createServer((socket) => {
      reader = socket;
      socket.on('error', () => undefined).pause();
    });
    await new Promise<void>((resolve) => listener.listen(0, '127.0.0.1', resolve));
    const url = `http://127.0.0.1:${(listener.address() as AddressInfo).port}/`;
    await using server = createExecServer({ environment: {} });
    await using client = await WireClient.open(await server.listen());
    await client.handshake();
    const answer = client.request('http/request', requestParams(url, { method: 'POST', bodyStream: true }));
    const accepted: number[] = [];
    const pieces = 100;
    const upload = (async () => {
      for (let seq = 1; seq <= pieces; seq++) {
        const { error } = await client.request('http/requestBody', { requestId: 'r', seq, chunk: piece, done: seq === pieces });
        if (error) throw new Error(error.message);
        accepted.push(seq);
      }
    })();
    // Nothing moves any more when everything on the way is full.
    for (let before = -1; before !== accepted.length || accepted.length === 0;) {
      before = accepted.length;
      await new Promise((resolve) => setTimeout(resolve, 500));
    }
    assert.ok(accepted.length < pieces, `${accepted.length} pieces were accepted`);
    let bytes = 0;
    const socket = reader as unknown as Socket;
    socket.on('data', (read: Buffer) => {
      bytes += read.length;
      if (read.subarray(-5).toString() === '0\r\n\r\n') socket.end(ok);
    });
    socket.resume();
    await upload;
    assert.is(((await answer).result as { status: number }).status, 200);
    assert.ok(bytes > pieces * 512 * 1024);
    await new Promise((resolve) => listener.close(resolve));
  },
  { timeoutMs: 120_000 },
);

test(
  'a body of many megabytes is answered as a whole, in frames a client of the base can take',
  async () => {
    const { answer, hash } = noise(20 * 1024 * 1024 + 1);
    await using peer = await HttpPeer.start([answer]);
    await using server = createExecServer({ environment: {} });
    await using client = await WireClient.open(await server.listen());
    await client.handshake();
    const { result } = await client.request('http/request', requestParams(peer.url));
    const { bodyBase64 } = result as { bodyBase64: string };
    assert.is(createHash('sha256').update(Buffer.from(bodyBase64, 'base64')).digest('hex'), hash);
  },
  { timeoutMs: 60_000 },
);
