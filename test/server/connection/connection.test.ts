import { createExecServer, type ExecServerOptions } from '@exec-server/server';
import * as assert from 'uvu/assert';
import { FakeChannel } from '../../harness/fake-channel.js';
import { turns } from '../../harness/launching.js';
import { suite } from '../../harness/test.js';
import { startParams, type WireMessage } from '../../harness/wire-client.js';

const test = suite('connection');

const initialize = { id: 'i', method: 'initialize', params: { clientName: 'test' } };
const initialized = { method: 'initialized' };
const status = { id: 's', method: 'environment/status' };

/** A server, and a channel on which a client may arrive. */
async function withChannel(
  body: (channel: FakeChannel, server: ReturnType<typeof createExecServer>) => Promise<void>,
  limits: ExecServerOptions['limits'] = {},
): Promise<void> {
  await using server = createExecServer({ limits });
  const channel = new FakeChannel();
  server.accept(channel);
  await body(channel, server);
}

function deliver(channel: FakeChannel, ...messages: readonly unknown[]): Promise<void> {
  for (const message of messages) channel.deliver(message);
  return turns();
}

function answerTo(channel: FakeChannel, id: unknown): WireMessage | undefined {
  return channel.messages.find((message) => message.id === id);
}

async function answered(channel: FakeChannel, id: unknown): Promise<WireMessage> {
  for (; ; await turns(1)) {
    const answer = answerTo(channel, id);
    if (answer) return answer;
  }
}

const errorTo = (channel: FakeChannel, id: unknown): readonly unknown[] => {
  const error = answerTo(channel, id)?.error;
  return [error?.code, error?.message];
};

const gates: readonly (readonly [method: string, params: unknown, family: string])[] = [
  ['process/start', startParams('p', ['true']), 'exec'],
  ['process/read', { processId: 'p' }, 'exec'],
  ['process/write', { processId: 'p', chunk: '', writeId: '1' }, 'exec'],
  ['process/closeStdin', { processId: 'p', writeId: '1' }, 'exec'],
  ['process/resize', { processId: 'p', rows: 1, cols: 1 }, 'exec'],
  ['process/signal', { processId: 'p', signal: 'interrupt' }, 'exec'],
  ['process/terminate', { processId: 'p' }, 'exec'],
  ['process/list', null, 'exec'],
  ['environment/info', null, 'environment info'],
  ['environment/status', null, 'environment status'],
  ['session/close', null, 'session'],
  ['server/status', null, 'server status'],
];

for (const [method, params, family] of gates) {
  test(`${method} has to wait for the handshake`, () =>
    withChannel(async (channel) => {
      await deliver(channel, { id: 1, method, params });
      assert.equal(errorTo(channel, 1), [-32600, `client must call initialize before using ${family} methods`]);
      await deliver(channel, initialize, { id: 2, method, params });
      assert.equal(errorTo(channel, 2), [-32600, `client must send initialized before using ${family} methods`]);
      assert.is(channel.isClosed, false);
    }));
}

test('handshake and requests may be sent without waiting for answers', () =>
  withChannel(async (channel) => {
    await deliver(channel, initialize, initialized, status, { ...status, id: 2 });
    assert.equal(
      channel.messages.map(({ id }) => id),
      ['i', 's', 2],
    );
    assert.equal(answerTo(channel, 2)?.result, { status: 'ready' });
  }));

test('an unknown method, and params that are wrong, are refused as such before any handshake', () =>
  withChannel(async (channel) => {
    await deliver(channel, { id: 1, method: 'no/such' }, { id: 2, method: 'process/read', params: {} });
    assert.equal([errorTo(channel, 1)[0], errorTo(channel, 2)[0]], [-32601, -32602]);
    assert.is(channel.isClosed, false);
  }));

test('a malformed message is answered under the id -1, and the connection stays', () =>
  withChannel(async (channel, server) => {
    const prefix = 'failed to parse websocket JSON-RPC message from exec-server websocket 127.0.0.1:4711: ';
    await deliver(channel, initialize, initialized);
    for (const text of ['', 'hello', '[]', '{}', '{"id":1.5,"method":"m"}', '{"id":1,"id":2,"method":"m"}']) {
      const before = channel.sent.length;
      await deliver(channel, text);
      assert.is(channel.sent.length, before + 1);
      assert.match(channel.sent.at(-1) ?? '', /^\{"error":\{.*\},"id":-1\}$/);
      const { error } = channel.messages.at(-1) ?? {};
      assert.is(error?.code, -32600);
      assert.ok(error?.message.startsWith(prefix), error?.message);
    }
    await deliver(channel, status);
    assert.equal(answerTo(channel, 's')?.result, { status: 'ready' });
    assert.equal([server.inspect().counters.malformedMessages, server.inspect().counters.requests], [6, 2]);
  }));

