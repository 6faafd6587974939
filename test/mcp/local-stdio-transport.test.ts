import { Client } from '@modelcontextprotocol/client';
import { connectMcp, McpStartError, parseMcpConfig, type StdioServerConfig } from '@exec-server/mcp';
import * as assert from 'uvu/assert';
import { LocalStdioClientTransport } from '#mcp/local-stdio-transport.js';
import { failure } from '../harness/failure.js';
import { echo } from '../harness/mcp-host.js';
import { fixture } from '../harness/mcp-servers.js';
import { withVariable } from '../harness/scratch.js';
import { suite } from '../harness/test.js';

const test = suite('local-stdio-transport');

function configOf(name: string, more: object = {}): StdioServerConfig {
  const [command, args] = fixture(name);
  const server = parseMcpConfig({ mcpServers: { here: { command, args, ...more } } }).servers.get('here');
  if (server?.transport !== 'stdio') throw new Error('it is on stdio');
  return server;
}

const newClient = (): Client => new Client({ name: 'test', version: '1' });

test('a server runs as a child of this process, in its directory', async () => {
  const transport = new LocalStdioClientTransport(configOf('honest', { cwd: '/' }), () => undefined);
  const client = newClient();
  await connectMcp(client, transport);
  assert.is(await echo(client, 'here'), 'here');
  assert.equal(transport.subject, { server: 'here', environment: 'local' });
  await client.close();
});

test('what it prints on its standard error comes by line, and tells why it did not start', async () => {
  const lines: string[] = [];
  const transport = new LocalStdioClientTransport(configOf('crash-at-start'), (line) => lines.push(line));
  const error = await failure(connectMcp(newClient(), transport), McpStartError);
  assert.equal(lines, ['reading the settings', 'no licence found']);
  assert.is(error.stderrTail, 'reading the settings\nno licence found');
  const missing = new LocalStdioClientTransport(configOf('honest', { command: 'no-such-program' }), () => undefined);
  assert.is((await failure(connectMcp(newClient(), missing), McpStartError)).phase, 'spawn');
});

test('it gets the variables that are listed', async () => {
  using mine = withVariable('EXEC_SERVER_TEST_LISTED', 'from here');
  assert.ok(mine);
  const lines: string[] = [];
  const config = configOf('honest', {
    args: ['-e', 'console.error(process.env.EXEC_SERVER_TEST_LISTED, process.env.A)'],
    env: { A: 'b' },
    env_vars: ['EXEC_SERVER_TEST_LISTED'],
  });
  await failure(connectMcp(newClient(), new LocalStdioClientTransport(config, (line) => lines.push(line))), McpStartError);
  assert.equal(lines, ['from here b']);
});

test('M1: a callback that throws ends it', async () => {
  const transport = new LocalStdioClientTransport(configOf('stderr-flood'), () => assert.unreachable('too loud'));
  const closed = new Promise<void>((resolve) => (transport.onclose = resolve));
  await transport.start();
  await closed;
});
