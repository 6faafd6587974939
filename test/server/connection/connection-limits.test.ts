import { createExecServer, type ExecServer, type ExecServerOptions } from '@exec-server/server';
import * as assert from 'uvu/assert';
import { FakeChannel } from '../../harness/fake-channel.js';
import { turns } from '../../harness/launching.js';
import { suite } from '../../harness/test.js';
import { startParams, type WireMessage } from '../../harness/wire-client.js';

/** What a connection does when it has too much to do, and when it loses its session. */
const test = suite('connection limits');

const initialize = (resumeSessionId: string | null = null): unknown => ({
  id: 'i',
  method: 'initialize',
  params: { clientName: 'test', resumeSessionId },
});
const status = (id: unknown): unknown => ({ id, method: 'environment/status' });

/** A channel whose handshake is done. */
async function connect(server: ExecServer, resumeSessionId: string | null = null): Promise<FakeChannel> {
  const channel = new FakeChannel();
  server.accept(channel);
  channel.deliver(initialize(resumeSessionId));
  channel.deliver({ method: 'initialized' });
  await turns();
  return channel;
}

async function withChannel(
  limits: ExecServerOptions['limits'],
  body: (channel: FakeChannel, server: ExecServer) => Promise<void>,
): Promise<void> {
  await using server = createExecServer({ limits });
  await body(await connect(server), server);
}

const idsOf = (channel: FakeChannel): unknown[] => channel.messages.map(({ id }) => id).filter((id) => id !== 'i' && id !== undefined);

async function until(channel: FakeChannel, fits: (message: WireMessage) => boolean): Promise<WireMessage> {
  for (; ; await turns(1)) {
    const found = channel.messages.find(fits);
    if (found) return found;
  }
}

/** More than any limit. */
const stalled = 2 ** 40;

test('P7: with too many requests under way the peer is not read, and nothing is lost or reordered', () =>
  withChannel({ maxRequestsInFlight: 3 }, async (channel, server) => {
    channel.bufferedBytes = stalled;
    for (let id = 0; id < 8; id++) channel.deliver(status(id));
    await turns();
    assert.is(channel.isPaused, true);
    assert.equal(idsOf(channel), []);
    const [{ requestsInFlight, backlog } = { requestsInFlight: 0, backlog: 0 }] = server.inspect().connections;
    assert.equal([requestsInFlight, backlog], [3, 5]);
    channel.drain();
    await turns(10);
    assert.equal(idsOf(channel), [0, 1, 2, 3, 4, 5, 6, 7]);
    assert.is(channel.isPaused, false);
    channel.deliver(status('after'));
    await turns();
    assert.is(idsOf(channel).at(-1), 'after');
  }));

test('P7: the same goes for the bytes of requests, of which one message always fits', () =>
  withChannel({ maxRequestBytesInFlight: 100 }, async (channel, server) => {
    channel.bufferedBytes = stalled;
    channel.deliver({ ...(status('large') as object), extra: 'x'.repeat(1_000) });
    channel.deliver(status('next'));
    await turns();
    const [{ backlog, bytesInFlight } = { backlog: 0, bytesInFlight: 0 }] = server.inspect().connections;
    assert.equal([channel.isPaused, backlog, bytesInFlight > 1_000], [true, 1, true]);
    channel.drain();
    await turns(10);
    assert.equal(idsOf(channel), ['large', 'next']);
    assert.equal(
      server.inspect().connections.map(({ bytesInFlight: bytes, requestsInFlight }) => [bytes, requestsInFlight]),
      [[0, 0]],
    );
  }));

test('malformed messages count as well', () =>
  withChannel({ maxRequestsInFlight: 2 }, async (channel) => {
    channel.bufferedBytes = stalled;
    for (let count = 0; count < 5; count++) channel.deliver('nonsense');
    await turns();
    assert.is(channel.isPaused, true);
    channel.drain();
    await turns(10);
    assert.is(idsOf(channel).filter((id) => id === -1).length, 5);
    assert.is(channel.isPaused, false);
  }));

