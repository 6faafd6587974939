import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import * as assert from 'uvu/assert';
import { WebSocket } from 'ws';
import { withListener } from '../../harness/raw-http.js';
import { suite } from '../../harness/test.js';
import { startParams, WireClient, type WireMessage } from '../../harness/wire-client.js';

/** How a WebSocket channel finds out whether its peer lives. */
const test = suite('keep-alive');

const day = 86_400_000;

/** A peer whose handshake is done and that does not answer pings. */
async function openDeaf(
  url: string,
): Promise<{ webSocket: WebSocket; sessionId: string; messages: WireMessage[]; closed: Promise<unknown> }> {
  const webSocket = new WebSocket(url, { autoPong: false, perMessageDeflate: false });
  const messages: WireMessage[] = [];
  webSocket.on('message', (data: Buffer) => messages.push(JSON.parse(data.toString()) as WireMessage));
  await once(webSocket, 'open');
  const closed = once(webSocket, 'close');
  webSocket.send(JSON.stringify({ id: 1, method: 'initialize', params: { clientName: 'deaf' } }));
  webSocket.send(JSON.stringify({ method: 'initialized' }));
  while (messages.length === 0) await once(webSocket, 'message');
  const { sessionId = '' } = (messages[0]?.result ?? {}) as { sessionId?: string };
  return { webSocket, sessionId, messages, closed };
}

/** Asks for a session until it is given, and returns how often that was. */
async function takeOver(wire: WireClient, sessionId: string, everyMs: number, signal: AbortSignal): Promise<number> {
  for (let attempt = 1; ; attempt++) {
    const { error } = await wire.request('initialize', { clientName: 'heir', resumeSessionId: sessionId });
    if (!error) return attempt;
    assert.is(error.code, -32010);
    await sleep(everyMs);
    signal.throwIfAborted();
  }
}

/** The second ping comes after the first has been given up. */
async function missPing({ webSocket }: { readonly webSocket: WebSocket }): Promise<void> {
  await once(webSocket, 'ping');
  await once(webSocket, 'ping');
}

test('P6: a peer that does not answer pings is dropped; one that does is kept', () =>
  withListener(
    async (url, server) => {
      await using live = await WireClient.open(url);
      await live.handshake();
      const deaf = await openDeaf(url);
      await deaf.closed;
      assert.is(live.closeCode, null);
      assert.equal((await live.request('environment/status')).result, { status: 'ready' });
      assert.equal(
        server
          .inspect()
          .sessions.map(({ state }) => state)
          .toSorted(),
        ['attached', 'detached'],
      );
    },
    { limits: { pingIntervalMs: 50, pongTimeoutMs: 10, deadPeerMs: 1_000 } },
  ));

test('P6: a peer that talks lives, even if it answers no pings', () =>
  withListener(
    async (url) => {
      const [silent, talking] = [await openDeaf(url), await openDeaf(url)];
      for (let id = 2; silent.webSocket.readyState !== WebSocket.CLOSED; id++) {
        talking.webSocket.send(JSON.stringify({ id, method: 'environment/status' }));
        await once(talking.webSocket, 'message');
      }
      assert.is(talking.webSocket.readyState, WebSocket.OPEN);
      talking.webSocket.terminate();
      await talking.closed;
    },
    { limits: { pingIntervalMs: 50, pongTimeoutMs: 10, deadPeerMs: 1_000 } },
  ));

test('P6: a peer that has missed a ping is not dropped yet, but its session may be taken over', ({ signal }) =>
  withListener(
    async (url) => {
      const deaf = await openDeaf(url);
      await missPing(deaf);
      await using wire = await WireClient.open(url);
      assert.is(await takeOver(wire, deaf.sessionId, 100, signal), 1);
      await deaf.closed;
    },
    { limits: { pingIntervalMs: 50, pongTimeoutMs: 1, probeTimeoutMs: day, deadPeerMs: day } },
  ));

test('P6: a contested session is decided by a probe, long before the next ping', ({ signal }) =>
  withListener(
    async (url) => {
      const deaf = await openDeaf(url);
      await using wire = await WireClient.open(url);
      assert.ok((await takeOver(wire, deaf.sessionId, 100, signal)) > 1, 'it is not given away unasked');
      await deaf.closed;
    },
    { limits: { pingIntervalMs: day, pongTimeoutMs: day, probeTimeoutMs: 5, deadPeerMs: day } },
  ));

test(
  'P6: a client that asks again and again, faster than a probe takes, gets its session all the same',
  ({ signal }) =>
    withListener(
      async (url) => {
        const deaf = await openDeaf(url);
        await using wire = await WireClient.open(url);
        await takeOver(wire, deaf.sessionId, 10, signal);
        await deaf.closed;
      },
      { limits: { pingIntervalMs: day, pongTimeoutMs: day, probeTimeoutMs: 200, deadPeerMs: day } },
    ),
  { timeoutMs: 5_000 },
);

test('a live peer keeps its session, however often it is asked for', () =>
  withListener(
    async (url) => {
      await using holder = await WireClient.open(url);
      const sessionId = await holder.handshake();
      await using other = await WireClient.open(url);
      for (let attempt = 0; attempt < 20; attempt++) {
        assert.is((await other.request('initialize', { clientName: 'x', resumeSessionId: sessionId })).error?.code, -32010);
        assert.equal((await holder.request('environment/status')).result, { status: 'ready' });
      }
    },
    { limits: { probeTimeoutMs: 2_000 } },
  ));

test('P4: a long poll on a connection whose session is taken over ends with an error there', ({ signal }) =>
  withListener(
    async (url) => {
      const deaf = await openDeaf(url);
      deaf.webSocket.send(JSON.stringify({ id: 'start', method: 'process/start', params: startParams('p', ['sleep', '60']) }));
      deaf.webSocket.send(JSON.stringify({ id: 'poll', method: 'process/read', params: { processId: 'p', waitMs: day } }));
      while (!deaf.messages.some(({ id }) => id === 'start')) await once(deaf.webSocket, 'message');
      await missPing(deaf);
      await using wire = await WireClient.open(url);
      await takeOver(wire, deaf.sessionId, 100, signal);
      await deaf.closed;
      const poll = deaf.messages.find(({ id }) => id === 'poll');
      assert.equal([poll?.error?.code, poll?.error?.message], [-32600, 'session has been resumed by another connection']);
      assert.is(
        wire.messages.some(({ id }) => id === 'poll'),
        false,
      );
    },
    { limits: { pingIntervalMs: 50, pongTimeoutMs: 1, probeTimeoutMs: 5, deadPeerMs: day } },
  ));
