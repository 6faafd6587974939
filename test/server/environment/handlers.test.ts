import { createExecServer } from '@exec-server/server';
import * as assert from 'uvu/assert';
import { MemoryClient } from '../../harness/memory-client.js';
import { suite } from '../../harness/test.js';

const test = suite('environment handlers');

test('environment/info answers what initialize has told already', async () => {
  await using server = createExecServer({ environment: { HOME: '/home/somebody' } });
  await using client = new MemoryClient(server);
  const { environmentInfo } = await client.result('initialize', { clientName: 'x' });
  client.send({ method: 'initialized' });
  for (const params of [null, {}]) assert.equal(await client.result('environment/info', params), environmentInfo);
  assert.is(environmentInfo?.userHomeDir, 'file:///home/somebody');
});

test('environment/status is ready', async () => {
  await using server = createExecServer();
  await using client = await MemoryClient.open(server);
  assert.equal(await client.result('environment/status'), { status: 'ready' });
  assert.equal(await client.refusal('environment/status', { x: 1 }), [-32602, 'invalid type: map, expected unit']);
});
