import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type ModelItem, type ModelScript, say } from './model-script.js';
import { type RequestItem, ToolAnswers } from './tool-answers.js';

/** What a client asks a model for, as far as it matters here. */
interface ModelRequest {
  readonly input: readonly RequestItem[];
  readonly instructions?: string;
  readonly tools?: readonly { readonly type: string; readonly name?: string }[];
}

/**
 * A model that plays a script: `POST /v1/responses` on the loopback, answered as a stream of server-sent events. Each
 * request is the client's answer to what the script said last. A script that is over says "done"; one that throws is
 * an answer of 500, which ends the turn, and {@link fault}.
 */
export class ModelEndpoint implements AsyncDisposable {
  readonly requests: ModelRequest[] = [];
  /** What the script threw; null while all is well. */
  fault: unknown = null;
  readonly #server: Server;
  readonly #script: ModelScript;
  #turns = 0;

  private constructor(server: Server, script: ModelScript) {
    this.#server = server;
    this.#script = script;
    server.on('request', (request, response) => void this.#serve(request, response));
  }

  static async start(script: ModelScript): Promise<ModelEndpoint> {
    const server = createServer();
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    return new ModelEndpoint(server, script);
  }

  /** To be configured as `base_url` of a provider. */
  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}/v1`;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise<void>((resolve) => this.#server.close(() => resolve()));
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const pieces: Buffer[] = [];
    for await (const piece of request) pieces.push(piece as Buffer);
    if (request.method !== 'POST' || request.url !== '/v1/responses') {
      response.writeHead(404).end();
      return;
    }
    const asked = JSON.parse(Buffer.concat(pieces).toString()) as ModelRequest;
    this.requests.push(asked);
    try {
      const { value, done } = await this.#script.next(new ToolAnswers(asked.input));
      this.#answer(response, done === true || value === undefined ? [say('done')] : value);
    } catch (error) {
      this.fault = error;
      response.writeHead(500).end(String(error));
    }
  }

  #answer(response: ServerResponse, items: readonly ModelItem[]): void {
    const id = `answer-${++this.#turns}`;
    const usage = { input_tokens: 1, input_tokens_details: null, output_tokens: 1, output_tokens_details: null, total_tokens: 2 };
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    const send = (type: string, rest: object): void => {
      response.write(`event: ${type}\ndata: ${JSON.stringify({ type, ...rest })}\n\n`);
    };
    send('response.created', { response: { id } });
    for (const item of items) send('response.output_item.done', { item });
    send('response.completed', { response: { id, usage } });
    response.end();
  }
}
