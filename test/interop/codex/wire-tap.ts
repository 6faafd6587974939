import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';
import { FrameReader } from '../../harness/websocket-frames.js';
import type { WireMessage } from '../../harness/wire-client.js';

/** A message that has passed, and on which of the connections, counted from 1. */
export interface TappedMessage extends WireMessage {
  readonly connection: number;
  readonly direction: 'toServer' | 'toClient';
}

/**
 * Listens in on the WebSockets of a client: `client ⇄ tap on 127.0.0.1 ⇄ server`. Bytes are passed on as they come; what
 * is recorded towards the client has been written to its socket. The end of one side is passed on after its last byte.
 */
export class WireTap implements AsyncDisposable {
  readonly messages: TappedMessage[] = [];
  /** Connections the client has asked for, those that were refused further on included. */
  connections = 0;
  readonly #server: Server;
  readonly #target: URL;
  readonly #sockets = new Set<Socket>();
  readonly #waiters = new Set<() => void>();

  private constructor(server: Server, target: URL) {
    this.#server = server;
    this.#target = target;
    server.on('connection', (client) => this.#accept(client));
  }

  /** @param target URL of the server, `ws:` */
  static async start(target: string): Promise<WireTap> {
    const server = createServer({ noDelay: true });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    return new WireTap(server, new URL(target));
  }

  get url(): string {
    return `ws://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  /** The first message, past or to come, that fits; the deadline of the test ends it when none does. */
  async find(fits: (message: TappedMessage) => boolean): Promise<TappedMessage> {
    for (let at = 0; ; at++) {
      while (at >= this.messages.length) await new Promise<void>((resolve) => this.#waiters.add(resolve));
      const message = this.messages[at] as TappedMessage;
      if (fits(message)) return message;
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    await new Promise<void>((resolve) => this.#server.close(() => resolve()));
  }

  #accept(client: Socket): void {
    const connection = ++this.connections;
    const server = connect({ port: Number(this.#target.port), host: this.#target.hostname, noDelay: true });
    this.#relay(client, server, connection, 'toServer');
    this.#relay(server, client, connection, 'toClient');
  }

  #relay(from: Socket, to: Socket, connection: number, direction: TappedMessage['direction']): void {
    const frames = new FrameReader();
    let hasHead = false;
    let head = Buffer.alloc(0);
    let payloads: Buffer[] = [];
    this.#sockets.add(from);
    from.on('error', () => undefined); // 'close' follows
    from.on('close', () => {
      this.#sockets.delete(from);
      to.destroySoon();
    });
    to.on('drain', () => from.resume());
    from.on('data', (piece: Buffer) => {
      if (!to.write(piece)) from.pause();
      if (!hasHead) {
        head = Buffer.concat([head, piece]);
        const end = head.indexOf('\r\n\r\n');
        if (end === -1) return;
        hasHead = true;
        piece = head.subarray(end + 4);
      }
      for (const { opcode, isFinal, payload } of frames.push(piece)) {
        if (opcode >= 8) continue; // ping, pong, close
        payloads.push(payload);
        if (!isFinal) continue;
        this.#note({ ...(JSON.parse(Buffer.concat(payloads).toString()) as WireMessage), connection, direction });
        payloads = [];
      }
    });
  }

  #note(message: TappedMessage): void {
    this.messages.push(message);
    for (const wake of this.#waiters) wake();
    this.#waiters.clear();
  }
}
