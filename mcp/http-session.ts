import { limits } from '@exec-server/protocol';
import type { JSONRPCMessage, StreamableHTTPClientTransportOptions, Transport, TransportSendOptions } from '@modelcontextprotocol/client';
import { withDeadline } from './deadline.js';
import { StreamableHTTPClientTransport } from './sdk.js';

type RequestId = string | number;

export interface HttpSessionOptions {
  readonly url: string;
  /** Makes every request, those for authorization included. */
  readonly fetch: typeof fetch;
  /** Sent with every request to the server. */
  readonly headers?: Readonly<Record<string, string>> | undefined;
  readonly authProvider?: StreamableHTTPClientTransportOptions['authProvider'];
  readonly reconnectionOptions?: StreamableHTTPClientTransportOptions['reconnectionOptions'];
}

export interface HttpSessionListener {
  message(message: JSONRPCMessage): void;
  error(error: Error): void;
}

/** One session on streamable HTTP, by the SDK's transport. Whoever opens one closes or retires it. */
export class HttpSession {
  readonly #transport: StreamableHTTPClientTransport;
  /** The same, with options as every transport takes them. */
  readonly #sender: Transport;
  /** Requests without an answer; aborting one lets go of its stream. */
  readonly #open = new Map<RequestId, AbortController>();
  #isRetired = false;
  #isClosed = false;

  constructor({ url, fetch, headers = {}, authProvider, reconnectionOptions }: HttpSessionOptions, listener: HttpSessionListener) {
    this.#transport = new StreamableHTTPClientTransport(new URL(url), {
      fetch,
      requestInit: { headers: { ...headers } },
      ...(authProvider ? { authProvider } : {}),
      ...(reconnectionOptions ? { reconnectionOptions } : {}),
    });
    this.#sender = this.#transport;
    this.#transport.onerror = (error) => {
      if (!this.#isClosed) listener.error(error);
    };
    this.#transport.onmessage = (message: JSONRPCMessage) => {
      if (!('method' in message) && message.id !== undefined) this.#done(message.id);
      listener.message(message);
    };
  }

  /** What the server calls it; undefined before the handshake, and with servers that have no sessions. */
  get id(): string | undefined {
    return this.#transport.sessionId;
  }

  set protocolVersion(version: string) {
    this.#transport.setProtocolVersion(version);
  }

  start(): Promise<void> {
    return this.#transport.start();
  }

  /** @throws what the SDK's transport throws */
  async send(message: JSONRPCMessage, options: TransportSendOptions = {}): Promise<void> {
    if (!('method' in message) || !('id' in message)) {
      await this.#sender.send(message, options);
      if ('method' in message && message.method === 'notifications/cancelled') this.#giveUp(message.params?.['requestId'] as RequestId);
      return;
    }
    const { requestSignal } = options;
    const giveUp = new AbortController();
    this.#open.set(message.id, giveUp);
    const signal = requestSignal ? AbortSignal.any([giveUp.signal, requestSignal]) : giveUp.signal;
    try {
      await this.#sender.send(message, { ...options, requestSignal: signal });
    } catch (error) {
      this.#done(message.id);
      throw error;
    }
  }

  /** Sends the code that a user has brought back from the authorization server. */
  finishAuth(code: string): Promise<void> {
    return this.#transport.finishAuth(code);
  }

  /** Another session has taken its place: it is let go of with its last answer. */
  retire(): void {
    this.#isRetired = true;
    if (this.#open.size === 0) void this.close(false);
  }

  /** Gives up every request. @param tellsServer also ends the session there, in `limits.mcpCloseTimeoutMs` at most */
  async close(tellsServer: boolean): Promise<void> {
    if (this.#isClosed) return;
    this.#isClosed = true;
    for (const id of this.#open.keys()) this.#giveUp(id);
    if (tellsServer) await withDeadline(this.#transport.terminateSession(), limits.mcpCloseTimeoutMs);
    await this.#transport.close();
  }

  #giveUp(id: RequestId): void {
    this.#open.get(id)?.abort(new Error('the request was given up'));
    this.#done(id);
  }

  #done(id: RequestId): void {
    this.#open.delete(id);
    if (this.#isRetired && this.#open.size === 0) void this.close(false);
  }
}
