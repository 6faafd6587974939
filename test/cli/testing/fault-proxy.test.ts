import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import type { Socket } from 'node:net';
import { setImmediate as turn } from 'node:timers/promises';
import { FaultProxy, startExecServer } from 'exec-server/testing';
import * as assert from 'uvu/assert';
import { readText, sha256 } from '../../harness/byte-streams.js';
import { failure } from '../../harness/failure.js';
import { SocketRecorder, TcpHost } from '../../harness/tcp-pair.js';
import { suite } from '../../harness/test.js';

const test = suite('fault-proxy');

const MiB = 1024 * 1024;

async function open() {
  const host = await TcpHost.start();
  const proxy = await FaultProxy.start(host.url, { seed: 1, print: () => undefined });
  const { client, server } = await host.pair(proxy.url);
  return {
    host,
    proxy,
    client,
    server,
    [Symbol.asyncDispose]: async () => {
      await proxy.close();
      await host[Symbol.asyncDispose]();
    },
  };
}

/** Resolves when a socket, which ends its side once the other is over, is gone. */
async function closed(socket: Socket): Promise<void> {
  if (socket.closed) return;
  if (socket.readableEnded) socket.end();
  else socket.once('end', () => socket.end());
  await once(socket.resume(), 'close');
}

/** Turns of the event loop in which what could happen would. */
async function someTurns(): Promise<void> {
  for (let turns = 0; turns < 50; turns++) await turn();
}

test('without faults every byte passes unchanged, both ways, and is counted', async () => {
  await using line = await open();
  const there = randomBytes(3 * MiB);
  const back = randomBytes(2 * MiB);
  const [atServer, atClient] = [new SocketRecorder(line.server), new SocketRecorder(line.client)];
  line.client.write(there);
  line.server.write(back);
  assert.is(sha256(await atServer.count(there.length)), sha256(there));
  assert.is(sha256(await atClient.count(back.length)), sha256(back));
  assert.equal([line.proxy.passedBytes('toServer'), line.proxy.passedBytes('toClient')], [there.length, back.length]);
  assert.equal([line.proxy.accepted, line.proxy.open], [1, 1]);
});

test('an end passes after the last byte, and leaves the other direction open', async () => {
  await using line = await open();
  const atServer = new SocketRecorder(line.server);
  line.client.end('last words');
  await once(line.server, 'end');
  assert.is(atServer.text(), 'last words');
  const atClient = new SocketRecorder(line.client);
  line.server.end('an answer');
  await once(line.client, 'end');
  assert.is(atClient.text(), 'an answer');
  await Promise.all([closed(line.client), closed(line.server)]);
  await someTurns();
  assert.is(line.proxy.open, 0);
});

test('a broken connection is broken on the other side, after what was sent before', async () => {
  await using line = await open();
  line.proxy.shape({ delayMs: 20 });
  const atServer = new SocketRecorder(line.server);
  line.client.write('before', () => line.client.resetAndDestroy());
  await closed(line.server);
  assert.is(atServer.text(), 'before');
});

test('a cut breaks both sides, and new connections are let through', async () => {
  await using line = await open();
  line.proxy.cut();
  await Promise.all([closed(line.client), closed(line.server)]);
  const { client, server } = await line.host.pair(line.proxy.url);
  client.write('again');
  assert.is((await new SocketRecorder(server).count(5)).toString(), 'again');
  await line.proxy.connected(2);
});

test('a cut for the client is not told to the server', async () => {
  await using line = await open();
  line.server.resume();
  line.proxy.cutClients();
  await closed(line.client);
  line.server.write('is anybody there?');
  await someTurns();
  assert.not.ok(line.server.closed || line.server.readableEnded);
  await line.proxy.close();
  await closed(line.server);
});

test('at byte N exactly N bytes have come through', async () => {
  for (const direction of ['toServer', 'toClient'] as const) {
    for (const bytes of [1, 70_000]) {
      await using line = await open();
      const [from, to] = direction === 'toServer' ? [line.client, line.server] : [line.server, line.client];
      const received = new SocketRecorder(to);
      line.proxy.at(direction, bytes, 'cut');
      from.write(Buffer.alloc(MiB));
      await closed(to);
      assert.equal([received.bytes, line.proxy.passedBytes(direction)], [bytes, bytes]);
    }
  }
});

test('what is to happen at bytes happens in their order, and not after it was disarmed', async () => {
  await using line = await open();
  const received = new SocketRecorder(line.server);
  const seen: number[] = [];
  for (const bytes of [20, 5, 10]) line.proxy.at('toServer', bytes, () => seen.push(line.proxy.passedBytes('toServer')));
  line.client.write(Buffer.alloc(15));
  await received.count(15);
  await someTurns();
  assert.equal(seen, [5, 10]);
  line.proxy.disarm();
  line.client.write(Buffer.alloc(15));
  await received.count(30);
  assert.equal(seen, [5, 10]);
});

test('a stall holds one direction, loses nothing and reads no more than a little', async () => {
  await using line = await open();
  const [atServer, atClient] = [new SocketRecorder(line.server), new SocketRecorder(line.client)];
  line.proxy.stall('toServer');
  const sent = randomBytes(64 * MiB);
  line.client.write(sent);
  line.server.write('the other way');
  await atClient.count(13);
  await someTurns();
  assert.is(atServer.bytes, 0);
  assert.ok(line.client.writableLength > 0, 'the sender is held back');
  line.proxy.resume();
  assert.is(sha256(await atServer.count(sent.length)), sha256(sent));
});