test('a malformed message of a peer that is no WebSocket is not said to come from one', () =>
  withChannel(async (_, server) => {
    const channel = new FakeChannel();
    channel.peer = 'exec-server stdio';
    server.accept(channel);
    await deliver(channel, '[]');
    assert.is(errorTo(channel, -1)[1], 'failed to parse JSON-RPC message from exec-server stdio: expected a JSON-RPC object');
  }));

const violations: Readonly<Record<string, unknown>> = {
  'an unknown notification': { method: '$/cancelRequest', params: { id: 1 } },
  'a request without id': { method: 'environment/status' },
  'a notification of the server': { method: 'process/closed', params: {} },
  'a response to nothing': { id: 1, result: {} },
  'an error response to nothing': { id: 1, error: { code: 1, message: 'x' } },
};

for (const [what, message] of Object.entries(violations)) {
  test(`${what} ends the connection without a word, and the session is detached`, () =>
    withChannel(async (channel, server) => {
      await deliver(channel, initialize, initialized);
      const before = channel.sent.length;
      await deliver(channel, message, status);
      assert.is(channel.isClosed, true);
      assert.is(channel.sent.length, before);
      assert.equal(
        server.inspect().sessions.map(({ state }) => state),
        ['detached'],
      );
      assert.equal(server.inspect().connections, []);
    }));
}

test('`initialized` before `initialize` has succeeded ends the connection', () =>
  withChannel(async (channel) => {
    await deliver(channel, { id: 1, method: 'initialize', params: {} }, initialized);
    assert.is(channel.isClosed, true);
  }));

test('`initialized` may be repeated, with any params', () =>
  withChannel(async (channel) => {
    await deliver(channel, initialize, initialized, { ...initialized, params: 7 }, { ...initialized, params: { x: [] } }, status);
    assert.is(channel.isClosed, false);
    assert.ok(answerTo(channel, 's'));
  }));

test('a second `initialize` is refused and changes nothing', () =>
  withChannel(async (channel, server) => {
    await deliver(channel, initialize, initialized, { ...initialize, id: 2 }, status);
    assert.equal(errorTo(channel, 2), [-32600, 'initialize may only be sent once per connection']);
    assert.ok(answerTo(channel, 's')?.result);
    assert.is(server.inspect().sessions.length, 1);
  }));

test('a connection without a session is closed after its time; one with a session is not', () =>
  withChannel(
    async (silent, server) => {
      const served = new FakeChannel();
      server.accept(served);
      await deliver(served, initialize);
      while (!silent.isClosed) await turns(1);
      await turns();
      assert.is(served.isClosed, false);
      await deliver(served, initialized, { id: 'c', method: 'session/close' });
      assert.equal((await answered(served, 'c')).result, { terminated: 0 });
      while (!served.isClosed) await turns(1);
    },
    { handshakeTimeoutMs: 20 },
  ));

test('P9: a start whose connection is lost meanwhile is finished, and the process can be taken up', () =>
  withChannel(async (channel, server) => {
    await deliver(channel, initialize, initialized);
    channel.deliver({ id: 'start', method: 'process/start', params: startParams('p', ['echo', 'hello']) });
    channel.lose();
    const [session] = server.inspect().sessions;
    const next = new FakeChannel();
    server.accept(next);
    await deliver(next, { ...initialize, params: { clientName: 'x', resumeSessionId: session?.id } }, initialized);
    next.deliver({ id: 'read', method: 'process/read', params: { processId: 'p', waitMs: 60_000 } });
    const { chunks } = (await answered(next, 'read')).result as { chunks: { chunk: string }[] };
    assert.is(Buffer.from(chunks[0]?.chunk ?? '', 'base64').toString(), 'hello\n');
    assert.is(answerTo(channel, 'start'), undefined);
  }));
