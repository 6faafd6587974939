import { startExecServer } from 'exec-server/testing';
import * as assert from 'uvu/assert';
import { readUntil } from '../harness/byte-streams.js';
import { suite } from '../harness/test.js';
import { startParams, WireClient } from '../harness/wire-client.js';

const test = suite('credits');

test('a loud process whose reader has stopped does not delay a quiet one on the same connection', async () => {
  await using host = await startExecServer({ server: { limits: { outputMemoryBytes: 1_000_000 } } });
  const loud = await host.client.processes.start({ argv: ['yes'] });
  const unread = loud.stdout.getReader();
  await unread.read();
  const quiet = await host.client.processes.start({ argv: ['cat'], stdin: true });
  const reader = quiet.stdout.getReader();
  for (let line = 0; line < 200; line++) {
    await quiet.write(`${line}\n`);
    assert.is(await readUntil(reader, '\n'), `${line}\n`);
  }
  // What is on the way to the stopped reader stays within its window.
  const said = host.server.inspect().counters.outputBytes;
  await new Promise((resolve) => setTimeout(resolve, 200));
  assert.is(host.server.inspect().counters.outputBytes, said, 'the loud process waits');
  let taken = 0;
  while (taken < 30_000_000) taken += (await unread.read()).value?.length ?? 0;
});

test('what is granted is pushed, and no more until more is granted', async () => {
  await using host = await startExecServer();
  await using wire = await WireClient.open(host.url, host.token);
  await wire.handshake();
  const pushed = (): number =>
    wire.messages
      .filter(({ method }) => method === 'process/output')
      .reduce((sum, { params }) => sum + Buffer.from(String(params?.['chunk']), 'base64').length, 0);
  wire.send({ id: 's', method: 'process/start', params: { ...startParams('p', ['yes']), creditBytes: 100_000 } });
  while (pushed() < 100_000) await wire.find((message) => message.method === 'process/output' && pushed() >= 100_000);
  await new Promise((resolve) => setTimeout(resolve, 100));
  const first = pushed();
  assert.ok(first < 100_000 + 1_000_000, `${first} bytes for a grant of 100 000`);
  wire.send({ id: 'g', method: 'process/grant', params: { processId: 'p', bytes: 5_000_000 } });
  assert.equal((await wire.find(({ id }) => id === 'g')).result, {});
  while (pushed() < 5_100_000) await new Promise((resolve) => setTimeout(resolve, 5));
  wire.send({ id: 'u', method: 'process/grant', params: { processId: 'nobody', bytes: 1 } });
  assert.match(String((await wire.find(({ id }) => id === 'u')).error?.message), 'unknown process id nobody');
});
