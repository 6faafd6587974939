import { createHash } from 'node:crypto';
import { FaultProxy, startExecServer } from 'exec-server/testing';
import * as assert from 'uvu/assert';
import { suite } from '../harness/test.js';
import { startParams, WireClient, type WireMessage } from '../harness/wire-client.js';

const test = suite('absent reader');

const megabyte = 1_000_000;

interface Chunk {
  readonly seq: number;
  readonly chunk: string;
}

const chunksOf = (answer: WireMessage): Chunk[] => (answer.result as { chunks: Chunk[] }).chunks;
const bytesOf = (chunks: readonly Chunk[]): Buffer => Buffer.concat(chunks.map(({ chunk }) => Buffer.from(chunk, 'base64')));
const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');

/** Prints so many bytes that differ from place to place, and exits. */
const printing = (bytes: number): string[] => [
  'perl',
  '-e',
  `$| = 1; sleep 1; my $n = 0; while ($n < ${bytes}) { my $line = sprintf("%09d\\n", $n); syswrite(STDOUT, $line x 10); $n += 100 }`,
];

function expected(bytes: number): string {
  const hash = createHash('sha256');
  for (let at = 0; at < bytes; at += 100) hash.update(`${String(at).padStart(9, '0')}\n`.repeat(10));
  return hash.digest('hex');
}

test(
  'a client of the base that was away while 30 MB were printed gets every byte with one read',
  async () => {
    await using host = await startExecServer();
    await using before = await WireClient.open(host.url, host.token);
    const sessionId = await before.handshake();
    before.send({ id: 's', method: 'process/start', params: startParams('p', printing(30 * megabyte)) });
    await before.find(({ id }) => id === 's');
    await before.close();
    const exited = (): boolean => host.server.inspect().sessions.some(({ processes }) => processes.some(({ state }) => state === 'closed'));
    while (!exited()) await new Promise((resolve) => setTimeout(resolve, 20));
    await using after = await WireClient.open(host.url, host.token);
    await after.handshake(sessionId);
    after.send({ id: 'r', method: 'process/read', params: { processId: 'p', afterSeq: 0, maxBytes: null, waitMs: 0 } });
    const answer = await after.find(({ id }) => id === 'r');
    const chunks = chunksOf(answer);
    assert.is(sha256(bytesOf(chunks)), expected(30 * megabyte));
    const { nextSeq, closed, exitCode, gap } = answer.result as Record<string, unknown>;
    assert.equal([nextSeq, closed, exitCode, gap], [chunks.length + 3, true, 0, null]);
  },
  { timeoutMs: 60_000 },
);

test(
  'P7: a program that prints more than is retained waits until its reader is back, and nothing is lost',
  async () => {
    await using host = await startExecServer({ server: { limits: { undeliveredOutputBytes: 4 * megabyte } } });
    await using before = await WireClient.open(host.url, host.token);
    const sessionId = await before.handshake();
    before.send({ id: 's', method: 'process/start', params: startParams('p', printing(20 * megabyte)) });
    await before.find(({ id }) => id === 's');
    await before.close();
    const retained = (): number => host.server.inspect().retainedBytes;
    for (let last = -1; retained() !== last || last === 0;) {
      last = retained();
      await new Promise((resolve) => setTimeout(resolve, 300));
    }
    assert.ok(retained() < 6 * megabyte, `${retained()} bytes retained`);
    await using after = await WireClient.open(host.url, host.token);
    await after.handshake(sessionId);
    const got = new Map<number, string>();
    const note = (chunks: readonly Chunk[]): void => chunks.forEach(({ seq, chunk }) => got.set(seq, chunk));
    for (let cursor = 0, id = 1; ; id++) {
      after.send({ id, method: 'process/read', params: { processId: 'p', afterSeq: cursor, maxBytes: megabyte, waitMs: 5_000 } });
      const answer = await after.find((message) => message.id === id);
      note(chunksOf(answer));
      const { nextSeq, closed, gap } = answer.result as { nextSeq: number; closed: boolean; gap: unknown };
      assert.is(gap, null);
      if (closed && chunksOf(answer).length === 0) break;
      cursor = nextSeq - 1;
    }
    const chunks = [...got].toSorted(([a], [b]) => a - b).map(([seq, chunk]) => ({ seq, chunk }));
    assert.is(sha256(bytesOf(chunks)), expected(20 * megabyte));
  },
  { timeoutMs: 60_000 },
);

test(
  'T3: by policy the oldest output gives way, and the gap says how much',
  async () => {
    await using host = await startExecServer();
    await using wire = await WireClient.open(host.url, host.token);
    await wire.handshake();
    const retention = { spillBytes: megabyte, whenFull: 'dropOldest' };
    wire.send({ id: 's', method: 'process/start', params: { ...startParams('p', printing(10 * megabyte)), retention } });
    await wire.find(({ method }) => method === 'process/closed');
    wire.send({ id: 'r', method: 'process/read', params: { processId: 'p' } });
    const answer = await wire.find(({ id }) => id === 'r');
    const { gap, oldestSeq } = answer.result as { gap: { fromSeq: number; toSeq: number; bytes: number }; oldestSeq: number };
    const kept = bytesOf(chunksOf(answer)).length;
    assert.ok(kept <= megabyte && kept > megabyte / 2, `${kept} bytes kept`);
    assert.equal([gap.fromSeq, gap.toSeq], [1, oldestSeq - 1]);
    assert.ok(gap.bytes + kept >= 10 * megabyte && gap.bytes + kept < 10.2 * megabyte, 'nothing is lost without a word');
  },
  { timeoutMs: 60_000 },
);

test('S5: more than the server has room for is refused', async () => {
  await using host = await startExecServer();
  await using wire = await WireClient.open(host.url, host.token);
  await wire.handshake();
  wire.send({ id: 's', method: 'process/start', params: { ...startParams('p', ['true']), retention: { spillBytes: 2 ** 40 } } });
  const { error } = await wire.find(({ id }) => id === 's');
  assert.is((error as { code: number }).code, -32602);
  assert.match((error as { message: string }).message, 'retention.spillBytes must be at most 1073741824, not 1099511627776');
});

test(
  'P5: the client catches up with 20 MB it was cut off from, and its reader sees no seam',
  async () => {
    await using host = await startExecServer();
    await using proxy = await FaultProxy.start(host.url);
    const client = await host.connect({ url: proxy.url });
    const process = await client.processes.start({ argv: printing(20 * megabyte), retention: { spillBytes: 40 * megabyte } });
    const hash = createHash('sha256');
    const reading = (async () => {
      for await (const chunk of process.stdout) hash.update(chunk);
    })();
    proxy.block();
    proxy.cut();
    while (host.server.inspect().retainedBytes < 20 * megabyte) await new Promise((resolve) => setTimeout(resolve, 20));
    proxy.unblock();
    await reading;
    assert.is(hash.digest('hex'), expected(20 * megabyte));
    assert.is((await process.closed).exitCode, 0);
  },
  { timeoutMs: 60_000 },
);
