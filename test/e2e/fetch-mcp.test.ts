import { randomUUID } from 'node:crypto';
import { Client, StreamableHTTPClientTransport } from '@modelcontextprotocol/client';
import { McpServer, WebStandardStreamableHTTPServerTransport } from '@modelcontextprotocol/server';
import { createExecutorFetch } from '@exec-server/client';
import { FaultProxy, startExecServer } from 'exec-server/testing';
import * as assert from 'uvu/assert';
import { z } from 'zod';
import { suite } from '../harness/test.js';
import { toListener } from '../harness/web-handler.js';
import { startOrigin } from '../harness/web-origin.js';

const test = suite('fetch, given to an MCP client');

/** An MCP server on streamable HTTP, with sessions, event streams and two tools. */
async function startMcpServer() {
  const sessions = new Map<string, WebStandardStreamableHTTPServerTransport>();
  const servers: McpServer[] = [];
  let streams = 0;
  let onStream: ((count: number) => void) | null = null;
  const open = async (): Promise<WebStandardStreamableHTTPServerTransport> => {
    const transport: WebStandardStreamableHTTPServerTransport = new WebStandardStreamableHTTPServerTransport({
      sessionIdGenerator: randomUUID,
      onsessioninitialized: (id) => void sessions.set(id, transport),
      onsessionclosed: (id) => void sessions.delete(id),
    });
    const server = new McpServer({ name: 'origin', version: '1.0.0' }, { capabilities: { logging: {} } });
    server.registerTool('add', { inputSchema: z.object({ a: z.number(), b: z.number() }) }, async ({ a, b }) => ({
      content: [{ type: 'text', text: String(a + b) }],
    }));
    server.registerTool('count', { inputSchema: z.object({ to: z.number() }) }, async ({ to }, context) => {
      for (let progress = 1; progress <= to; progress++) {
        const { _meta: meta } = context.mcpReq;
        const progressToken = meta?.progressToken;
        if (progressToken !== undefined)
          await context.mcpReq.notify({ method: 'notifications/progress', params: { progressToken, progress, total: to } });
      }
      return { content: [{ type: 'text', text: 'done' }] };
    });
    await server.connect(transport);
    servers.push(server);
    return transport;
  };
  const origin = await startOrigin(
    toListener(async (request) => {
      const id = request.headers.get('mcp-session-id');
      const transport = id === null ? await open() : sessions.get(id);
      if (!transport) return new Response('no such session', { status: 404 });
      const response = await transport.handleRequest(request);
      if (request.method === 'GET' && response.ok) streams++;
      onStream?.(streams);
      return response;
    }),
  );
  return {
    origin,
    sessions,
    /** Resolves when so many event streams have been opened. */
    opened: (count: number) =>
      new Promise<void>((resolve) => {
        onStream = (now) => now >= count && resolve();
        onStream(streams);
      }),
    /** Tells every client something, on its event stream. */
    announce: () => Promise.all(servers.map((server) => server.server.sendToolListChanged())),
    async [Symbol.asyncDispose]() {
      await Promise.all(servers.map((server) => server.close()));
      await origin[Symbol.asyncDispose]();
    },
  };
}

test('tools are listed and called, with progress and announcements as they come, and the session is ended', async () => {
  await using host = await startExecServer();
  await using mcp = await startMcpServer();
  const transport = new StreamableHTTPClientTransport(new URL(mcp.origin.url), { fetch: createExecutorFetch(host.client) });
  const client = new Client({ name: 'test', version: '1.0.0' });
  let onAnnouncement!: () => void;
  const announced = new Promise<void>((resolve) => (onAnnouncement = resolve));
  client.setNotificationHandler('notifications/tools/list_changed', () => onAnnouncement());
  await client.connect(transport);
  const { tools } = await client.listTools();
  assert.equal(tools.map(({ name }) => name).toSorted(), ['add', 'count']);
  const sums = await Promise.all(Array.from({ length: 20 }, (_, a) => client.callTool({ name: 'add', arguments: { a, b: 1 } })));
  assert.equal(
    sums.map(({ content }) => content[0]),
    sums.map((_, a) => ({ type: 'text', text: String(a + 1) })),
  );
  const progress: number[] = [];
  const counted = await client.callTool({ name: 'count', arguments: { to: 5 } }, { onprogress: ({ progress: at }) => progress.push(at) });
  assert.equal(counted.content, [{ type: 'text', text: 'done' }]);
  assert.equal(progress, [1, 2, 3, 4, 5]);
  await mcp.opened(1);
  await mcp.announce();
  await announced;
  await transport.terminateSession();
  assert.is(mcp.sessions.size, 0);
  await client.close();
  assert.equal(host.client.inspect().httpExchanges, [], 'the event stream was given up');
});

test('closing the client closes its event stream upstream', async () => {
  await using host = await startExecServer();
  await using mcp = await startMcpServer();
  const client = new Client({ name: 'test', version: '1.0.0' });
  await client.connect(new StreamableHTTPClientTransport(new URL(mcp.origin.url), { fetch: createExecutorFetch(host.client) }));
  await mcp.opened(1);
  await client.close();
  await mcp.origin.until(() => mcp.origin.broken.length > 0);
});

test('after a lost line the client goes on by itself: the event stream is opened again', async () => {
  await using host = await startExecServer();
  await using mcp = await startMcpServer();
  await using proxy = await FaultProxy.start(host.url);
  const line = await host.connect({ url: proxy.url });
  const transport = new StreamableHTTPClientTransport(new URL(mcp.origin.url), {
    fetch: createExecutorFetch(line),
    reconnectionOptions: { initialReconnectionDelay: 10, maxReconnectionDelay: 100, reconnectionDelayGrowFactor: 2, maxRetries: 10 },
  });
  const client = new Client({ name: 'test', version: '1.0.0' });
  let onAnnouncement!: () => void;
  client.setNotificationHandler('notifications/tools/list_changed', () => onAnnouncement());
  const announced = (): Promise<void> => new Promise((resolve) => (onAnnouncement = resolve));
  await client.connect(transport);
  await mcp.opened(1);
  const first = announced();
  await mcp.announce();
  await first; // a stream whose beginning is lost is not opened again by this client
  proxy.cut();
  await mcp.opened(2);
  const second = announced();
  await mcp.announce();
  await second;
  const { content } = await client.callTool({ name: 'add', arguments: { a: 1, b: 2 } });
  assert.equal(content, [{ type: 'text', text: '3' }]);
  await client.close();
});
