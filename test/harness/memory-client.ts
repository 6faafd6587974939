import { type Channel, type Requests } from '@exec-server/protocol';
import { methods, notifications } from '@exec-server/protocol/schemas';
import type { ExecServer } from '@exec-server/server';
import type { WireMessage } from './wire-client.js';

/**
 * A client without manners and without a network: sends any text, sees every message in order, and holds each
 * against the schemas of the protocol.
 */
export class MemoryClient implements AsyncDisposable {
  readonly #channel: Channel;
  readonly #messages: WireMessage[] = [];
  /** Methods of the requests sent, by id, to check their results. */
  readonly #methods = new Map<unknown, string>();
  readonly #waiters: (() => void)[] = [];
  #nextId = 1;
  /** The server, or this side, has ended the channel. */
  isClosed = false;

  constructor(server: ExecServer) {
    this.#channel = server.connect();
    this.#channel.open({
      message: (text) => {
        const message = JSON.parse(text) as WireMessage;
        this.#messages.push(message);
        this.#check(message);
        this.#wake();
      },
      drained: () => undefined,
      closed: () => {
        this.isClosed = true;
        this.#wake();
      },
    });
  }

  /** A client whose handshake is done. */
  static async open(server: ExecServer, resumeSessionId: string | null = null): Promise<MemoryClient> {
    const client = new MemoryClient(server);
    await client.handshake(resumeSessionId);
    return client;
  }

  get channel(): Channel {
    return this.#channel;
  }

  get messages(): readonly WireMessage[] {
    return this.#messages;
  }

  /** Opens, or takes up, a session; returns its id. */
  async handshake(resumeSessionId: string | null = null): Promise<string> {
    const sessionId = await this.initialize(resumeSessionId);
    this.send({ method: 'initialized' });
    return sessionId;
  }

  async initialize(resumeSessionId: string | null = null): Promise<string> {
    const { result, error } = await this.request('initialize', { clientName: 'memory client', resumeSessionId });
    if (error) throw new Error(error.message);
    return (result as { sessionId: string }).sessionId;
  }

  send(message: unknown): void {
    if (typeof message !== 'string') {
      const { id, method } = message as WireMessage;
      if (id !== undefined && method !== undefined) this.#methods.set(id, method);
    }
    this.#channel.send(typeof message === 'string' ? message : JSON.stringify(message));
  }

  /** Sends a request and waits for its answer, whatever comes before it. */
  request(method: string, params: unknown = null): Promise<WireMessage> {
    const id = `memory-${this.#nextId++}`;
    this.send({ id, method, params });
    return this.find((message) => message.id === id);
  }

  /** The result of a request. @throws Error when it is refused */
  async result<Name extends keyof Requests>(method: Name, params: unknown = null): Promise<Requests[Name]['result']> {
    const { result, error } = await this.request(method, params);
    if (error) throw new Error(`${method}: ${error.code} ${error.message}`);
    return result as Requests[Name]['result'];
  }

  /** The code and the words a request is refused with. */
  async refusal(method: string, params: unknown = null): Promise<readonly [code: number | undefined, message: string | undefined]> {
    const { error } = await this.request(method, params);
    return [error?.code, error?.message];
  }

  /** The first message, past or to come, that fits. @throws Error when the channel ends before */
  async find(fits: (message: WireMessage) => boolean): Promise<WireMessage> {
    for (let at = 0; ; at++) {
      while (at >= this.#messages.length) {
        if (this.isClosed) throw new Error('the server ended the connection');
        await this.#change();
      }
      const message = this.#messages[at] as WireMessage;
      if (fits(message)) return message;
    }
  }

  /** Waits for `process/closed` and returns all events of the process, in the order they came. */
  async eventsOf(processId: string): Promise<WireMessage[]> {
    const isOf = ({ params }: WireMessage): boolean => params?.['processId'] === processId;
    await this.find((message) => message.method === 'process/closed' && isOf(message));
    return this.#messages.filter((message) => message.method !== undefined && isOf(message));
  }

  async closed(): Promise<void> {
    while (!this.isClosed) await this.#change();
  }

  async close(): Promise<void> {
    this.#channel.close();
    await this.closed();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  #check({ id, method, params, result }: WireMessage): void {
    const request = this.#methods.get(id);
    if (method !== undefined) {
      const entry = notifications[method as keyof typeof notifications];
      entry.params.parse(params);
    } else if (result !== undefined && request !== undefined) {
      methods[request as keyof typeof methods].result.parse(result);
    }
  }

  #change(): Promise<void> {
    return new Promise((resolve) => this.#waiters.push(resolve));
  }

  #wake(): void {
    for (const waiter of this.#waiters.splice(0)) waiter();
  }
}

/** All output of one stream among events, as text. */
export function outputOf(events: readonly WireMessage[], stream = 'stdout'): string {
  const chunks = events.filter(({ method, params }) => method === 'process/output' && params?.['stream'] === stream);
  return Buffer.concat(chunks.map(({ params }) => Buffer.from(String(params?.['chunk']), 'base64'))).toString();
}
