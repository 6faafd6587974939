import { Client } from '@modelcontextprotocol/client';
import { connect, createExecutorFetch, OutputGapError } from '@exec-server/client';
import { connectMcp, ExecutorStdioClientTransport, McpProtocolError, McpStartError, PlacedHttpClientTransport } from '@exec-server/mcp';
import { FaultProxy } from 'exec-server/testing';
import * as assert from 'uvu/assert';
import { failure } from '../harness/failure.js';
import { echo } from '../harness/mcp-host.js';
import { startMcpOrigin } from '../harness/mcp-origin.js';
import { everything, fixture } from '../harness/mcp-servers.js';
import { suite } from '../harness/test.js';
import { servers } from './servers.js';

const test = suite('MCP servers on executors');

const newClient = (): Client => new Client({ name: 'test', version: '1' });

for (const { name, skip, start } of servers) {
  test(
    `${name}: a server on stdio is used, and gone with its transport, also over a line that breaks`,
    async () => {
      await using server = await start({ OF_THE_EXECUTOR: 'yes', NOT_PASSED: 'no' });
      await using proxy = await FaultProxy.start(server.url);
      await using executor = await connect(proxy.url);
      const [command, args] = everything();
      const envVars = [{ name: 'OF_THE_EXECUTOR', source: 'remote' as const }];
      const transport = new ExecutorStdioClientTransport({ client: executor, command, args, cwd: '/', env: { MARK: 'here' }, envVars });
      const client = newClient();
      await connectMcp(client, transport);
      assert.ok((await client.listTools()).tools.length > 5);
      proxy.cut();
      const { content } = await client.callTool({ name: 'get-env', arguments: {} });
      const env = JSON.parse((content as { text: string }[])[0]?.text ?? '') as Record<string, string>;
      assert.equal([env['MARK'], env['OF_THE_EXECUTOR'], env['NOT_PASSED']], ['here', 'yes', undefined]);
      await transport.closeGracefully();
      assert.equal(executor.processes.live, []);
    },
    { skip, timeoutMs: 60_000 },
  );

  test(
    `M1: ${name}: a start that fails leaves nothing`,
    async () => {
      await using server = await start();
      await using executor = await connect(server.url);
      const to = (command: string, args: string[]) => new ExecutorStdioClientTransport({ client: executor, command, args, cwd: '/' });
      assert.match((await failure(connectMcp(newClient(), to('no-such-program', [])), McpStartError)).message, /No such file/);
      const silent = to(...fixture('silent'));
      await failure(connectMcp(newClient(), silent, { timeoutMs: 1_000 }), Error);
      const crashed = await failure(connectMcp(newClient(), to(...fixture('crash-at-start'))), McpStartError);
      assert.is(crashed.stderrTail, 'reading the settings\nno licence found');
      assert.equal(executor.processes.live, []);
    },
    { skip, timeoutMs: 60_000 },
  );

  test(
    `${name}: a server behind a URL is used from the executor`,
    async () => {
      await using server = await start();
      await using origin = await startMcpOrigin();
      await using executor = await connect(server.url);
      const client = newClient();
      const fetch = createExecutorFetch(executor);
      await connectMcp(client, new PlacedHttpClientTransport({ client: executor, fetch, url: origin.url }));
      const texts = Array.from({ length: 20 }, (_, i) => `call ${i}`);
      assert.equal(await Promise.all(texts.map((text) => echo(client, text, { delayMs: 5 }))), texts);
      await client.close();
      assert.is(origin.sessions.size, 0);
    },
    { skip, timeoutMs: 60_000 },
  );
}

const [, reference] = servers;
test(
  'T3: the reference server keeps 1 MiB: a server that says more while the line is broken fails with a hole, and is killed',
  async () => {
    if (!reference) throw new Error('there is a reference server');
    await using server = await reference.start();
    await using proxy = await FaultProxy.start(server.url);
    await using executor = await connect(proxy.url);
    const [command, args] = fixture('chatty');
    const transport = new ExecutorStdioClientTransport({ client: executor, command, args, cwd: '/' });
    const client = newClient();
    await connectMcp(client, transport);
    const call = failure(echo(client, 'never answered', { wait: true }), McpProtocolError);
    await echo(client, 'begin');
    proxy.block();
    proxy.cut();
    await new Promise((resolve) => setTimeout(resolve, 2_000)); // there is nobody to ask how much it has said
    proxy.unblock();
    assert.instance((await call).cause, OutputGapError);
    await transport.close();
    assert.equal(executor.processes.live, []);
  },
  { skip: reference?.skip ?? null, timeoutMs: 60_000 },
);
