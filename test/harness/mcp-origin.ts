import { randomUUID } from 'node:crypto';
import { McpServer, WebStandardStreamableHTTPServerTransport } from '@modelcontextprotocol/server';
import { z } from 'zod';
import { toListener } from './web-handler.js';
import { startOrigin } from './web-origin.js';

/**
 * An MCP server behind a URL, with sessions and event streams. Its tools: `echo` says the text again after `delayMs`;
 * `hang-up` ends the stream in place of an answer.
 */
export async function startMcpOrigin({ rejects = () => null }: { rejects?: (request: Request) => Response | null } = {}) {
  const sessions = new Map<string, WebStandardStreamableHTTPServerTransport>();
  const servers: McpServer[] = [];
  const seen: { readonly method: string; readonly headers: Headers }[] = [];
  const open = async (): Promise<WebStandardStreamableHTTPServerTransport> => {
    const transport: WebStandardStreamableHTTPServerTransport = new WebStandardStreamableHTTPServerTransport({
      sessionIdGenerator: randomUUID,
      onsessioninitialized: (id) => void sessions.set(id, transport),
      onsessionclosed: (id) => void sessions.delete(id),
    });
    const server = new McpServer({ name: 'origin', version: '1.0.0' });
    const inputSchema = z.object({ text: z.string(), delayMs: z.number().optional() });
    server.registerTool('echo', { inputSchema }, async ({ text, delayMs = 0 }, { mcpReq }) => {
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, delayMs);
        mcpReq.signal.addEventListener('abort', () => (clearTimeout(timer), resolve()));
      });
      return { content: [{ type: 'text', text }] };
    });
    server.registerTool('hang-up', {}, async ({ mcpReq }) => {
      transport.closeSSEStream(mcpReq.id);
      return new Promise(() => undefined);
    });
    await server.connect(transport);
    servers.push(server);
    return transport;
  };
  const origin = await startOrigin(
    toListener(async (request) => {
      seen.push({ method: request.method, headers: request.headers });
      const rejected = rejects(request);
      if (rejected) return rejected;
      const id = request.headers.get('mcp-session-id');
      const transport = id === null ? await open() : sessions.get(id);
      return transport ? transport.handleRequest(request) : new Response('no such session', { status: 404 });
    }),
  );
  return {
    origin,
    url: `${origin.url}/mcp`,
    /** Sessions it knows. */
    sessions,
    /** Every request so far. */
    seen,
    /** Forgets all sessions, as a server that has started anew. */
    forget: () => sessions.clear(),
    async [Symbol.asyncDispose]() {
      await Promise.all(servers.map((server) => server.close()));
      await origin[Symbol.asyncDispose]();
    },
  };
}
