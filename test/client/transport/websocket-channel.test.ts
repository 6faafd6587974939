import { once } from 'node:events';
import { mock } from 'node:test';
import { CallTimeoutError, ConnectionRefusedError } from '@exec-server/client';
import { limits } from '@exec-server/protocol';
import { startExecServer } from 'exec-server/testing';
import * as assert from 'uvu/assert';
import { openWebSocketChannel } from '#client/transport/websocket-channel.js';
import type { WebSocket } from 'ws';
import { sha256 } from '../../harness/byte-streams.js';
import { ChannelRecorder } from '../../harness/channel-recorder.js';
import { failure } from '../../harness/failure.js';
import { startRawServer, startSilentServer } from '../../harness/raw-servers.js';
import { suite } from '../../harness/test.js';
import { readFrames } from '../../harness/websocket-frames.js';

const test = suite('websocket-channel');

const MiB = 1024 * 1024;
const connectTimeoutMs = 10_000;

/** A channel to a raw server, opened, with what it tells. */
async function openChannel(url: string) {
  const channel = await openWebSocketChannel(url, { connectTimeoutMs });
  const recorder = new ChannelRecorder();
  channel.open(recorder);
  return { channel, recorder };
}

test('the token goes into the Authorization header, and nothing that the base does not know', async () => {
  for (const token of ['secret', undefined]) {
    await using server = await startRawServer();
    const channel = await openWebSocketChannel(server.url, { token, connectTimeoutMs });
    const { headers, url } = await server.request;
    assert.is(headers.authorization, token === undefined ? undefined : 'Bearer secret');
    assert.is(url, '/');
    for (const name of ['origin', 'user-agent', 'sec-websocket-extensions', 'sec-websocket-protocol'])
      assert.is(headers[name], undefined, name);
    channel.open(new ChannelRecorder());
    channel.close();
  }
});

test('S3: a refusal has status and text of the answer, and not the token', async () => {
  await using host = await startExecServer();
  for (const [token, text] of [
    ['a wrong token', 'invalid websocket bearer token'],
    [undefined, 'missing websocket bearer token'],
  ]) {
    const error = await failure(openWebSocketChannel(host.url, { token, connectTimeoutMs }), ConnectionRefusedError);
    assert.is(error.status, 401);
    assert.is(error.message, `the server refused the connection: 401 ${text}`);
  }
});

test('a server that is not there gives the error of the system', async () => {
  const { url } = await startSilentServer().then(async (server) => {
    await server[Symbol.asyncDispose]();
    return server;
  });
  const error: NodeJS.ErrnoException = await failure(openWebSocketChannel(url, { connectTimeoutMs }), Error);
  assert.is(error.code, 'ECONNREFUSED');
});

test('P5: a server that never answers is given up after the connect timeout, and let go of', async () => {
  await using server = await startSilentServer();
  const error = await failure(openWebSocketChannel(server.url, { connectTimeoutMs: 50 }), CallTimeoutError);
  assert.match(error.message, 'connecting took longer than 50 ms');
  await server.ended;
});

test('a signal gives the connecting up with its reason, and lets go', async () => {
  await using server = await startSilentServer();
  const controller = new AbortController();
  const connecting = openWebSocketChannel(server.url, { signal: controller.signal, connectTimeoutMs });
  await server.connected;
  const reason = new Error('no patience');
  controller.abort(reason);
  assert.is(await failure(connecting, Error), reason);
  await server.ended;
  assert.is(await failure(openWebSocketChannel(server.url, { signal: controller.signal, connectTimeoutMs }), Error), reason);
});

test('messages are text in one frame each, whether handed over as text or bytes', async () => {
  await using server = await startRawServer();
  const { channel } = await openChannel(server.url);
  const frames = readFrames((await server.request).socket);
  channel.send('grüße');
  channel.send(Buffer.from('grüße'));
  for (let i = 0; i < 2; i++) {
    const frame = await frames.next();
    assert.equal([frame.opcode, frame.isFinal, frame.payload.toString()], [1, true, 'grüße']);
  }
  channel.close();
});