test('a stall at byte N ends when it is ended', async () => {
  await using line = await open();
  const received = new SocketRecorder(line.server);
  const stalled = new Promise<void>((resolve) => line.proxy.at('toServer', 100, resolve));
  line.proxy.at('toServer', 100, 'stall');
  line.client.write(Buffer.alloc(300));
  await stalled;
  await someTurns();
  assert.is(received.bytes, 100);
  line.proxy.resume('toServer');
  await received.count(300);
});

test('pieces keep every byte in its place', async () => {
  await using line = await open();
  const received = new SocketRecorder(line.server);
  line.proxy.shape({ pieceBytes: 3 });
  const sent = randomBytes(2_000);
  line.client.write(sent);
  assert.is(sha256(await received.count(sent.length)), sha256(sent));
  assert.ok(received.pieces.length > 1);
});

test('a delay holds every byte back, in its direction only, and keeps the order', async () => {
  await using line = await open();
  const [atServer, atClient] = [new SocketRecorder(line.server), new SocketRecorder(line.client)];
  line.proxy.shape({ delayMs: 100 }, 'toServer');
  const started = performance.now();
  line.client.write('slow');
  line.server.write('fast');
  await atClient.count(4);
  assert.is(atServer.bytes, 0);
  line.client.write('er');
  assert.is((await atServer.count(6)).toString(), 'slower');
  assert.ok(performance.now() - started >= 100, 'no byte comes early');
});

test('a throttle lets no more through than it says', async () => {
  await using line = await open();
  const received = new SocketRecorder(line.server);
  line.proxy.shape({ bytesPerSecond: 100_000 });
  const started = performance.now();
  const sent = randomBytes(20_000);
  line.client.write(sent);
  assert.is(sha256(await received.count(sent.length)), sha256(sent));
  assert.ok(performance.now() - started >= 170, 'one turn goes at once, the others wait');
});

test('a half-close ends one direction, and the other goes on', async () => {
  await using line = await open();
  const [atServer, atClient] = [new SocketRecorder(line.server), new SocketRecorder(line.client)];
  line.client.write('heard');
  await atServer.count(5);
  line.proxy.halfClose('toServer');
  await once(line.server, 'end');
  line.client.write('not heard');
  line.server.write('still heard');
  await atClient.count(11);
  assert.is(atServer.text(), 'heard');
});

test('a blocked proxy breaks new connections until it is unblocked', async () => {
  await using line = await open();
  line.proxy.block();
  await closed(line.host.dial(line.proxy.url));
  line.proxy.unblock();
  await line.host.pair(line.proxy.url);
  assert.is(line.proxy.accepted, 2);
});

test('a server that cannot be reached breaks the connection', async () => {
  await using line = await open();
  line.proxy.redirect('ws://127.0.0.1:1');
  await closed(line.host.dial(line.proxy.url));
});

test('closing ends everything it holds, and those who wait for more', async () => {
  await using line = await open();
  line.proxy.shape({ delayMs: 600_000 });
  line.proxy.stall('toClient');
  line.client.write('never');
  await someTurns();
  const waiting = failure(line.proxy.connected(2), Error);
  await line.proxy.close();
  assert.match((await waiting).message, 'closed after 1 connections of 2');
  await Promise.all([closed(line.client), closed(line.server)]);
  await line.proxy.close();
});

test('random faults come from the seed, which is printed', async () => {
  const runs: number[][] = [];
  for (let run = 0; run < 2; run++) {
    await using host = await TcpHost.start();
    const printed: string[] = [];
    await using proxy = await FaultProxy.start(host.url, { seed: 42, print: (line) => printed.push(line) });
    proxy.startRandomFaults({ everyBytes: 500, direction: 'toServer', faults: ['cut', 'cutClients'] });
    const lengths: number[] = [];
    for (let connection = 0; connection < 8; connection++) {
      const { client, server } = await host.pair(proxy.url);
      server.resume();
      client.write(Buffer.alloc(2_000));
      await closed(client);
      lengths.push(proxy.passedBytes('toServer'));
    }
    assert.equal(printed, ['fault proxy: seed 42']);
    runs.push(lengths);
  }
  assert.is(new Set(runs[0]).size, 8);
  assert.equal(runs[0], runs[1]);
});

test('a client and a server get on over a line with every kind of fault', async () => {
  await using host = await startExecServer({ server: { limits: { probeTimeoutMs: 50 } } });
  const seeds: string[] = [];
  await using proxy = await FaultProxy.start(host.url, { print: (line) => seeds.push(line) });
  const client = await host.connect({ url: proxy.url });
  proxy.shape({ pieceBytes: 700, delayMs: 1 });
  proxy.startRandomFaults({ everyBytes: 20_000, faults: ['cut', 'cutClients', 'stall', 'halfClose'], longestStallMs: 5 });
  const started = await client.processes.start({ argv: ['seq', '20000'] });
  const expected = Array.from({ length: 20_000 }, (_, index) => `${index + 1}\n`).join('');
  assert.is(await readText(started.stdout), expected, seeds.join());
  assert.is((await started.closed).exitCode, 0);
  proxy.disarm();
});
