import { once } from 'node:events';
import { readFileSync, readlinkSync, writeFileSync } from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import { join } from 'node:path';
import { connect, createExecutorFetch, type ExecClient } from '@exec-server/client';
import { ExecutorStdioClientTransport } from '@exec-server/mcp';
import * as assert from 'uvu/assert';
import { startCommandServer } from '../harness/command-line.js';
import { failure } from '../harness/failure.js';
import { answers, driveV1, driveV2, type McpDriver } from '../harness/mcp-drivers.js';
import { everything, filesystem } from '../harness/mcp-servers.js';
import { Scratch } from '../harness/scratch.js';
import { suite } from '../harness/test.js';

const test = suite('servers of the MCP project on an executor');

const drivers = { 'second line': driveV2, 'first line': driveV1 };

/** An executor that is a process of its own, with a client. */
async function startExecutor() {
  const server = await startCommandServer();
  const client = await connect(server.url);
  return {
    client,
    pid: server.child.pid,
    async [Symbol.asyncDispose]() {
      await client.close();
      await server[Symbol.asyncDispose]();
    },
  };
}

/** Where it runs: its parent, its directory, its variables. */
function whereIs(pid: number) {
  const parent = /^PPid:\t(?<pid>\d+)$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.groups?.['pid'];
  return {
    parent: Number(parent),
    cwd: readlinkSync(`/proc/${pid}/cwd`),
    variables: readFileSync(`/proc/${pid}/environ`, 'utf8').split('\0'),
  };
}

async function tryEverything(mcp: McpDriver): Promise<void> {
  const tools = (await mcp.listTools()).map(({ name }) => name);
  for (const name of ['echo', 'trigger-sampling-request', 'trigger-elicitation-request', 'get-roots-list'])
    assert.ok(tools.includes(name), name);
  assert.is(await mcp.callTool('echo', { message: 'hello' }), 'Echo: hello');

  const [resource] = await mcp.listResources();
  assert.ok((await mcp.readResource(resource?.uri ?? '')).length > 0);
  assert.match(await mcp.readResource('demo://resource/dynamic/text/7'), /Resource 7/);

  assert.ok((await mcp.listPrompts()).some(({ name }) => name === 'args-prompt'));
  assert.match(await mcp.getPrompt('args-prompt', { city: 'Ulm' }), /Ulm/);

  const progress: number[] = [];
  const onprogress = (update: { progress: number }): number => progress.push(update.progress);
  await mcp.callTool('trigger-long-running-operation', { duration: 0.5, steps: 5 }, { onprogress });
  assert.equal(progress, [1, 2, 3, 4, 5]);

  const giveUp = new AbortController();
  let begin!: () => void;
  const begun = new Promise<void>((resolve) => (begin = resolve));
  const options = { signal: giveUp.signal, onprogress: () => begin() };
  const cancelled = failure(mcp.callTool('trigger-long-running-operation', { duration: 600, steps: 60_000 }, options), Error);
  await begun;
  giveUp.abort(new Error('enough'));
  await cancelled;
  assert.is(await mcp.callTool('echo', { message: 'after a cancelled call' }), 'Echo: after a cancelled call');

  assert.match(await mcp.callTool('trigger-sampling-request', { prompt: 'anything?' }), new RegExp(answers.sampling.content.text));
  assert.match(await mcp.callTool('trigger-elicitation-request', {}), new RegExp(answers.elicitation.content.name));
  assert.match(await mcp.callTool('get-roots-list', {}), /file:\/\/\/srv\/somewhere/);
}

for (const [line, drive] of Object.entries(drivers)) {
  test(
    `server-everything on stdio, with the ${line} of the SDK: tools, resources, prompts, progress, cancellation, sampling, elicitation, roots`,
    async () => {
      await using executor = await startExecutor();
      using scratch = new Scratch();
      const [command, args] = everything();
      const stdio = new ExecutorStdioClientTransport({ client: executor.client, command, args, cwd: scratch.path, env: { MARK: 'here' } });
      await using mcp = await drive({ stdio }, ['/srv/somewhere']);
      await tryEverything(mcp);
      const where = whereIs(stdio.pid as number);
      assert.equal([where.parent, where.cwd, where.variables.includes('MARK=here')], [executor.pid, scratch.path, true]);
    },
    { timeoutMs: 60_000 },
  );

  test(
    `server-everything over HTTP from the executor, with the ${line} of the SDK`,
    async () => {
      await using executor = await startExecutor();
      await using server = await startHttpServer(executor.client);
      let requests = 0;
      const executorFetch = createExecutorFetch(executor.client);
      const counted: typeof fetch = (input, init) => {
        requests++;
        return executorFetch(input, init);
      };
      await using mcp = await drive({ url: server.url, fetch: counted, client: executor.client }, ['/srv/somewhere']);
      await tryEverything(mcp);
      assert.ok(requests > 10);
    },
    { timeoutMs: 60_000 },
  );

  test(`server-filesystem on stdio, with the ${line} of the SDK, works on the files of the executor`, async () => {
    await using executor = await startExecutor();
    using scratch = new Scratch();
    const [command, args] = filesystem(scratch.path);
    const stdio = new ExecutorStdioClientTransport({ client: executor.client, command, args, cwd: scratch.path });
    await using mcp = await drive({ stdio }, [scratch.path]); // its roots take the place of the arguments
    writeFileSync(join(scratch.path, 'there.txt'), 'a file of the executor');
    assert.match(await mcp.callTool('list_directory', { path: scratch.path }), /there\.txt/);
    assert.match(await mcp.callTool('read_text_file', { path: join(scratch.path, 'there.txt') }), /a file of the executor/);
    await mcp.callTool('write_file', { path: join(scratch.path, 'new.txt'), content: 'x'.repeat(1_000_000) });
    assert.is(readFileSync(join(scratch.path, 'new.txt'), 'utf8').length, 1_000_000);
    assert.is(whereIs(stdio.pid as number).parent, executor.pid);
  });
}

/** The server behind a URL that only the executor is asked to reach. */
async function startHttpServer(client: ExecClient) {
  const reserved = createServer().listen(0, '127.0.0.1');
  await once(reserved, 'listening');
  const { port } = reserved.address() as AddressInfo;
  await new Promise((resolve) => reserved.close(resolve));
  const [command, args] = everything('streamableHttp');
  const server = await client.processes.start({ argv: [command, ...args], env: { PORT: String(port) } });
  for await (const event of server) {
    if (event.type === 'output' && Buffer.from(event.chunk).includes('listening on port')) break;
  }
  return { url: `http://127.0.0.1:${port}/mcp`, [Symbol.asyncDispose]: () => server[Symbol.asyncDispose]() };
}
