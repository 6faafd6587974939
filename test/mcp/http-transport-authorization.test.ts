import { Client, UnauthorizedError } from '@modelcontextprotocol/client';
import { createExecutorFetch } from '@exec-server/client';
import { connectMcp, McpConnections, McpStartError, parseMcpConfig, PlacedHttpClientTransport } from '@exec-server/mcp';
import { startExecServer } from 'exec-server/testing';
import * as assert from 'uvu/assert';
import { failure } from '../harness/failure.js';
import { createAuthorization } from '../harness/mcp-authorization.js';
import { echo } from '../harness/mcp-host.js';
import { startMcpOrigin } from '../harness/mcp-origin.js';
import { WillingUser } from '../harness/oauth-provider.js';
import { withVariable } from '../harness/scratch.js';
import { suite } from '../harness/test.js';

const test = suite('http-transport, authorization');

/** Makes every request of this process fail while the block lasts. */
function withoutFetch(): Disposable {
  const { fetch } = globalThis;
  globalThis.fetch = () => Promise.reject(new Error('this request was to be made by the executor'));
  return { [Symbol.dispose]: () => void (globalThis.fetch = fetch) };
}

const newClient = (): Client => new Client({ name: 'test', version: '1' });

test('H8: discovery, registration and tokens go out from the executor, as the messages do', async () => {
  await using host = await startExecServer();
  const authorization = createAuthorization();
  await using origin = await startMcpOrigin(authorization);
  using guard = withoutFetch();
  assert.ok(guard);
  const fetch = createExecutorFetch(host.client);
  const authProvider = new WillingUser(fetch);
  const first = new PlacedHttpClientTransport({ url: origin.url, fetch, client: host.client, authProvider });
  const error = await failure(connectMcp(newClient(), first), McpStartError);
  assert.instance(error.cause, UnauthorizedError);
  const redirected = authProvider.redirected ?? new URLSearchParams();
  assert.is(redirected.get('code'), 'the-code');
  await first.finishAuth(redirected);
  const client = newClient();
  await connectMcp(client, new PlacedHttpClientTransport({ url: origin.url, fetch, client: host.client, authProvider }));
  assert.is(await echo(client, 'authorized'), 'authorized');
  await client.close();
  for (const path of [
    '/.well-known/oauth-protected-resource/mcp',
    '/.well-known/oauth-authorization-server',
    '/register',
    '/authorize',
    '/token',
  ])
    assert.ok(authorization.asked.includes(path), path);
});

test('H8: servers of a configuration get their provider, and tokens of variables', async () => {
  await using host = await startExecServer();
  await using origin = await startMcpOrigin(createAuthorization());
  using guard = withoutFetch();
  using bearer = withVariable('EXEC_SERVER_TEST_BEARER', 'the-token');
  assert.ok(guard && bearer);
  const authProvider = new WillingUser(createExecutorFetch(host.client));
  authProvider.saveTokens({ access_token: 'the-token', token_type: 'Bearer' });
  const server = { url: origin.url, environment: 'build' };
  const set = parseMcpConfig({
    mcpServers: { byVariable: { ...server, bearer_token_env_var: 'EXEC_SERVER_TEST_BEARER' }, byProvider: server },
  });
  await using mcp = await McpConnections.open(set, {
    environments: new Map([['build', host.client]]),
    authProvider: (name) => (name === 'byProvider' ? authProvider : undefined),
  });
  assert.equal(
    mcp.status().map(({ state }) => state),
    ['ready', 'ready'],
  );
});
