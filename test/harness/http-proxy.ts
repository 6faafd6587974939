import { once } from 'node:events';
import { createServer, type IncomingMessage } from 'node:http';
import { type AddressInfo, connect, type Socket } from 'node:net';
import { readFileSync } from 'node:fs';
import { createServer as createTlsServer } from 'node:https';
import { tlsFixture } from './http-peer.js';

export interface ProxyOptions {
  /** What clients have to say as `proxy-authorization`; anything by default. */
  readonly authorization?: string;
  /** The proxy itself speaks TLS. */
  readonly isTls?: boolean;
}

/** A proxy that answers plain requests itself, and opens tunnels to ports of this machine, whatever name they go to. */
export class TestProxy implements AsyncDisposable {
  /** First line of each request, with what it said as `host` and `proxy-authorization`. */
  readonly seen: string[] = [];
  readonly #options: ProxyOptions;
  readonly #server;
  readonly #sockets = new Set<Socket>();

  private constructor(options: ProxyOptions) {
    this.#options = options;
    this.#server = options.isTls
      ? createTlsServer({ cert: readFileSync(tlsFixture('server.pem')), key: readFileSync(tlsFixture('server.key')) })
      : createServer();
    this.#server.on('connection', (socket: Socket) => this.#own(socket));
    this.#server.on('request', (request, response) => {
      if (this.#isWelcome(request)) response.end('by proxy');
      else response.writeHead(407).end('who are you');
    });
    this.#server.on('connect', (request, socket: Socket) => this.#tunnel(request, socket));
  }

  static async start(options: ProxyOptions = {}): Promise<TestProxy> {
    const proxy = new TestProxy(options);
    proxy.#server.listen(0, '127.0.0.1');
    await once(proxy.#server, 'listening');
    return proxy;
  }

  /** With credentials when they are given. */
  url(credentials = ''): string {
    const { port } = this.#server.address() as AddressInfo;
    return `${this.#options.isTls ? 'https' : 'http'}://${credentials === '' ? '' : `${credentials}@`}127.0.0.1:${port}`;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  #tunnel(request: IncomingMessage, socket: Socket): void {
    if (!this.#isWelcome(request)) {
      socket.end('HTTP/1.1 407 X\r\n\r\n');
      return;
    }
    const upstream = connect(Number(request.url?.split(':').at(-1)), '127.0.0.1', () => socket.write('HTTP/1.1 200 Connected\r\n\r\n'));
    this.#own(upstream);
    upstream.on('error', () => socket.destroy());
    upstream.pipe(socket).pipe(upstream);
  }

  #isWelcome({ method, url, headers }: IncomingMessage): boolean {
    const { host, 'proxy-authorization': authorization } = headers;
    this.seen.push([method, url, host, authorization].filter((part) => part !== undefined).join(' '));
    return this.#options.authorization === undefined || this.#options.authorization === authorization;
  }

  #own(socket: Socket): void {
    this.#sockets.add(socket);
    socket.on('error', () => undefined); // 'close' follows
    socket.once('close', () => this.#sockets.delete(socket));
  }
}
