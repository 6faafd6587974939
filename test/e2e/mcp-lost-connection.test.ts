import { OutputGapError } from '@exec-server/client';
import { McpProtocolError } from '@exec-server/mcp';
import { FaultProxy, startExecServer } from 'exec-server/testing';
import * as assert from 'uvu/assert';
import { failure } from '../harness/failure.js';
import { allGone, connectTo, echo } from '../harness/mcp-host.js';
import { suite } from '../harness/test.js';

const test = suite('mcp over a lost connection');

test(
  'a thousand calls over a line that keeps breaking: every one ends with its own answer, and each was made once',
  async () => {
    await using host = await startExecServer();
    await using proxy = await FaultProxy.start(host.url);
    const remote = await host.connect({ url: proxy.url });
    await using server = await connectTo(host, 'counting', { client: remote });
    proxy.startRandomFaults({ everyBytes: 5_000, faults: ['cut', 'stall'] });
    const answers: string[] = [];
    for (let wave = 0; wave < 20; wave++) {
      const calls = Array.from({ length: 50 }, (_, i) => echo(server.client, `call ${wave} ${i}`, { delayMs: i }));
      answers.push(...(await Promise.all(calls)));
    }
    proxy.disarm();
    assert.ok(proxy.accepted > 2, `${proxy.accepted} connections`);
    assert.equal(
      answers,
      Array.from({ length: 1_000 }, (_, i) => `call ${Math.floor(i / 50)} ${i % 50} ${i + 1}`),
    );
  },
  { timeoutMs: 60_000 },
);

test(
  'a line that breaks after any number of bytes, either way, from the start to the close, changes nothing',
  async () => {
    await using host = await startExecServer();
    await using proxy = await FaultProxy.start(host.url);
    const remote = await host.connect({ url: proxy.url });
    for (const direction of ['toServer', 'toClient'] as const) {
      for (let bytes = 0; bytes < 2_400; bytes += 100) {
        proxy.at(direction, bytes, 'cut');
        const { client } = await connectTo(host, 'honest', { client: remote });
        assert.is(await echo(client, `after ${bytes}`), `after ${bytes}`);
        await client.close();
        proxy.disarm();
      }
    }
    await allGone(host);
    assert.ok(proxy.accepted > 20, `${proxy.accepted} connections`);
  },
  { timeoutMs: 90_000 },
);

test('over a long line many messages go in one request, so that its length is not paid for each', async () => {
  await using host = await startExecServer();
  await using proxy = await FaultProxy.start(host.url);
  const remote = await host.connect({ url: proxy.url });
  await using server = await connectTo(host, 'honest', { client: remote });
  proxy.shape({ delayMs: 50 });
  const before = host.inspect().server.counters.requests;
  const texts = Array.from({ length: 1_000 }, (_, i) => `call ${i}`);
  assert.equal(await Promise.all(texts.map((text) => echo(server.client, text))), texts);
  const requests = host.inspect().server.counters.requests - before;
  assert.ok(requests < 100, `${requests} requests for 1 000 messages`);
  proxy.shape({});
});

test('T3: output that is lost while the line is broken fails the transport; no message is made of what is left', async () => {
  await using host = await startExecServer();
  await using proxy = await FaultProxy.start(host.url);
  const remote = await host.connect({ url: proxy.url });
  const retention = { spillBytes: 100_000, whenFull: 'dropOldest' } as const;
  const { client, transport } = await connectTo(host, 'chatty', { client: remote, retention });
  const odd: unknown[] = [];
  let last = 0;
  client.setNotificationHandler('notifications/message', ({ params }) => {
    const match = /^(?<count>\d+) \.{200}$/.exec(String(params.data));
    if (Number(match?.groups?.['count']) !== ++last) odd.push(params.data);
  });
  await echo(client, 'begin');
  const call = failure(echo(client, 'never answered', { wait: true }), McpProtocolError);
  proxy.block();
  proxy.cut();
  const printed = (): number => host.server.inspect().counters.outputBytes;
  for (const before = printed(); printed() < before + 5_000_000;) {
    await new Promise(setImmediate);
  }
  proxy.unblock();
  const error = await call;
  assert.instance(error.cause, OutputGapError);
  assert.is(transport.failure, error);
  assert.match(error.message, /its messages have a hole/);
  assert.equal(odd, []);
  assert.ok(last > 0, 'messages came before');
  await allGone(host);
});
