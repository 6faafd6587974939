import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A request that has come, with the headers that matter. */
export interface WebRequest {
  /** Such as `POST initialize`, or `GET` alone. */
  readonly what: string;
  readonly authorization: string | undefined;
  readonly origin: string | undefined;
}

interface Message {
  readonly id?: number;
  readonly method: string;
  readonly params?: { readonly protocolVersion?: string; readonly arguments?: { readonly name?: string } };
}

const session = 'the-session';

/** An MCP server over streamable HTTP on the loopback, which asks for a bearer token. Its answers are event streams. */
export class McpWeb implements AsyncDisposable {
  readonly requests: WebRequest[] = [];
  readonly #server: Server;
  readonly #token: string;

  private constructor(server: Server, token: string) {
    this.#server = server;
    this.#token = token;
    server.on('request', (request, response) => void this.#serve(request, response));
  }

  static async start(token: string): Promise<McpWeb> {
    const server = createServer();
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    return new McpWeb(server, token);
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}/mcp`;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise<void>((resolve) => this.#server.close(() => resolve()));
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const pieces: Buffer[] = [];
    for await (const piece of request) pieces.push(piece as Buffer);
    const body = Buffer.concat(pieces).toString();
    const message = body === '' ? null : (JSON.parse(body) as Message);
    const { authorization } = request.headers;
    const origin = request.headers['x-origin'] as string | undefined;
    this.requests.push({ what: [request.method, message?.method].join(' ').trim(), authorization, origin });
    if (authorization !== `Bearer ${this.#token}`) response.writeHead(401).end();
    else if (request.method === 'DELETE') response.writeHead(200).end();
    else if (request.method === 'GET') openStream(response).write(': nothing will come\n\n');
    else if (message?.id === undefined) response.writeHead(202).end();
    else await answer(openStream(response), message);
  }
}

function openStream(response: ServerResponse): ServerResponse {
  return response.writeHead(200, { 'content-type': 'text/event-stream', 'mcp-session-id': session });
}

async function answer(stream: ServerResponse, { id, method, params }: Message): Promise<void> {
  const inputSchema = { type: 'object', properties: { name: { type: 'string' } } };
  const results: Record<string, unknown> = {
    initialize: { protocolVersion: params?.protocolVersion, capabilities: { tools: {} }, serverInfo: { name: 'web', version: '1' } },
    'tools/list': { tools: [{ name: 'greet', description: 'Greets', inputSchema }] },
    'tools/call': { content: [{ type: 'text', text: `hello ${params?.arguments?.name ?? ''}` }] },
  };
  const event = `event: message\ndata: ${JSON.stringify({ jsonrpc: '2.0', id, result: results[method] ?? {} })}\n\n`;
  // In two pieces, of which the second comes later.
  stream.write(event.slice(0, 20));
  await new Promise((resolve) => setTimeout(resolve, 50));
  stream.end(event.slice(20));
}
