import { once } from 'node:events';
import * as assert from 'uvu/assert';
import { WebSocket } from 'ws';
import { openWatched } from '../../harness/frame-watch.js';
import { turns } from '../../harness/launching.js';
import { withListener } from '../../harness/raw-http.js';
import { Scratch } from '../../harness/scratch.js';
import { suite } from '../../harness/test.js';
import { startParams, WireClient, type WireMessage } from '../../harness/wire-client.js';

const test = suite('websocket-channel');

const status = (id: unknown): string => JSON.stringify({ id, method: 'environment/status' });
const unknown = (id: unknown, bytes: number): Buffer => {
  const empty = JSON.stringify({ id, method: 'm', x: '' });
  return Buffer.from(JSON.stringify({ id, method: 'm', x: 'y'.repeat(bytes - empty.length) }));
};

test('text and binary messages are taken alike, whole or in pieces', () =>
  withListener(async (url) => {
    await using wire = await WireClient.open(url);
    await wire.handshake();
    wire.send(status('text'));
    wire.send(Buffer.from(status('binary')));
    for (const [id, binary] of [
      ['text in pieces', false],
      ['binary in pieces', true],
    ] as const) {
      for (const [at, byte] of [...Buffer.from(status(id))].entries())
        wire.socket.send(Buffer.from([byte]), { binary, fin: at === status(id).length - 1 });
    }
    for (const id of ['text', 'binary', 'text in pieces', 'binary in pieces']) {
      assert.equal((await wire.find((message) => message.id === id)).result, { status: 'ready' });
    }
  }));

test('answers are text', () =>
  withListener(async (url) => {
    const { webSocket } = await openWatched(url);
    const message = once(webSocket, 'message') as Promise<[Buffer, boolean]>;
    webSocket.send(Buffer.from(status(1)));
    assert.is((await message)[1], false);
    webSocket.terminate();
    await once(webSocket, 'close');
  }));

test('an empty message and binary that is no text are malformed messages', () =>
  withListener(async (url) => {
    await using wire = await WireClient.open(url);
    for (const bytes of [Buffer.alloc(0), Buffer.from([0x22, 0xff, 0x22]), Buffer.from([0xc3])]) {
      wire.socket.send(bytes, { binary: true });
      const { id, error } = await wire.next();
      assert.equal([id, error?.code], [-1, -32600]);
      assert.match(error?.message ?? '', /^failed to parse websocket JSON-RPC message from exec-server websocket 127\.0\.0\.1:\d+: /);
    }
    wire.socket.send('', { binary: false });
    assert.is((await wire.next()).id, -1);
  }));

test('S4: text that is no UTF-8 drops the connection', () =>
  withListener(async (url) => {
    await using wire = await WireClient.open(url);
    wire.socket.send(Buffer.from([0x22, 0xff, 0x22]), { binary: false });
    await wire.closed();
    assert.equal(wire.messages, []);
  }));

test('S4: a frame of the limit fits; one byte more drops the connection without a word, and detaches the session', () =>
  withListener(
    async (url, server) => {
      await using wire = await WireClient.open(url);
      await wire.handshake();
      wire.send(unknown('fits', 1_000));
      assert.is((await wire.find(({ id }) => id === 'fits')).error?.code, -32601);
      const before = wire.messages.length;
      wire.send(unknown('large', 1_001));
      assert.is(await wire.closed(), 1006);
      assert.is(wire.messages.length, before);
      while (server.inspect().sessions[0]?.state !== 'detached') await turns(1);
    },
    { limits: { maxFrameBytes: 1_000, maxMessageBytes: 3_000 } },
  ));

test('S4: a message of the limit fits in several frames; one byte more drops the connection', () =>
  withListener(
    async (url) => {
      for (const [bytes, fits] of [
        [3_000, true],
        [3_001, false],
      ] as const) {
        await using wire = await WireClient.open(url);
        const message = unknown('m', bytes);
        for (let at = 0; at < bytes; at += 1_000)
          wire.socket.send(message.subarray(at, at + 1_000), { binary: false, fin: at + 1_000 >= bytes });
        if (fits) assert.is((await wire.next()).error?.code, -32601);
        else assert.is(await wire.closed(), 1006);
      }
    },
    { limits: { maxFrameBytes: 1_000, maxMessageBytes: 3_000 } },
  ));

test('a long message goes out in frames of the agreed size, and arrives whole', () =>
  withListener(
    async (url) => {
      const { webSocket, frames } = await openWatched(url);
      const messages: WireMessage[] = [];
      webSocket.on('message', (data: Buffer) => messages.push(JSON.parse(data.toString()) as WireMessage));
      webSocket.send(JSON.stringify({ id: 1, method: 'initialize', params: { clientName: 'x' } }));
      webSocket.send(JSON.stringify({ method: 'initialized' }));
      webSocket.send(
        JSON.stringify({ id: 2, method: 'process/start', params: startParams('é'.repeat(500), ['printf', 'x'.repeat(2_000)]) }),
      );
      while (!messages.some(({ method }) => method === 'process/closed')) await once(webSocket, 'message');
      const output = messages.find(({ method }) => method === 'process/output');
      assert.is(Buffer.from(String(output?.params?.['chunk']), 'base64').toString(), 'x'.repeat(2_000));
      assert.is(output?.params?.['processId'], 'é'.repeat(500));
      assert.ok(
        frames.every(({ length }) => length <= 100),
        'no frame is longer',
      );
      assert.ok(frames.length > messages.length * 5);
      assert.ok(frames.filter(({ fin }) => fin).length === messages.length);
      webSocket.terminate();
      await once(webSocket, 'close');
    },
    { limits: { outgoingFrameBytes: 100 } },
  ));

