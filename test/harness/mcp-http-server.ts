import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { McpMessage } from './mcp-caller.js';

/** A request as it came. */
export interface HeardRequest {
  readonly method: string;
  readonly headers: IncomingMessage['headers'];
  readonly text: string;
  readonly json: McpMessage;
}

/** Answers a request; what it does not answer is answered honestly. */
export type HttpAnswer = (heard: HeardRequest, response: ServerResponse) => boolean | void | Promise<boolean | void>;

/** An MCP server over HTTP that answers as a test wants it to, and keeps what it heard. */
export class McpHttpServer implements AsyncDisposable {
  readonly heard: HeardRequest[] = [];
  readonly #server: Server;
  readonly #answer: HttpAnswer;
  sessionId = 'session-1';

  private constructor(answer: HttpAnswer) {
    this.#answer = answer;
    this.#server = createServer((request, response) => void this.#take(request, response));
  }

  static async start(answer: HttpAnswer = () => false): Promise<McpHttpServer> {
    const host = new McpHttpServer(answer);
    host.#server.listen(0, '127.0.0.1');
    await once(host.#server, 'listening');
    return host;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}/mcp`;
  }

  /** Messages with this method, or requests with this HTTP method. */
  heardOf(method: string): HeardRequest[] {
    return this.heard.filter(({ json, method: http }) => json.method === method || http === method);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  async #take(request: IncomingMessage, response: ServerResponse): Promise<void> {
    let text = '';
    for await (const piece of request.setEncoding('utf8')) text += String(piece);
    const heard = {
      method: request.method ?? '',
      headers: request.headers,
      text,
      json: (text === '' ? {} : JSON.parse(text)) as McpMessage,
    };
    this.heard.push(heard);
    if ((await this.#answer(heard, response)) === true) return;
    this.#answerHonestly(heard, response);
  }

  #answerHonestly({ method, json, text }: HeardRequest, response: ServerResponse): void {
    if (method === 'GET') return void response.writeHead(405).end();
    if (method === 'DELETE' || json.id === undefined || json.method === undefined) return void response.writeHead(202).end();
    const results: Readonly<Record<string, unknown>> = {
      initialize: { protocolVersion: '2025-11-25', capabilities: { tools: {} }, serverInfo: { name: 'http', version: '1' } },
      'tools/list': { tools: [{ name: 'echo', inputSchema: { type: 'object' } }] },
      'tools/call': { content: [{ type: 'text', text }] },
      ping: {},
    };
    const result = results[json.method];
    const answer = result === undefined ? { error: { code: -32601, message: 'unknown method' } } : { result };
    sendJson(
      response,
      { jsonrpc: '2.0', id: json.id, ...answer },
      json.method === 'initialize' ? { 'mcp-session-id': this.sessionId } : {},
    );
  }
}

export function sendJson(response: ServerResponse, message: unknown, headers: Readonly<Record<string, string>> = {}, status = 200): void {
  response
    .writeHead(status, { 'content-type': 'application/json', ...headers })
    .end(typeof message === 'string' ? message : JSON.stringify(message));
}

/** Begins an event stream. */
export function sendEvents(response: ServerResponse, ...events: readonly string[]): void {
  if (!response.headersSent) response.writeHead(200, { 'content-type': 'text/event-stream; charset=utf-8' });
  for (const event of events) response.write(event);
}
