import {
  ExecutorStdioClientTransport,
  McpStartError,
  type McpServerConfig,
  parseMcpConfig,
  PlacedHttpClientTransport,
} from '@exec-server/mcp';
import { ExecClient } from '@exec-server/client';
import * as assert from 'uvu/assert';
import { LocalStdioClientTransport } from '#mcp/local-stdio-transport.js';
import { createServerTransport } from '#mcp/server-transport.js';
import { withVariable } from '../harness/scratch.js';
import { ScriptedServer } from '../harness/scripted-server.js';
import { startMcpOrigin } from '../harness/mcp-origin.js';
import { suite } from '../harness/test.js';

const test = suite('server-transport');

function configOf(entry: object): McpServerConfig {
  return parseMcpConfig({ mcpServers: { one: entry } }).servers.get('one') as McpServerConfig;
}

test('each kind of server has its transport, here and elsewhere, named for errors', async () => {
  await using client = await ExecClient.connect(new ScriptedServer().openChannel);
  const there = { environment: 'build', client };
  const here = { environment: 'local', client: null };
  const program = configOf({ command: 'x' });
  const web = configOf({ url: 'http://127.0.0.1:1/mcp' });
  for (const [config, placement, type] of [
    [program, there, ExecutorStdioClientTransport],
    [program, here, LocalStdioClientTransport],
    [web, there, PlacedHttpClientTransport],
    [web, here, PlacedHttpClientTransport],
  ] as const) {
    const transport = createServerTransport(config, placement, {});
    assert.instance(transport, type);
    assert.equal(transport.subject, { server: 'one', environment: placement.environment });
  }
});

test('headers come from the file and from variables; one that is not set is an error before anything is sent', async () => {
  await using origin = await startMcpOrigin();
  using key = withVariable('EXEC_SERVER_TEST_KEY', 'the-key');
  assert.ok(key);
  const headers = { headers: { 'x-team': 'a' }, env_http_headers: { 'x-key': 'EXEC_SERVER_TEST_KEY' } };
  const here = { environment: 'local', client: null };
  const config = configOf({ url: origin.url, ...headers, bearer_token_env_var: 'EXEC_SERVER_TEST_KEY' });
  await using transport = createServerTransport(config, here, {}) as PlacedHttpClientTransport;
  await transport.start();
  await transport.send({ jsonrpc: '2.0', id: 1, method: 'ping' }).catch(() => undefined); // it wants a session first
  const seen = origin.seen[0]?.headers;
  assert.equal([seen?.get('x-team'), seen?.get('x-key'), seen?.get('authorization')], ['a', 'the-key', 'Bearer the-key']);
  const unset = configOf({ url: origin.url, env_http_headers: { 'x-key': 'NO_SUCH_VARIABLE' } });
  assert.throws(
    () => createServerTransport(unset, here, {}),
    (error: unknown) => error instanceof McpStartError && /the variable NO_SUCH_VARIABLE is not set/.test(error.message),
  );
});
