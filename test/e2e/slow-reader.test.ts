import { readFileSync } from 'node:fs';
import { startExecServer } from 'exec-server/testing';
import * as assert from 'uvu/assert';
import { suite } from '../harness/test.js';
import { startParams, WireClient } from '../harness/wire-client.js';

const test = suite('slow reader');

/** Bytes a process has written so far. */
function bytesWritten(pid: number): number {
  return Number(/^wchar: (\d+)/m.exec(readFileSync(`/proc/${pid}/io`, 'utf8'))?.[1]);
}

test('P7: a reader that stops holds the program back; nothing is lost when it reads on', async () => {
  await using host = await startExecServer();
  await using wire = await WireClient.open(host.url, host.token);
  await using other = await WireClient.open(host.url, host.token);
  await wire.handshake();
  await other.handshake();
  const size = 64 * 1024 * 1024;
  wire.socket.pause();
  wire.send({ id: 1, method: 'process/start', params: startParams('flood', ['head', '-c', String(size), '/dev/zero']) });
  // Another connection sees the process table move on, and is not disturbed.
  let pid: number | null = null;
  while (pid === null) {
    assert.equal((await other.request('environment/status')).result, { status: 'ready' });
    pid = host.server.inspect().sessions.flatMap(({ processes }) => processes)[0]?.pid ?? null;
  }
  let written = -1;
  for (let stable = 0; stable < 20;) {
    await other.request('environment/status');
    await new Promise((resolve) => setTimeout(resolve, 10));
    const now = bytesWritten(pid);
    stable = now === written ? stable + 1 : 0;
    written = now;
  }
  assert.ok(written < 32 * 1024 * 1024, `the program was stopped after ${written} bytes`);
  // What is asked of the stalled connection is still done.
  wire.send({ id: 2, method: 'process/start', params: startParams('second', ['sleep', '60']) });
  wire.send({ id: 3, method: 'process/terminate', params: { processId: 'second' } });
  for (;;) {
    const second = host.server
      .inspect()
      .sessions.flatMap(({ processes }) => processes)
      .find(({ processId }) => processId === 'second');
    if (second?.state === 'closed') break;
    await other.request('environment/status');
  }
  wire.socket.resume();
  await wire.find(({ method, params }) => method === 'process/closed' && params?.['processId'] === 'flood');
  const output = wire.messages.filter(({ method, params }) => method === 'process/output' && params?.['processId'] === 'flood');
  const bytes = output.reduce((sum, { params }) => sum + Buffer.from(String(params?.['chunk']), 'base64').length, 0);
  assert.is(bytes, size);
  assert.equal(
    output.map(({ params }) => params?.['seq']),
    output.map((_, index) => index + 1),
  );
});

test('requests whose answers nobody reads do not pile up in memory', async () => {
  await using host = await startExecServer();
  await using wire = await WireClient.open(host.url, host.token);
  await wire.handshake();
  await wire.request('process/start', startParams('big', ['head', '-c', String(1024 * 1024), '/dev/zero']));
  await wire.find(({ method }) => method === 'process/closed');
  wire.socket.pause();
  const before = process.memoryUsage();
  for (let id = 0; id < 2_000; id++) wire.send({ id, method: 'process/read', params: { processId: 'big' } });
  await using other = await WireClient.open(host.url, host.token);
  await other.handshake();
  for (let round = 0; round < 50; round++) await other.request('environment/status');
  const after = process.memoryUsage();
  const grown = after.rss - before.rss;
  assert.ok(grown < 200 * 1024 * 1024, `2 000 answers of 1.4 MB take ${grown} bytes`);
});
