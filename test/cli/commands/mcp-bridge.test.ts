import { Client } from '@modelcontextprotocol/client';
import { StdioClientTransport } from '@modelcontextprotocol/client/stdio';
import { FaultProxy, startExecServer } from 'exec-server/testing';
import * as assert from 'uvu/assert';
import { launcher, runCommand } from '../../harness/command-line.js';
import { allGone, echo } from '../../harness/mcp-host.js';
import { everything, fixture } from '../../harness/mcp-servers.js';
import { plainEnvironment } from '../../harness/live-command.js';
import { suite } from '../../harness/test.js';

const test = suite('mcp bridge');

/** A host as there are many: it starts a command and speaks MCP with it. */
async function openHost(args: readonly string[], env: Record<string, string>) {
  const given = Object.entries(plainEnvironment(env)).filter((entry): entry is [string, string] => entry[1] !== undefined);
  const transport = new StdioClientTransport({
    command: process.execPath,
    args: [launcher, 'mcp', 'bridge', ...args],
    env: Object.fromEntries(given),
    stderr: 'ignore',
  });
  const client = new Client({ name: 'host', version: '1' });
  await client.connect(transport);
  return { client, [Symbol.asyncDispose]: () => client.close() };
}

test('a host that starts local programs uses a server on another machine, over a line that breaks', async () => {
  await using host = await startExecServer();
  await using proxy = await FaultProxy.start(host.url);
  const [command, args] = everything();
  const flags = ['--url', proxy.url, '--cwd', '/usr', '--env', 'MARK=made here', '--pass-env', 'PASSED'];
  await using mcp = await openHost([...flags, '--', command, ...args], { EXEC_SERVER_TOKEN: host.token, PASSED: 'along' });
  const { tools } = await mcp.client.listTools();
  assert.ok(tools.length > 5);
  proxy.cut();
  const { content } = await mcp.client.callTool({ name: 'get-env', arguments: {} });
  const env = JSON.parse((content as { text: string }[])[0]?.text ?? '') as Record<string, string>;
  assert.equal([env['MARK'], env['PASSED'], env['EXEC_SERVER_TOKEN']], ['made here', 'along', undefined]);
  assert.is(host.inspect().server.liveProcesses, 1);
  assert.ok(proxy.accepted > 1);
  await mcp.client.close();
  await allGone(host);
});

test('without a URL the server runs on this machine', async () => {
  const [command, args] = fixture('honest');
  await using mcp = await openHost(['--', command, ...args], {});
  assert.is(await echo(mcp.client, 'here'), 'here');
});

test('M1: a host that kills the bridge kills the server', async () => {
  await using host = await startExecServer();
  const { client } = await openHost(['--url', host.url, '--', ...fixture('ignores-signals').flat()], { EXEC_SERVER_TOKEN: host.token });
  assert.is(host.inspect().server.liveProcesses, 1);
  process.kill((client.transport as StdioClientTransport).pid as number, 'SIGTERM');
  await allGone(host);
  await client.close();
});

test('the exit code tells how it ended', async () => {
  await using host = await startExecServer();
  const run = (...args: string[]) => runCommand(['mcp', 'bridge', '--url', host.url, ...args], '', { EXEC_SERVER_TOKEN: host.token });
  assert.is((await run('--', ...fixture('honest').flat())).code, 0);
  assert.is((await run('--', 'sh', '-c', 'exit 7')).code, 7);
  const missing = await run('--', 'no-such-program');
  assert.is(missing.code, 127);
  assert.match(missing.stderr, /no-such-program: No such file/);
  assert.is((await runCommand(['mcp', 'bridge', '--url', 'ws://127.0.0.1:1', '--', 'cat'])).code, 255);
  assert.is((await runCommand(['mcp', 'bridge'])).code, 2);
});
