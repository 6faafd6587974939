import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { connectMcp } from '@exec-server/mcp';
import { startExecServer } from 'exec-server/testing';
import * as assert from 'uvu/assert';
import { transportTo } from '../harness/mcp-host.js';
import { everything } from '../harness/mcp-servers.js';
import { suite } from '../harness/test.js';

const test = suite('v1 client');
test('x', async () => {
  await using host = await startExecServer();
  await using transport = transportTo(host, everything());
  const client = new Client({ name: 'test', version: '1' });
  await connectMcp(client, transport);
  assert.ok((await client.listTools()).tools.length > 3);
});
