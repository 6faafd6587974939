import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import { createServer as createTlsServer } from 'node:tls';
import { fileURLToPath } from 'node:url';

/** A whole request as it came. Each character stands for one byte. */
export interface SeenRequest {
  readonly line: string;
  /** `name: value`, in the order they came. */
  readonly headers: readonly string[];
  readonly body: string;
  /** Which connection it came on, from 1. */
  readonly connection: number;
}

/** What is said to a request: bytes, or whatever a function does with the socket. */
export type PeerAnswer = string | Buffer | ((socket: Socket, request: SeenRequest) => void);

export const ok = 'HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok';

/** A path in `fixtures/tls`. */
export function tlsFixture(name: 'ca.pem' | 'server.pem' | 'server.key'): string {
  return fileURLToPath(new URL(`../../../fixtures/tls/${name}`, import.meta.url));
}

/**
 * A server that understands just enough of HTTP to know where a request ends, and says to the n-th what it was given for
 * it; to all further ones the last. Requests without an end, such as uploads that are cut, are never answered.
 */
export class HttpPeer implements AsyncDisposable {
  readonly requests: SeenRequest[] = [];
  readonly sockets = new Set<Socket>();
  /** Connections there have been. */
  connections = 0;
  readonly #server: Server;
  readonly #answers: readonly PeerAnswer[];
  readonly #scheme: string;
  readonly #isEager: boolean;
  readonly #waiters: (() => void)[] = [];

  private constructor(answers: readonly PeerAnswer[], isTls: boolean, isEager: boolean) {
    this.#isEager = isEager;
    this.#answers = answers;
    this.#scheme = isTls ? 'https' : 'http';
    const accept = (socket: Socket): void => this.#accept(socket);
    this.#server = isTls
      ? createTlsServer({ cert: readFileSync(tlsFixture('server.pem')), key: readFileSync(tlsFixture('server.key')) }, accept)
      : createServer(accept);
    this.#server.on('tlsClientError', () => undefined);
  }

  /** @param isEager answers as soon as it hears anything, and hears no more */
  static async start(answers: readonly PeerAnswer[] = [ok], { isTls = false, isEager = false } = {}): Promise<HttpPeer> {
    const peer = new HttpPeer(answers, isTls, isEager);
    peer.#server.listen(0, '127.0.0.1');
    await once(peer.#server, 'listening');
    return peer;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  /** Without a slash at the end. */
  get url(): string {
    return `${this.#scheme}://127.0.0.1:${this.port}`;
  }

  /** Waits until the condition holds; it is looked at whenever something comes or goes. */
  async until(condition: () => boolean): Promise<void> {
    while (!condition()) await new Promise<void>((resolve) => this.#waiters.push(resolve));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const socket of this.sockets) socket.destroy();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  #accept(socket: Socket): void {
    const connection = ++this.connections;
    let bytes = Buffer.alloc(0);
    this.sockets.add(socket);
    socket.on('error', () => undefined); // 'close' follows
    socket.on('close', () => {
      this.sockets.delete(socket);
      this.#changed();
    });
    if (this.#isEager) {
      socket.once('data', () => this.#answer(socket, { line: '', headers: [], body: '', connection }));
      return this.#changed();
    }
    socket.on('data', (piece: Buffer) => {
      bytes = Buffer.concat([bytes, piece]);
      for (let end = findEnd(bytes); end !== null; end = findEnd(bytes)) {
        this.#answer(socket, { ...parse(bytes.subarray(0, end)), connection });
        bytes = bytes.subarray(end);
      }
    });
    this.#changed();
  }

  #answer(socket: Socket, request: SeenRequest): void {
    const answer = this.#answers[Math.min(this.requests.length, this.#answers.length - 1)] ?? ok;
    this.requests.push(request);
    if (typeof answer === 'function') answer(socket, request);
    else socket.write(answer);
    this.#changed();
  }

  #changed(): void {
    for (const waiter of this.#waiters.splice(0)) waiter();
  }
}

/** Where the first request in these bytes ends; null when it is not whole. */
function findEnd(bytes: Buffer): number | null {
  const head = bytes.indexOf('\r\n\r\n');
  if (head < 0) return null;
  const text = bytes.subarray(0, head).toString('latin1');
  if (/\r\ntransfer-encoding: [^\r]*chunked/i.test(text)) {
    const last = bytes.indexOf('0\r\n\r\n', head + 4);
    return last < 0 ? null : last + 5;
  }
  const end = head + 4 + Number(/\r\ncontent-length: (\d+)/i.exec(text)?.[1] ?? 0);
  return bytes.length < end ? null : end;
}

function parse(bytes: Buffer): Omit<SeenRequest, 'connection'> {
  const text = bytes.toString('latin1');
  const head = text.indexOf('\r\n\r\n');
  const [line = '', ...headers] = text.slice(0, head).split('\r\n');
  return { line, headers, body: text.slice(head + 4) };
}

/** A response with so many bytes. */
export function longAnswer(count: number): string {
  return `HTTP/1.1 200 OK\r\ncontent-length: ${count}\r\n\r\n${'x'.repeat(count)}`;
}
