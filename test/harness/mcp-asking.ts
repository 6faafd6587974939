import { randomUUID } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { Client as NewClient, StreamableHTTPClientTransport as NewTransport } from '@modelcontextprotocol/client';
import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import { McpServer as OldServer } from '@modelcontextprotocol/sdk/server/mcp.js';
import { StreamableHTTPServerTransport } from '@modelcontextprotocol/sdk/server/streamableHttp.js';
import { CreateMessageRequestSchema, ElicitRequestSchema, ListRootsRequestSchema } from '@modelcontextprotocol/sdk/types.js';
import { createMcpHandler, inputRequired, McpServer } from '@modelcontextprotocol/server';
import { toListener } from './web-handler.js';

const message = 'Who?';
const requestedSchema = { type: 'object' as const, properties: { name: { type: 'string' as const } } };
const sample = { messages: [{ role: 'user' as const, content: { type: 'text' as const, text: 'Say' } }], maxTokens: 5 };
const answers = {
  elicitation: { action: 'accept' as const, content: { name: 'Ann' } },
  sampling: { model: 'm', role: 'assistant' as const, content: { type: 'text' as const, text: 'sampled' } },
  roots: { roots: [{ uri: 'file:///r', name: 'r' }] },
};
const capabilities = { sampling: {}, elicitation: { form: {} }, roots: {} };

/** A server with a tool `ask` that asks for everything a client can be asked for, and tells the answers. */
export interface AskingServer extends AsyncDisposable {
  readonly url: string;
}

async function listen(
  handle: (request: IncomingMessage, response: ServerResponse) => void,
  onClose: () => Promise<unknown>,
): Promise<AskingServer> {
  const server = createServer(handle).listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/mcp`,
    async [Symbol.asyncDispose]() {
      await onClose();
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** Over HTTP with sessions, by the SDK of the first line. */
export function startLegacyAsking(): Promise<AskingServer> {
  const sessions = new Map<string, StreamableHTTPServerTransport>();
  const servers: OldServer[] = [];
  const open = async (): Promise<StreamableHTTPServerTransport> => {
    const transport: StreamableHTTPServerTransport = new StreamableHTTPServerTransport({
      sessionIdGenerator: randomUUID,
      onsessioninitialized: (id) => void sessions.set(id, transport),
    });
    const server = new OldServer({ name: 'asking', version: '1' });
    server.registerTool('ask', {}, async ({ requestId }) => {
      const related = { relatedRequestId: requestId };
      const told = [
        await server.server.elicitInput({ message, requestedSchema }, related),
        await server.server.createMessage(sample, related),
        await server.server.listRoots({}, related),
      ];
      return { content: [{ type: 'text', text: JSON.stringify(told) }] };
    });
    await server.connect(transport);
    servers.push(server);
    return transport;
  };
  return listen(
    (request, response) =>
      void (async () => {
        const id = request.headers['mcp-session-id'];
        const transport = id === undefined ? await open() : sessions.get(String(id));
        if (transport) await transport.handleRequest(request, response);
        else response.writeHead(404).end();
      })(),
    () => Promise.all(servers.map((server) => server.close())),
  );
}

/** Over HTTP without sessions, by the SDK of the second line; nothing else is served. */
export function startModernAsking(): Promise<AskingServer> {
  const handler = createMcpHandler(
    () => {
      const server = new McpServer({ name: 'asking', version: '2' });
      server.registerTool('ask', {}, ({ mcpReq }) => {
        const told = mcpReq.inputResponses;
        if (!told)
          return inputRequired({
            inputRequests: {
              elicitation: inputRequired.elicit({ message, requestedSchema }),
              sampling: inputRequired.createMessage(sample),
              roots: inputRequired.listRoots(),
            },
          });
        return { content: [{ type: 'text', text: JSON.stringify([told['elicitation'], told['sampling'], told['roots']]) }] };
      });
      return server;
    },
    { legacy: 'reject' },
  );
  return listen(
    toListener((request) => handler.fetch(request)),
    () => handler.close(),
  );
}

/** A client of an endpoint that answers all that it may be asked. */
export interface AnsweringClient extends AsyncDisposable {
  callTool(name: string, args?: Record<string, unknown>): Promise<string>;
}

/** The client of the SDK of the first line. */
export async function connectOld(endpoint: string): Promise<AnsweringClient> {
  const client = new Client({ name: 'old', version: '1' }, { capabilities });
  client.setRequestHandler(ElicitRequestSchema, () => answers.elicitation);
  client.setRequestHandler(CreateMessageRequestSchema, () => answers.sampling);
  client.setRequestHandler(ListRootsRequestSchema, () => answers.roots);
  await client.connect(new StreamableHTTPClientTransport(new URL(endpoint)));
  return {
    callTool: async (name, args = {}) => textOf(await client.callTool({ name, arguments: args })),
    [Symbol.asyncDispose]: () => client.close(),
  };
}

/** The client of the SDK of the second line, with a session or without. */
export async function connectNew(endpoint: string, mode: 'legacy' | 'auto'): Promise<AnsweringClient> {
  const client = new NewClient({ name: 'new', version: '1' }, { capabilities, versionNegotiation: { mode } });
  client.setRequestHandler('elicitation/create', () => answers.elicitation);
  client.setRequestHandler('sampling/createMessage', () => answers.sampling);
  client.setRequestHandler('roots/list', () => answers.roots);
  await client.connect(new NewTransport(new URL(endpoint)));
  return {
    callTool: async (name, args = {}) => textOf(await client.callTool({ name, arguments: args })),
    [Symbol.asyncDispose]: () => client.close(),
  };
}

function textOf(result: unknown): string {
  return (result as { content: { text: string }[] }).content[0]?.text ?? '';
}
