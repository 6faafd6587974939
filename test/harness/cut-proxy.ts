import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';

/** Two sockets that belong together: to the client and to the server. */
interface Pair {
  readonly client: Socket;
  readonly server: Socket;
}

/** A line between client and server that can break: `client ⇄ proxy on 127.0.0.1 ⇄ server`. The caller closes it. */
export class CutProxy implements AsyncDisposable {
  readonly #server: Server;
  #target: URL;
  readonly #pairs = new Set<Pair>();
  /** Sockets to the server whose client is gone. */
  readonly #forsaken = new Set<Socket>();
  readonly #waiters = new Set<() => void>();
  #accepted = 0;
  #isBlocked = false;
  #isStalled = false;
  #bytesToCut = Infinity;

  private constructor(server: Server, target: URL) {
    this.#server = server;
    this.#target = target;
    server.on('connection', (client) => this.#accept(client));
  }

  /** @param target URL of the server */
  static async start(target: string): Promise<CutProxy> {
    const server = createServer({ pauseOnConnect: true });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    return new CutProxy(server, new URL(target));
  }

  get url(): string {
    return `ws://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  /** Connections let through so far. */
  get accepted(): number {
    return this.#accepted;
  }

  /** Resolves when so many connections have been let through. */
  async connected(count: number): Promise<void> {
    while (this.#accepted < count) await new Promise<void>((resolve) => this.#waiters.add(resolve));
  }

  /** Breaks every connection there is, for both sides. New ones are let through. */
  cut(): void {
    for (const { client, server } of this.#pairs) {
      client.destroy();
      server.destroy();
    }
    this.#pairs.clear();
  }

  /** Breaks every connection for the client only: the server is not told. */
  cutClients(): void {
    for (const { client, server } of this.#pairs) {
      server.pause();
      this.#forsaken.add(server);
      client.destroy();
    }
    this.#pairs.clear();
  }

  /** New connections lead to another server. */
  redirect(target: string): void {
    this.#target = new URL(target);
  }

  /** Breaks the connection once so many more bytes have come from the server; what follows them is lost. */
  cutAfter(bytes: number): void {
    this.#bytesToCut = bytes;
  }

  /** New connections are broken at once until {@link unblock}. */
  block(): void {
    this.#isBlocked = true;
  }

  unblock(): void {
    this.#isBlocked = false;
  }

  /** Nothing gets through any more, and nobody is told. */
  stall(): void {
    this.#isStalled = true;
    for (const pair of this.#pairs) pause(pair);
  }

  resume(): void {
    this.#isStalled = false;
    for (const { client, server } of this.#pairs) {
      client.resume();
      server.resume();
    }
  }

  async close(): Promise<void> {
    this.cut();
    for (const socket of this.#forsaken) socket.destroy();
    await new Promise<void>((resolve) => this.#server.close(() => resolve()));
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  #accept(client: Socket): void {
    client.on('error', () => undefined); // 'close' follows
    if (this.#isBlocked) {
      client.destroy();
      return;
    }
    const server = connect(Number(this.#target.port), this.#target.hostname);
    const pair = { client, server };
    this.#pairs.add(pair);
    server.on('error', () => undefined);
    this.#forward(client, server, (bytes) => bytes);
    this.#forward(server, client, (bytes) => this.#count(bytes));
    for (const socket of [client, server]) socket.once('close', () => this.#break(pair));
    if (this.#isStalled) pause(pair);
    else client.resume();
    this.#accepted++;
    for (const wake of this.#waiters) wake();
    this.#waiters.clear();
  }

  /** Passes on what comes from one side, no faster than the other takes it. */
  #forward(from: Socket, to: Socket, filter: (bytes: Buffer) => Buffer): void {
    from.on('data', (bytes: Buffer) => {
      if (to.destroyed || to.write(filter(bytes))) return;
      from.pause();
      to.once('drain', () => {
        if (!this.#isStalled) from.resume();
      });
    });
    from.once('end', () => to.end());
  }

  /** What may still pass of bytes from the server. */
  #count(bytes: Buffer): Buffer {
    if (bytes.length < this.#bytesToCut) {
      this.#bytesToCut -= bytes.length;
      return bytes;
    }
    const passed = bytes.subarray(0, this.#bytesToCut);
    this.#bytesToCut = Infinity;
    queueMicrotask(() => this.cut()); // before anything else is read
    return passed;
  }

  #break(pair: Pair): void {
    if (!this.#pairs.delete(pair)) return;
    pair.client.destroy();
    pair.server.destroy();
  }
}

function pause({ client, server }: Pair): void {
  client.pause();
  server.pause();
}
