import { ExecClient } from '@exec-server/client';
import { startExecServer } from 'exec-server/testing';
import * as assert from 'uvu/assert';
import { McpEnvironments } from '#mcp/environments.js';
import { withVariable } from '../harness/scratch.js';
import { suite } from '../harness/test.js';

const test = suite('environments');

const configOf = (name: string, url: string, tokenEnvVar: string | null = 'EXEC_SERVER_TEST_TOKEN') =>
  [name, { name, url, tokenEnvVar }] as const;

test('an executor of the configuration is connected to when it is needed, once, and closed with the rest', async () => {
  await using host = await startExecServer();
  using token = withVariable('EXEC_SERVER_TEST_TOKEN', host.token);
  assert.ok(token);
  const environments = new McpEnvironments(new Map(), new Map([configOf('build', host.url)]));
  assert.instance(environments.lookup('build'), Error);
  await Promise.all([environments.reach('build'), environments.reach('build'), environments.reach('nobody')]);
  const client = environments.lookup('build');
  assert.instance(client, ExecClient);
  await environments.reach('build');
  assert.is(environments.lookup('build'), client);
  assert.is(host.inspect().server.connections.length, 2, 'ours, and that of the host');
  await environments.close();
  assert.is((client as ExecClient).state, 'closed');
});

test('one that was given stays its owner’s, and goes before the configuration', async () => {
  await using host = await startExecServer();
  const environments = new McpEnvironments(new Map([['build', host.client]]), new Map([configOf('build', 'ws://127.0.0.1:1')]));
  await environments.reach('build');
  assert.is(environments.lookup('build'), host.client);
  assert.equal(environments.names, ['build']);
  assert.equal(environments.changedBy(new Map()), []);
  await environments.close();
  assert.is(host.client.state, 'ready');
});

test('one that cannot be reached tells why, and is tried again the next time', async () => {
  await using host = await startExecServer();
  const configured = new Map([configOf('build', host.url), configOf('down', 'ws://127.0.0.1:1', null)]);
  await using environments = new McpEnvironments(new Map(), configured);
  await Promise.all([environments.reach('build'), environments.reach('down')]);
  assert.match((environments.lookup('build') as Error).message, /the variable EXEC_SERVER_TEST_TOKEN for its token is not set/);
  assert.match((environments.lookup('down') as Error).message, /cannot connect to ws:\/\/127\.0\.0\.1:1: .*ECONNREFUSED/);
  using token = withVariable('EXEC_SERVER_TEST_TOKEN', host.token);
  assert.ok(token);
  await environments.reach('build');
  assert.instance(environments.lookup('build'), ExecClient);
});

test('one that is configured otherwise, or no more, is closed', async () => {
  await using host = await startExecServer();
  using token = withVariable('EXEC_SERVER_TEST_TOKEN', host.token);
  assert.ok(token);
  const same = configOf('same', host.url);
  await using environments = new McpEnvironments(new Map(), new Map([same, configOf('moved', host.url)]));
  await Promise.all([environments.reach('same'), environments.reach('moved')]);
  const [kept, moved] = [environments.lookup('same'), environments.lookup('moved')];
  const next = new Map([same, configOf('moved', 'ws://127.0.0.1:1')]);
  assert.equal(environments.changedBy(next), ['moved']);
  await environments.replace(next);
  assert.is((moved as ExecClient).state, 'closed');
  assert.is(environments.lookup('same'), kept);
  assert.instance(environments.lookup('moved'), Error);
});
