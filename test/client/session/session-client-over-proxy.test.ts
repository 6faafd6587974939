import { connect, ConnectionRefusedError, DisconnectedError, RpcError, SessionLostError } from '@exec-server/client';
import { FaultProxy, startExecServer } from 'exec-server/testing';
import * as assert from 'uvu/assert';
import { readAll, readUntil, sha256 } from '../../harness/byte-streams.js';
import { failure } from '../../harness/failure.js';
import { suite } from '../../harness/test.js';

const test = suite('session-client over a line that breaks');

/** Lets everybody in, so that another server of the kind can take its place. */
const open = { authenticator: undefined };

test('a process and its streams go on over a cut as if nothing had happened', async () => {
  await using host = await startExecServer();
  await using proxy = await FaultProxy.start(host.url);
  const client = await host.connect({ url: proxy.url });
  const process = await client.processes.start({
    argv: ['sh', '-c', 'while read line; do echo "$line!"; done; exit 5'],
    stdin: true,
  });
  const reader = process.stdout.getReader();
  for (const word of ['one', 'two', 'three']) {
    await process.write(`${word}\n`);
    assert.is(await readUntil(reader, '\n'), `${word}!\n`);
    proxy.cut();
  }
  await process.closeStdin();
  assert.equal(await process.closed, { exitCode: 5, signal: null, timedOut: false });
  assert.is((await reader.read()).done, true);
  assert.ok(proxy.accepted >= 2);
  assert.is(client.sessionId, host.inspect().server.sessions.at(-1)?.id);
});

test(
  '8 MB of output over many cuts arrive whole and in order',
  async () => {
    await using host = await startExecServer({ server: { limits: { retainedOutputBytes: 64 * 1024 * 1024 } } });
    await using proxy = await FaultProxy.start(host.url);
    const client = await host.connect({ url: proxy.url });
    const process = await client.processes.start({ argv: ['seq', '1200000'] });
    const output = readAll(process.stdout);
    const cuts = [1_000, 300_000, 1, 2_000_000, 50_000, 6_000_000];
    for (const [index, bytes] of cuts.entries()) {
      proxy.at('toClient', bytes, 'cut');
      await proxy.connected(index + 2);
    }
    const expected = Buffer.from(Array.from({ length: 1_200_000 }, (_, index) => `${index + 1}\n`).join(''));
    assert.is(sha256(await output), sha256(expected));
    assert.equal(await process.closed, { exitCode: 0, signal: null, timedOut: false });
  },
  { timeoutMs: 60_000 },
);

test('a session whose old connection has died without a word is taken up again', async () => {
  await using host = await startExecServer({ server: { limits: { probeTimeoutMs: 50 } } });
  await using proxy = await FaultProxy.start(host.url);
  const client = await host.connect({ url: proxy.url });
  const process = await client.processes.start({ argv: ['cat'], stdin: true });
  proxy.cutClients();
  await process.write('over a new line');
  const { value } = await process.stdout.getReader().read();
  assert.is(Buffer.from(value ?? []).toString(), 'over a new line');
  assert.ok(proxy.accepted > 2, 'the server refused until it found the old one dead');
});

test('P5: a server that does not know the session ends it at once', async () => {
  await using host = await startExecServer({ server: open });
  await using other = await startExecServer({ server: open });
  await using proxy = await FaultProxy.start(host.url);
  const client = await connect(proxy.url);
  const process = await client.processes.start({ argv: ['sleep', '600'] });
  proxy.redirect(other.url);
  proxy.cut();
  const error = await failure(process.closed, SessionLostError);
  assert.instance(error.cause, RpcError);
  assert.is(await client.ended, error);
  assert.is(proxy.accepted, 2);
});

test('P5: credentials that are refused on the way back end it at once', async () => {
  await using host = await startExecServer();
  await using other = await startExecServer();
  await using proxy = await FaultProxy.start(host.url);
  const client = await host.connect({ url: proxy.url });
  proxy.redirect(other.url);
  proxy.cut();
  const error = await client.ended;
  assert.instance(error, SessionLostError);
  assert.instance(error.cause, ConnectionRefusedError);
});

test('P5: everything that waits fails promptly when the line is gone for good', async () => {
  await using host = await startExecServer();
  await using proxy = await FaultProxy.start(host.url);
  const client = await host.connect({ url: proxy.url, resumeWindowMs: 300 });
  const process = await client.processes.start({ argv: ['sleep', '600'], stdin: true });
  await client.environment.status();
  proxy.block();
  proxy.cut();
  const waits = {
    exited: process.exited,
    closed: process.closed,
    stdout: readAll(process.stdout),
    write: process.write('x'),
    closeStdin: process.closeStdin(),
    terminate: process.terminate(),
    signal: process.signal('interrupt'),
    list: client.processes.list(),
    attach: client.processes.attach('another'),
    start: client.processes.start({ argv: ['true'] }),
    status: client.environment.status(),
    info: client.environment.info(),
  };
  const outcomes = await Promise.allSettled(Object.values(waits));
  for (const [index, what] of Object.keys(waits).entries()) {
    const outcome = outcomes[index];
    assert.ok(outcome?.status === 'rejected' && outcome.reason instanceof DisconnectedError, what);
  }
  await failure(process.exited, SessionLostError);
  await failure(client.environment.status(), DisconnectedError);
  assert.is(client.state, 'closed');
});

test('a line that only stalls loses nothing', async () => {
  await using host = await startExecServer();
  await using proxy = await FaultProxy.start(host.url);
  const client = await host.connect({ url: proxy.url });
  proxy.stall();
  const status = client.environment.status();
  const process = client.processes.start({ argv: ['echo', 'through'] });
  proxy.resume();
  assert.is(await status, 'ready');
  assert.is((await readAll((await process).stdout)).toString(), 'through\n');
  assert.is(proxy.accepted, 1);
});

test('what was missed arrives over a line on which it never passes between two cuts in one piece', async ({ signal }) => {
  await using host = await startExecServer();
  await using proxy = await FaultProxy.start(host.url);
  const client = await host.connect({ url: proxy.url });
  signal.addEventListener('abort', () => void client.close());
  const process = await client.processes.start({
    argv: ['sh', '-c', 'read line; head -c 900000 /dev/zero; exec sleep 600'],
    stdin: true,
  });
  proxy.stall('toClient');
  void process.write('\n').catch(() => undefined);
  while (host.server.inspect().retainedBytes < 900_000) await host.connect().then((other) => other.close());
  proxy.cut();
  proxy.resume();
  proxy.startRandomFaults({ everyBytes: 400_000, direction: 'toClient' }); // 1 200 000 bytes in base64
  let bytes = 0;
  for await (const event of process) {
    assert.is(event.type, 'output');
    if (event.type === 'output') bytes += event.chunk.length;
    if (bytes === 900_000) break;
  }
  proxy.disarm();
});
