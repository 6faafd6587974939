import { once } from 'node:events';
import { WebSocket } from 'ws';

/** A message as it stands on the wire. */
export interface WireMessage {
  readonly id?: unknown;
  readonly method?: string;
  readonly params?: Record<string, unknown>;
  readonly result?: unknown;
  readonly error?: { readonly code: number; readonly message: string; readonly data?: unknown };
}

/** A peer without manners: sends any text and sees every message, in order. For tests of the wire itself. */
export class WireClient implements AsyncDisposable {
  readonly #webSocket: WebSocket;
  readonly #messages: WireMessage[] = [];
  #seen = 0;
  readonly #waiters: (() => void)[] = [];
  #nextId = 1;
  /** Code the connection was closed with; null while it is open. */
  closeCode: number | null = null;

  private constructor(webSocket: WebSocket) {
    this.#webSocket = webSocket;
    webSocket.on('message', (data: Buffer) => {
      this.#messages.push(JSON.parse(data.toString('utf8')) as WireMessage);
      this.#notify();
    });
    webSocket.on('error', () => undefined); // 'close' follows
    webSocket.on('close', (code) => {
      this.closeCode = code;
      this.#notify();
    });
  }

  static async open(url: string, token?: string): Promise<WireClient> {
    const headers = token === undefined ? {} : { authorization: `Bearer ${token}` };
    const webSocket = new WebSocket(url, { headers, perMessageDeflate: false, maxPayload: 0 });
    const client = new WireClient(webSocket);
    await once(webSocket, 'open');
    return client;
  }

  /** Opens, or takes up, a session; returns its id. */
  async handshake(resumeSessionId: string | null = null): Promise<string> {
    const answer = await this.request('initialize', { clientName: 'wire client', resumeSessionId });
    this.send({ method: 'initialized' });
    return (answer.result as { sessionId: string }).sessionId;
  }

  get messages(): readonly WireMessage[] {
    return this.#messages;
  }

  get socket(): WebSocket {
    return this.#webSocket;
  }

  send(message: unknown): void {
    this.#webSocket.send(typeof message === 'string' || Buffer.isBuffer(message) ? message : JSON.stringify(message));
  }

  /** Sends a request and waits for its answer, whatever comes before it. */
  request(method: string, params: unknown = null): Promise<WireMessage> {
    const id = `wire-${this.#nextId++}`;
    this.send({ id, method, params });
    return this.find((message) => message.id === id);
  }

  /** The first message, past or to come, that fits. @throws Error when the connection ends before */
  async find(fits: (message: WireMessage) => boolean): Promise<WireMessage> {
    for (let at = 0; ; at++) {
      while (at >= this.#messages.length) await this.#more();
      const message = this.#messages[at] as WireMessage;
      if (fits(message)) return message;
    }
  }

  /** The next message that was not returned by this before. */
  async next(): Promise<WireMessage> {
    while (this.#seen >= this.#messages.length) await this.#more();
    return this.#messages[this.#seen++] as WireMessage;
  }

  async closed(): Promise<number> {
    while (this.closeCode === null) await this.#wait();
    return this.closeCode;
  }

  async close(): Promise<void> {
    this.#webSocket.terminate();
    await this.closed();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async #more(): Promise<void> {
    if (this.closeCode !== null) throw new Error(`the connection was closed with code ${this.closeCode}`);
    await this.#wait();
  }

  #wait(): Promise<void> {
    return new Promise((resolve) => this.#waiters.push(resolve));
  }

  #notify(): void {
    for (const waiter of this.#waiters.splice(0)) waiter();
  }
}

/** Params of a `process/start` with everything required filled in. */
export function startParams(processId: string, argv: readonly string[], more: Readonly<Record<string, unknown>> = {}) {
  return { processId, argv, cwd: 'file:///', env: { PATH: process.env['PATH'] ?? '' }, tty: false, ...more };
}
