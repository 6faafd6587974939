import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { Client as NewClient, StreamableHTTPClientTransport as NewTransport } from '@modelcontextprotocol/client';
import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import { CreateMessageRequestSchema, ElicitRequestSchema, ListRootsRequestSchema } from '@modelcontextprotocol/sdk/types.js';
import * as assert from 'uvu/assert';
import { startCommandServer } from '../harness/command-line.js';
import { GatewayHost } from '../harness/mcp-gateway.js';
import { everything, filesystem, fixture } from '../harness/mcp-servers.js';
import { McpHttpServer } from '../harness/mcp-http-server.js';
import { allGone } from '../harness/process-state.js';
import { Scratch } from '../harness/scratch.js';
import { suite } from '../harness/test.js';

const test = suite('mcp gateway with real servers and callers');
const slow = { timeoutMs: 60_000 };

async function register(endpoint: string, body: Readonly<Record<string, unknown>>): Promise<Record<string, unknown>> {
  const response = await fetch(`${endpoint}/upstreams`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
  const answer = (await response.json()) as Record<string, unknown>;
  assert.is(response.status, 201, JSON.stringify(answer));
  return answer;
}

async function withClient<Result>(endpoint: string, body: (client: Client) => Promise<Result>): Promise<Result> {
  const client = new Client({ name: 'test', version: '1' });
  const transport = new StreamableHTTPClientTransport(new URL(endpoint));
  await client.connect(transport);
  try {
    return await body(client);
  } finally {
    await transport.terminateSession();
    await client.close();
  }
}

function textOf(result: unknown): string {
  return (result as { content: { text: string }[] }).content[0]?.text ?? '';
}

test(
  'the servers of the project behind one endpoint: tools, prompts, resources, progress, for the client of the first line',
  async () => {
    await using host = await GatewayHost.start();
    const [command, args] = everything();
    await register(host.endpoint, { name: 'everything', transport: 'stdio', command, args, toolPrefix: 'e_' });
    const [fileCommand, fileArgs] = filesystem('/tmp');
    await register(host.endpoint, { name: 'files', transport: 'stdio', command: fileCommand, args: fileArgs });
    await withClient(host.endpoint, async (client) => {
      const { tools } = await client.listTools();
      assert.ok(tools.some(({ name }) => name === 'e_echo') && tools.some(({ name }) => name === 'read_text_file'));
      assert.is(textOf(await client.callTool({ name: 'e_echo', arguments: { message: 'hi' } })), 'Echo: hi');
      assert.match(textOf(await client.callTool({ name: 'list_allowed_directories', arguments: {} })), /\/tmp/);
      const progress: number[] = [];
      const long = { name: 'e_trigger-long-running-operation', arguments: { duration: 0.3, steps: 3 } };
      await client.callTool(long, undefined, { onprogress: (step) => progress.push(step.progress) });
      assert.equal(progress, [1, 2, 3]);
      const { prompts } = await client.listPrompts();
      assert.ok(prompts.length > 0);
      await client.getPrompt({ name: prompts.find(({ name }) => name.includes('simple'))?.name ?? '' });
      const { resources } = await client.listResources();
      const { contents } = await client.readResource({ uri: resources[0]?.uri ?? '' });
      assert.is(contents.length, 1);
    });
  },
  slow,
);

test(
  'what a server asks reaches a client that can: sampling, elicitation, roots',
  async () => {
    await using host = await GatewayHost.start();
    const [command, args] = everything();
    await register(host.endpoint, { name: 'everything', transport: 'stdio', command, args, isolation: 'session' });
    const client = new Client({ name: 'test', version: '1' }, { capabilities: { sampling: {}, elicitation: {}, roots: {} } });
    client.setRequestHandler(CreateMessageRequestSchema, () => ({
      model: 'm',
      role: 'assistant',
      content: { type: 'text', text: 'sampled' },
    }));
    client.setRequestHandler(ElicitRequestSchema, () => ({ action: 'decline' }));
    client.setRequestHandler(ListRootsRequestSchema, () => ({ roots: [{ uri: 'file:///tmp', name: 'tmp' }] }));
    await client.connect(new StreamableHTTPClientTransport(new URL(host.endpoint)));
    const sampled = await client.callTool({ name: 'trigger-sampling-request', arguments: { prompt: 'p', maxTokens: 5 } });
    assert.match(JSON.stringify(sampled), /sampled/);
    assert.match(JSON.stringify(await client.callTool({ name: 'trigger-elicitation-request', arguments: {} })), /declined/);
    assert.match(JSON.stringify(await client.callTool({ name: 'get-roots-list', arguments: {} })), /tmp/);
    await client.close();
  },
  slow,
);

test(
  'a server over HTTP, for the client of the second line, with a session and without',
  async () => {
    await using host = await GatewayHost.start();
    const port = await freePort();
    const [command, args] = everything('streamableHttp');
    const child = spawn(command, args, { env: { ...process.env, PORT: String(port) }, stdio: ['ignore', 'ignore', 'pipe'] });
    try {
      await once(child.stderr, 'data');
      await register(host.endpoint, { name: 'web', transport: 'http', url: `http://127.0.0.1:${port}/mcp` });
      for (const mode of ['legacy', 'auto'] as const) {
        const client = new NewClient({ name: 'test', version: '1' }, { versionNegotiation: { mode } });
        const transport = new NewTransport(new URL(host.endpoint));
        await client.connect(transport);
        assert.is(transport.sessionId === undefined, mode === 'auto');
        assert.is(textOf(await client.callTool({ name: 'echo', arguments: { message: mode } })), `Echo: ${mode}`);
        await client.close();
      }
    } finally {
      child.kill('SIGKILL');
      await once(child, 'close');
    }
  },
  slow,
);

test(
  'S4: an upstream that stops reading, and one that says no end of things, delay nobody else',
  async () => {
    await using host = await GatewayHost.start({ limits: { mcpCloseGraceMs: 200 } });
    await host.register('deaf', 'never-reads', { toolPrefix: 'd_' });
    await host.register('noisy', 'stderr-flood', { toolPrefix: 'n_' });
    await host.scripted('one');
    const [stuck, session] = [await host.session(), await host.session()];
    const text = 'x'.repeat(200_000);
    const waiting = Array.from({ length: 100 }, () => stuck.callTool('d_echo', { text }));
    while (host.gateway.inspect().sessions.every(({ calls }) => calls < 100)) await new Promise((resolve) => setTimeout(resolve, 10));
    for (let i = 0; i < 50; i++) assert.match(await session.toolText('raw', { i }), new RegExp(`"i":${i}`));
    await host.rest('DELETE', '/deaf');
    assert.ok((await Promise.all(waiting)).every(({ error }) => /deaf/.test(error?.message ?? '')));
  },
  slow,
);

for (const signal of ['SIGTERM', 'SIGINT', 'SIGKILL'] as const) {
  test(
    `A4.10: ${signal} to the server leaves no upstream, with its children`,
    async () => {
      const server = await startCommandServer();
      const endpoint = `${server.url.replace('ws:', 'http:')}/mcpproxy`;
      const [command, args] = fixture('forks');
      const { pid } = await register(endpoint, { name: 'forks', transport: 'stdio', command, args });
      const [stubborn, stubbornArgs] = fixture('ignores-signals');
      const other = await register(endpoint, {
        name: 'stubborn',
        transport: 'stdio',
        command: stubborn,
        args: stubbornArgs,
        toolPrefix: 's_',
      });
      const children = await withClient(endpoint, async (client) =>
        textOf(await client.callTool({ name: 'echo', arguments: {} })).split(' '),
      );
      await server.stop(signal);
      await allGone([Number(pid), Number(other['pid']), ...children.map(Number)]);
    },
    slow,
  );
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as { readonly port: number };
  await new Promise((resolve) => server.close(resolve));
  return port;
}

test(
  'A4.10: a server that is asked to end does so in time, with an upstream that is being started and one that does not answer its farewell',
  async () => {
    await using web = await McpHttpServer.start(({ method }) => method === 'DELETE');
    using scratch = new Scratch();
    await using server = await startCommandServer();
    const endpoint = `${server.url.replace('ws:', 'http:')}/mcpproxy`;
    await register(endpoint, { name: 'web', transport: 'http', url: web.url, protocol: 'legacy' });
    const file = join(scratch.path, 'pid');
    const starting = {
      name: 's',
      transport: 'stdio',
      command: 'sh',
      args: ['-c', 'trap "" TERM INT; echo $$ > "$0.new"; mv "$0.new" "$0"; while :; do sleep 1; done', file],
    };
    const answer = fetch(`${endpoint}/upstreams`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(starting),
    }).then(
      ({ status }) => status,
      () => null,
    );
    while (!existsSync(file)) await new Promise((resolve) => setTimeout(resolve, 20));
    const pid = Number(readFileSync(file, 'utf8'));
    assert.is(((await (await fetch(`${endpoint}/upstreams/s`)).json()) as { status?: string }).status, 'starting');
    await server.stop('SIGTERM');
    await allGone([pid]);
    assert.not.equal(await answer, 201);
    assert.is(web.heardOf('DELETE').length, 1);
  },
  slow,
);
