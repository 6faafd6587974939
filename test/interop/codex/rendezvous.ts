import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';
import { type WebSocket, WebSocketServer } from 'ws';

const environmentId = 'the-environment';
const profile = { security_profile: 'noise_hybrid_ik_v1', environment_id: environmentId, executor_registration_id: 'the-registration' };

/**
 * Brings an executor that registers itself (`codex exec-server forward`) and a client that looks for it together: a
 * registry, and a relay of their encrypted messages, on the loopback. Any token will do. One of each side at a time.
 */
export class Rendezvous implements AsyncDisposable {
  readonly environmentId = environmentId;
  /** What the registry was asked, in order. */
  readonly asked: string[] = [];
  /** Resolves once the executor waits for messages. */
  readonly executor: Promise<void>;
  readonly #server: Server;
  readonly #relay = new WebSocketServer({ noServer: true });
  readonly #sides = new Map<string, WebSocket>();
  #executorKey: unknown = null;
  #executorCame: () => void = () => undefined;

  private constructor(server: Server) {
    this.#server = server;
    this.executor = new Promise((resolve) => (this.#executorCame = resolve));
    server.on('request', (request, response) => void this.#serve(request, response));
    server.on('upgrade', (request: IncomingMessage, socket: Duplex, head: Buffer) => {
      this.#relay.handleUpgrade(request, socket, head, (side) => this.#join(request.url ?? '', side));
    });
  }

  static async start(): Promise<Rendezvous> {
    const server = createServer();
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    return new Rendezvous(server);
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const side of this.#relay.clients) side.terminate();
    this.#server.closeAllConnections();
    await new Promise<void>((resolve) => this.#server.close(() => resolve()));
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const pieces: Buffer[] = [];
    for await (const piece of request) pieces.push(piece as Buffer);
    const body = JSON.parse(Buffer.concat(pieces).toString()) as { readonly executor_public_key?: unknown };
    const path = request.url ?? '';
    this.asked.push(path);
    response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(this.#answer(path, body.executor_public_key)));
  }

  #answer(path: string, key: unknown): object {
    const relay = this.url.replace('http:', 'ws:');
    if (path.endsWith('/register')) {
      this.#executorKey = key;
      return { ...profile, url: `${relay}/executor` };
    }
    if (path.endsWith('/validate')) return { valid: true };
    return { ...profile, url: `${relay}/client`, executor_public_key: this.#executorKey, harness_key_authorization: 'granted' };
  }

  #join(path: string, side: WebSocket): void {
    this.#sides.set(path, side);
    const other = path === '/executor' ? '/client' : '/executor';
    side.on('message', (data, isBinary) => this.#sides.get(other)?.send(data as Buffer, { binary: isBinary }));
    side.on('error', () => undefined); // it ends with that
    if (path === '/executor') this.#executorCame();
  }
}