for (const [what, message] of [
  ['bytes', Buffer.alloc(20 * MiB, 'b')],
  ['text of wide letters', '€'.repeat(6 * MiB)],
] as const) {
  test(`a message of 18 MiB or more of ${what} goes out in frames below 16 MiB and arrives whole`, async () => {
    await using server = await startRawServer();
    const { channel } = await openChannel(server.url);
    const frames = readFrames((await server.request).socket);
    const received = once(await server.peer, 'message') as Promise<[Buffer, boolean]>;
    channel.send(message);
    const lengths: number[] = [];
    for (let isFinal = false; !isFinal;) {
      const frame = await frames.next();
      assert.is(frame.opcode, lengths.length === 0 ? 1 : 0);
      lengths.push(frame.payload.length);
      isFinal = frame.isFinal;
    }
    assert.ok(lengths.length > 1 && lengths.every((length) => length < limits.maxFrameBytes), lengths.join(' '));
    const [bytes, isBinary] = await received;
    assert.equal([isBinary, sha256(bytes)], [false, sha256(Buffer.from(message))]);
    channel.close();
  });
}

test('messages arrive in order, large ones too, and are text', async () => {
  await using server = await startRawServer();
  const { channel, recorder } = await openChannel(server.url);
  const peer = await server.peer;
  const large = 'x'.repeat(20 * MiB);
  peer.send('first');
  peer.send(large);
  peer.send(Buffer.from('last'), { binary: true });
  const messages = await recorder.received(3);
  assert.equal([messages[0], messages[1] === large, messages[2]], ['first', true, 'last']);
  channel.close();
});

test('S4: a message above 64 MiB ends the connection with an error', async () => {
  await using server = await startRawServer();
  const { recorder } = await openChannel(server.url);
  (await server.peer).send(Buffer.alloc(limits.maxMessageBytes + 1, 'x'), { binary: false });
  assert.instance(await recorder.ended, Error);
  assert.equal(recorder.messages, []);
});

test('the end is told once: an orderly one, and one without a word', async () => {
  for (const end of [(peer: WebSocket) => peer.close(1000), (peer: WebSocket) => peer.terminate()]) {
    await using server = await startRawServer();
    const { channel, recorder } = await openChannel(server.url);
    end(await server.peer);
    await recorder.ended;
    channel.send('into nothing');
    channel.close();
    assert.is(recorder.ends, 1);
  }
});

test('closing says goodbye, and nothing is told any more but the end', async () => {
  await using server = await startRawServer();
  const { channel, recorder } = await openChannel(server.url);
  const peer = await server.peer;
  const closed = once(peer, 'close') as Promise<[number]>;
  channel.close();
  peer.send('too late');
  channel.close();
  assert.is((await closed)[0], 1000);
  await recorder.ended;
  assert.equal([recorder.messages, recorder.ends], [[], 1]);
});

test('a paused channel is not read until it is resumed', async () => {
  await using server = await startRawServer();
  const { channel, recorder } = await openChannel(server.url);
  const peer = await server.peer;
  channel.pause();
  await new Promise((resolve) => peer.send('held', resolve));
  await new Promise(setImmediate);
  assert.equal(recorder.messages, []);
  channel.resume();
  assert.equal(await recorder.received(1), ['held']);
  channel.close();
});

test('P6: a server that stops answering pings is given up after two of them', async () => {
  mock.timers.enable({ apis: ['setInterval'] });
  try {
    await using server = await startRawServer({ autoPong: false });
    const { channel, recorder } = await openChannel(server.url);
    const peer = await server.peer;
    const pinged = once(peer, 'ping');
    mock.timers.tick(limits.clientPingIntervalMs);
    await pinged;
    assert.ok(channel.isResponsive);
    mock.timers.tick(limits.clientPingIntervalMs);
    assert.not.ok(channel.isResponsive);
    await recorder.ended;
  } finally {
    mock.timers.reset();
  }
});

test('P6: a server that answers pings, or says anything else, is kept', async () => {
  mock.timers.enable({ apis: ['setInterval'] });
  try {
    await using server = await startRawServer({ autoPong: false });
    const { channel, recorder } = await openChannel(server.url);
    const peer = await server.peer;
    const signs = [(data: Buffer) => peer.pong(data), () => peer.send('a message'), () => peer.ping()];
    for (const sign of [...signs, ...signs]) {
      const pinged = once(peer, 'ping') as Promise<[Buffer]>;
      mock.timers.tick(limits.clientPingIntervalMs);
      sign((await pinged)[0]);
      peer.send('over');
      const { length } = recorder.messages;
      while (recorder.messages.at(-1) !== 'over' || recorder.messages.length === length)
        await recorder.received(recorder.messages.length + 1);
      assert.ok(channel.isResponsive);
    }
    assert.is(recorder.ends, 0);
    channel.close();
  } finally {
    mock.timers.reset();
  }
});