test('a ping is answered with its own payload', () =>
  withListener(async (url) => {
    const { webSocket } = await openWatched(url);
    webSocket.ping('are you there?');
    const [payload] = (await once(webSocket, 'pong')) as [Buffer];
    assert.is(payload.toString(), 'are you there?');
    webSocket.terminate();
    await once(webSocket, 'close');
  }));

test('the server pings with an empty payload, whatever the traffic', () =>
  withListener(
    async (url) => {
      const { webSocket } = await openWatched(url);
      for (let count = 0; count < 3; count++) assert.is(((await once(webSocket, 'ping')) as [Buffer])[0].length, 0);
      webSocket.terminate();
      await once(webSocket, 'close');
    },
    { limits: { pingIntervalMs: 5 } },
  ));

test('a close of the client detaches the session', () =>
  withListener(async (url, server) => {
    const wire = await WireClient.open(url);
    await wire.handshake();
    wire.socket.close(1000);
    await wire.closed();
    while (server.inspect().sessions[0]?.state !== 'detached') await turns(1);
    assert.equal(server.inspect().connections, []);
  }));

test('the server ends a connection without a close frame', async () => {
  for (const end of ['violation', 'close'] as const) {
    await withListener(async (url, server) => {
      const { webSocket, frames } = await openWatched(url);
      const closed = once(webSocket, 'close') as Promise<[number]>;
      if (end === 'violation') webSocket.send('{"method":"no/such/notification"}');
      else await server.close();
      assert.is((await closed)[0], 1006);
      assert.equal(frames, []);
    });
  }
});

test('what was answered before a violation still arrives', () =>
  withListener(async (url) => {
    await using wire = await WireClient.open(url);
    await wire.handshake();
    for (let id = 0; id < 100; id++) wire.send(status(id));
    await wire.find(({ id }) => id === 99);
    wire.send({ id: 'last', method: 'environment/info' });
    await wire.find(({ id }) => id === 'last');
    wire.send({ method: 'violation' });
    await wire.closed();
    assert.is(wire.messages.filter(({ result }) => result !== undefined).length, 102);
  }));

for (const limits of [{ outboxHighWaterBytes: 1, outboxHardLimitBytes: 1 }, { outboxHighWaterBytes: 1 }, { outboxHardLimitBytes: 1 }]) {
  test(
    `with the smallest limit of what may wait, every request is still answered: ${JSON.stringify(limits)}`,
    ({ signal }) =>
      withListener(
        async (url) => {
          await using wire = await WireClient.open(url);
          signal.addEventListener('abort', () => wire.socket.terminate());
          await wire.handshake();
          for (let id = 0; id < 20; id++) wire.send({ id, method: 'environment/info' });
          for (let id = 0; id < 20; id++) await wire.find((message) => message.id === id);
        },
        { limits },
      ),
    { timeoutMs: 5_000 },
  );
}

test('P7: a connection with too much to do is not read for a while, and everything is answered in the end', () =>
  withListener(
    async (url) => {
      await using wire = await WireClient.open(url);
      await wire.handshake();
      const before = wire.messages.length;
      for (let id = 0; id < 300; id++) wire.send({ id, method: 'environment/status' });
      await wire.find(({ id }) => id === 299);
      assert.equal(
        wire.messages.slice(before).map(({ id }) => id),
        Array.from({ length: 300 }, (_, id) => id),
      );
    },
    { limits: { maxRequestsInFlight: 1 } },
  ));

test('a client that ends in the middle of a frame is gone', () =>
  withListener(async (url, server) => {
    const wire = await WireClient.open(url);
    await wire.handshake();
    wire.socket.send('x'.repeat(10), { fin: false });
    wire.socket.terminate();
    await wire.closed();
    while (server.inspect().connections.length > 0) await turns(1);
    assert.is(WebSocket.CLOSED, wire.socket.readyState);
  }));

test('an answer in pieces arrives whole, in frames of the agreed size', () =>
  withListener(
    async (url) => {
      using scratch = new Scratch();
      const content = Buffer.from(Array.from({ length: 3_000_000 }, (_, at) => (at * 13) % 247));
      scratch.file('f', content);
      const { webSocket, frames } = await openWatched(url);
      const messages: WireMessage[] = [];
      webSocket.on('message', (data: Buffer) => messages.push(JSON.parse(data.toString()) as WireMessage));
      webSocket.send(JSON.stringify({ id: 1, method: 'initialize', params: { clientName: 'x' } }));
      webSocket.send(JSON.stringify({ method: 'initialized' }));
      for (let round = 0; round < 3; round++) {
        webSocket.send(JSON.stringify({ id: `é${round}`, method: 'fs/readFile', params: { path: `file://${scratch.path}/f` } }));
        while (messages.length < round + 2) await once(webSocket, 'message');
        const answer = messages.at(-1);
        assert.is(answer?.id, `é${round}`);
        const { dataBase64 } = (answer?.result ?? {}) as { dataBase64?: string };
        assert.ok(Buffer.from(dataBase64 ?? '', 'base64').equals(content));
      }
      assert.ok(frames.every(({ length }) => length <= 500_000));
      assert.is(frames.filter(({ fin }) => fin).length, messages.length);
      webSocket.terminate();
      await once(webSocket, 'close');
    },
    { limits: { outgoingFrameBytes: 500_000 } },
  ));