test('a long poll that waits does not keep others waiting', () =>
  withChannel({ workSlots: 1 }, async (channel) => {
    channel.deliver({ id: 'start', method: 'process/start', params: startParams('p', ['sleep', '60']) });
    for (let id = 0; id < 50; id++) channel.deliver({ id, method: 'process/read', params: { processId: 'p', waitMs: 60_000 } });
    channel.deliver({ id: 'start2', method: 'process/start', params: startParams('q', ['true']) });
    channel.deliver(status('status'));
    await until(channel, ({ id }) => id === 'start2');
    assert.equal(idsOf(channel).map(String).toSorted(), ['start', 'start2', 'status']);
  }));

test('what waits when the connection ends is dropped, and the session goes on', () =>
  withChannel({ maxRequestsInFlight: 1 }, async (channel, server) => {
    channel.bufferedBytes = stalled;
    for (let id = 0; id < 5; id++) channel.deliver(status(id));
    await turns();
    channel.lose();
    await turns();
    assert.equal([server.inspect().connections, idsOf(channel)], [[], []]);
    assert.is(server.inspect().sessions[0]?.state, 'detached');
  }));

test('P7: a loud process is paused while the peer does not read, and resumed when it does', () =>
  withChannel({ outboxHighWaterBytes: 1 }, async (channel, server) => {
    channel.bufferedBytes = 2;
    channel.deliver({ id: 'start', method: 'process/start', params: startParams('p', ['perl', '-e', 'print "x" x 3_000_000']) });
    await until(channel, ({ method }) => method === 'process/output');
    await turns(50);
    const { outputBytes } = server.inspect().counters;
    assert.ok(outputBytes < 1_000_000, `${outputBytes} bytes were read from it`);
    channel.drain();
    await until(channel, ({ method }) => method === 'process/closed');
    assert.is(server.inspect().counters.outputBytes, 3_000_000);
  }));

test('P4: a long poll whose session is taken over ends with an error on its own connection', () =>
  withChannel({}, async (old, server) => {
    const sessionId = server.inspect().sessions[0]?.id ?? '';
    old.deliver({ id: 'start', method: 'process/start', params: startParams('p', ['sleep', '60']) });
    await until(old, ({ id }) => id === 'start');
    old.deliver({ id: 'poll', method: 'process/read', params: { processId: 'p', waitMs: 60_000 } });
    old.isResponsive = false;
    const next = await connect(server, sessionId);
    await turns();
    assert.is(old.isClosed, true, 'the old connection is ended');
    assert.equal(idsOf(next), [], 'and nothing of it is answered on the new one');
    const poll = old.messages.find(({ id }) => id === 'poll');
    assert.equal([poll?.error?.code, poll?.error?.message], [-32600, 'session has been resumed by another connection']);
  }));

test('P4: a connection that lost its session does not get at it any more, and its end does not touch it', () =>
  withChannel({}, async (old, server) => {
    const sessionId = server.inspect().sessions[0]?.id ?? '';
    old.isResponsive = false;
    const next = new FakeChannel();
    server.accept(next);
    next.deliver(initialize(sessionId));
    old.deliver({ id: 'late', method: 'process/start', params: startParams('p', ['sleep', '60']) });
    next.deliver({ method: 'initialized' });
    next.deliver({ id: 'list', method: 'process/list' });
    await turns();
    assert.equal((await until(next, ({ id }) => id === 'list')).result, { processes: [] });
    assert.is(old.isClosed, true);
    assert.equal(
      server.inspect().sessions.map(({ id, state }) => [id, state]),
      [[sessionId, 'attached']],
    );
  }));

test('a live peer that is asked for its session is probed and keeps it', () =>
  withChannel({}, async (holder, server) => {
    const sessionId = server.inspect().sessions[0]?.id ?? '';
    const other = new FakeChannel();
    server.accept(other);
    other.deliver(initialize(sessionId));
    await turns();
    assert.is(other.messages[0]?.error?.code, -32010);
    assert.equal([holder.probes, holder.isClosed], [1, false]);
  }));
