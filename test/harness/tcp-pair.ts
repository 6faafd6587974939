import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';

/** A plain TCP server that keeps what it is told, for whatever stands between it and its clients. */
export class TcpHost implements AsyncDisposable {
  readonly #server: Server;
  readonly #sockets: Socket[] = [];
  readonly #clients: Socket[] = [];
  #wake: (() => void) | null = null;

  private constructor(server: Server) {
    this.#server = server;
    server.on('connection', (socket) => {
      socket.on('error', () => undefined);
      this.#sockets.push(socket);
      this.#wake?.();
    });
  }

  static async start(): Promise<TcpHost> {
    const server = createServer({ allowHalfOpen: true });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    return new TcpHost(server);
  }

  get url(): string {
    return `ws://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  /** Connects to a URL and returns both ends; the host ends them. */
  async pair(url: string): Promise<{ readonly client: Socket; readonly server: Socket }> {
    const count = this.#sockets.length;
    const client = this.dial(url);
    while (this.#sockets.length === count) await new Promise<void>((resolve) => (this.#wake = resolve));
    return { client, server: this.#sockets[count] as Socket };
  }

  /** One end only. */
  dial(url: string): Socket {
    const client = connect({ port: Number(new URL(url).port), host: '127.0.0.1', allowHalfOpen: true });
    client.on('error', () => undefined);
    this.#clients.push(client);
    return client;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const socket of [...this.#clients, ...this.#sockets]) socket.destroy();
    await new Promise<void>((resolve) => this.#server.close(() => resolve()));
  }
}

/** Everything a socket tells from now on. */
export class SocketRecorder {
  readonly pieces: Buffer[] = [];
  bytes = 0;
  #wake: (() => void) | null = null;

  constructor(socket: Socket) {
    socket.on('data', (piece: Buffer) => {
      this.pieces.push(piece);
      this.bytes += piece.length;
      this.#wake?.();
    });
  }

  /** Resolves with all bytes once there are so many. */
  async count(wanted: number): Promise<Buffer> {
    while (this.bytes < wanted) await new Promise<void>((resolve) => (this.#wake = resolve));
    return Buffer.concat(this.pieces);
  }

  text(): string {
    return Buffer.concat(this.pieces).toString();
  }
}
