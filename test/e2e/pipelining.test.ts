import { startExecServer } from 'exec-server/testing';
import * as assert from 'uvu/assert';
import { suite } from '../harness/test.js';
import { startParams, WireClient } from '../harness/wire-client.js';

const test = suite('pipelining');

for (const workSlots of [1, 64]) {
  test(`P10: 10 000 requests sent without waiting are all answered (${workSlots} work slots)`, async () => {
    await using host = await startExecServer({ server: { limits: { workSlots } } });
    await using wire = await WireClient.open(host.url, host.token);
    await wire.handshake();
    await wire.request('process/start', startParams('p', ['sleep', '60']));
    const before = process.memoryUsage.rss();
    const kinds = [
      { method: 'environment/info', params: {} },
      { method: 'process/read', params: { processId: 'p' } },
      { method: 'process/list', params: {} },
      { method: 'no/such/method', params: {} },
      { method: 'process/read', params: { processId: 'p', waitMs: 50 } },
    ];
    for (let id = 0; id < 10_000; id++) wire.send({ id, ...kinds[id % kinds.length] });
    for (let id = 0; id < 10_000; id++) await wire.next(); // the handshake and the start are among them
    await wire.find((message) => message.id === 9_999);
    const answered = new Set(wire.messages.map((message) => message.id).filter((id) => typeof id === 'number'));
    assert.is(answered.size, 10_000);
    assert.ok(process.memoryUsage.rss() - before < 256 * 1024 * 1024, 'memory stays bounded');
  });

  test(`P9: requests of one process keep their order without waiting for answers (${workSlots} work slots)`, async () => {
    await using host = await startExecServer({ server: { limits: { workSlots } } });
    await using wire = await WireClient.open(host.url, host.token);
    await wire.handshake();
    let expected = '';
    for (let round = 0; round < 20; round++) {
      const processId = `p${round}`;
      wire.send({ id: `${round}-start`, method: 'process/start', params: startParams(processId, ['cat'], { pipeStdin: true }) });
      expected = '';
      for (let write = 0; write < 50; write++) {
        expected += `${write} `;
        wire.send({
          id: `${round}-${write}`,
          method: 'process/write',
          params: { processId, chunk: btoa(`${write} `), writeId: `${write}` },
        });
      }
      wire.send({ id: `${round}-close`, method: 'process/closeStdin', params: { processId, writeId: 'end' } });
      await wire.find(({ method, params }) => method === 'process/closed' && params?.['processId'] === processId);
      const output = wire.messages.filter(({ method, params }) => method === 'process/output' && params?.['processId'] === processId);
      assert.is(output.map(({ params }) => Buffer.from(String(params?.['chunk']), 'base64').toString()).join(''), expected);
    }
  });

  test(`P9: neither a long poll nor a blocked write delays anything else (${workSlots} work slots)`, async () => {
    await using host = await startExecServer({ server: { limits: { workSlots } } });
    await using wire = await WireClient.open(host.url, host.token);
    await wire.handshake();
    wire.send({ id: 's', method: 'process/start', params: startParams('deaf', ['sleep', '60'], { pipeStdin: true }) });
    for (let id = 0; id < 300; id++) wire.send({ id, method: 'process/read', params: { processId: 'deaf', waitMs: 60_000 } });
    const chunk = Buffer.alloc(64 * 1024).toString('base64');
    for (let id = 1_000; id < 1_400; id++)
      wire.send({ id, method: 'process/write', params: { processId: 'deaf', chunk, writeId: `${id}` } });
    assert.equal((await wire.request('environment/status')).result, { status: 'ready' });
    assert.is((await wire.request('process/start', startParams('other', ['true']))).error, undefined);
    await wire.find(({ method, params }) => method === 'process/closed' && params?.['processId'] === 'other');
    const waiting = 300 + 400 - wire.messages.filter(({ id }) => typeof id === 'number').length;
    assert.ok(waiting > 600, `${waiting} requests still wait`);
    assert.equal((await wire.request('process/terminate', { processId: 'deaf' })).result, { running: true });
    await wire.find(({ id }) => id === 299);
    const late = await wire.find(({ id }) => id === 1_399);
    assert.ok(late.error ?? (late.result as { status: string }).status === 'stdinClosed', 'what was not written is not called accepted');
  });
}

test('the answer of a start comes before its notifications, which come in order of their numbers', async () => {
  await using host = await startExecServer();
  await using wire = await WireClient.open(host.url, host.token);
  await wire.handshake();
  const count = 300;
  for (let round = 0; round < count; round++) {
    wire.send({ id: round, method: 'process/start', params: startParams(`p${round}`, ['sh', '-c', 'echo out; echo err >&2']) });
  }
  const closed = new Set<unknown>();
  while (closed.size < count) {
    const { method, params } = await wire.next();
    if (method === 'process/closed') closed.add(params?.['processId']);
  }
  for (let round = 0; round < count; round++) {
    const own = wire.messages.filter(({ id, params }) => id === round || params?.['processId'] === `p${round}`);
    assert.is(own[0]?.id, round, 'the answer is first');
    assert.equal(
      own.slice(1).map(({ params }) => params?.['seq']),
      [1, 2, 3, 4],
    );
  }
});
