// MCP servers of a configuration, each where it is to run: node docs/examples/mcp-config.mjs URL
import { fileURLToPath } from 'node:url';
import { McpConnections, parseMcpConfig } from '@exec-server/mcp';

const server = fileURLToPath(new URL('../../fixtures/mcp-servers/honest.mjs', import.meta.url));
// The same as a file: loadMcpConfig('mcp.toml') or loadMcpConfig('mcp.json')
const set = parseMcpConfig({
  environments: { build: { url: process.argv[2] } },
  mcpServers: {
    there: { command: 'node', args: [server], cwd: '/', environment: 'build' },
    here: { command: 'node', args: [server] },
    misplaced: { command: 'node', args: [server], cwd: '/', environment: 'elsewhere' },
  },
});

const mcp = await McpConnections.open(set);
try {
  for (const { name, environment, state, error } of mcp.status()) console.log(name, environment, state, error?.message ?? '');
  const { content } = await mcp.callTool('there', 'echo', { text: 'hello' });
  console.log(content[0].text);
} finally {
  await mcp.close();
}
