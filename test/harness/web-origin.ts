import { once } from 'node:events';
import { createServer, type IncomingMessage, type RequestListener, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A web server on the loopback, which sees when the other side hangs up. */
export interface WebOrigin extends AsyncDisposable {
  readonly url: string;
  /** Path of each request so far, with its method, such as `GET /a`. */
  readonly asked: readonly string[];
  /** Paths whose exchange the other side broke off before it was over. */
  readonly broken: readonly string[];
  /** Resolves when `isSo`, which is looked at after every request and every exchange broken off. */
  until(isSo: () => boolean): Promise<void>;
}

export async function startOrigin(handle: RequestListener): Promise<WebOrigin> {
  const asked: string[] = [];
  const broken: string[] = [];
  let wakes: (() => void)[] = [];
  const wake = (): void => {
    for (const resolve of wakes.splice(0)) resolve();
  };
  const server = createServer((request, response) => {
    asked.push(`${request.method} ${request.url}`);
    response.on('close', () => {
      if (!response.writableFinished) broken.push(request.url ?? '');
      wake();
    });
    request.on('error', () => undefined); // broken off, which 'close' tells
    handle(request, response);
    wake();
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    asked,
    broken,
    async until(isSo) {
      while (!isSo()) await new Promise<void>((resolve) => wakes.push(resolve));
    },
    async [Symbol.asyncDispose]() {
      wakes = [];
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** Handlers by path, without the query; other paths are answered with 404. */
export function byPath(handlers: Readonly<Record<string, RequestListener>>): RequestListener {
  return (request, response) => {
    const handler = handlers[new URL(request.url ?? '/', 'http://origin').pathname];
    if (handler) return handler(request, response);
    response.statusCode = 404;
    response.end('nothing here');
  };
}

/** Answers with what it was asked, as JSON: method, url, headers in the order they came, and the size of the body. */
export async function describeRequest(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const body = await readBody(request);
  response.setHeader('content-type', 'application/json');
  response.end(JSON.stringify({ method: request.method, url: request.url, headers: request.headers, body: body.toString() }));
}

/** What {@link describeRequest} answers. */
export interface DescribedRequest {
  readonly method: string;
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

export async function readBody(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of request as AsyncIterable<Buffer>) chunks.push(chunk);
  return Buffer.concat(chunks);
}
