// An MCP server that runs on another machine, used through the official SDK: node docs/examples/mcp.mjs URL [COMMAND…]
import { fileURLToPath } from 'node:url';
import { connect } from '@exec-server/client';
import { connectMcp, ExecutorStdioClientTransport } from '@exec-server/mcp';
import { Client } from '@modelcontextprotocol/client';

const here = (path) => fileURLToPath(new URL(path, import.meta.url));
const [url, command = 'node', ...args] = process.argv.slice(2);
const program = args.length > 0 ? args : [here('../../fixtures/mcp-servers/honest.mjs')];

const executor = await connect(url, { token: process.env.EXEC_SERVER_TOKEN });
try {
  const client = new Client({ name: 'an example', version: '1.0.0' });
  await connectMcp(
    client,
    new ExecutorStdioClientTransport({ client: executor, command, args: program, cwd: '/', stderr: (line) => console.error(line) }),
  );
  const { tools } = await client.listTools();
  console.log(tools.map(({ name }) => name).join(', '));
  const { content } = await client.callTool({ name: tools[0].name, arguments: { text: 'hello', message: 'hello' } });
  console.log(content[0].text);
  await client.close();
} finally {
  await executor.close();
}
