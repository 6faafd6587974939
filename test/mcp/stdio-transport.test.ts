import { Client } from '@modelcontextprotocol/client';
import * as assert from 'uvu/assert';
import { ExecutorStdioClientTransport } from '@exec-server/mcp';
import { startExecServer } from 'exec-server/testing';
import { everything } from '../harness/mcp-servers.js';
import { suite } from '../harness/test.js';

const test = suite('stdio-transport');

test('a server of the MCP project runs on the executor and its tools are called', async () => {
  await using host = await startExecServer();
  const [command, args] = everything();
  const transport = new ExecutorStdioClientTransport({ client: host.client, command, args, cwd: '/tmp', stderr: console.log });
  const client = new Client({ name: 'test', version: '1' });
  await client.connect(transport);
  const { tools } = await client.listTools();
  assert.ok(tools.some(({ name }) => name === 'echo'));
  const result = await client.callTool({ name: 'echo', arguments: { message: 'hello' } });
  assert.equal(result.content, [{ type: 'text', text: 'Echo: hello' }]);
  await client.close();
  assert.is(host.inspect().server.liveProcesses, 0);
});
