import { DisconnectedError, type ExecClient, RpcError } from '@exec-server/client';
import type { JSONRPCMessage, JSONRPCNotification, JSONRPCRequest, Transport, TransportSendOptions } from '@modelcontextprotocol/client';
import { ExecutorDisconnectedError, type McpError, McpProtocolError, type StartPhase, type Subject } from './errors.js';
import { HttpSession, type HttpSessionListener, type HttpSessionOptions } from './http-session.js';
import { PendingRequests } from './pending-requests.js';
import { renewSession } from './renew-session.js';
import { SdkHttpError } from './sdk.js';

export interface PlacedHttpOptions extends HttpSessionOptions {
  /** The executor that makes the requests of `fetch`: with its end the transport ends. Null for requests from here. */
  readonly client: ExecClient | null;
  /** Told of a session that was renewed. */
  readonly log?: ((text: string) => void) | undefined;
  /** For errors: the name of the server; the URL by default. */
  readonly server?: string | undefined;
  /** For errors: the name of the environment; `remote` by default, or `local` without an executor. */
  readonly environment?: string | undefined;
}

/**
 * A client transport for streamable HTTP whose requests are made by a `fetch` that is given, such as that of an executor:
 * those to the server and those for its authorization. It is the SDK's, and beyond it
 *
 * - renews a session the server does not know any more (404), once for all requests that meet it, and repeats them;
 * - fails a request whose stream ends without the answer, in place of leaving it to a time limit;
 * - ends with its executor.
 */
export class PlacedHttpClientTransport implements Transport, AsyncDisposable {
  readonly hasPerRequestStream = true;
  onmessage?: Transport['onmessage'];
  onerror?: Transport['onerror'];
  onclose?: Transport['onclose'];
  readonly subject: Subject;
  readonly stderrTail = '';
  readonly #options: PlacedHttpOptions;
  readonly #requests = new PendingRequests();
  readonly #listener: HttpSessionListener = {
    message: (message) => this.#receive(message),
    error: (error) => {
      if (!isSessionGone(error)) this.onerror?.(error);
    },
  };
  /** With the reason in the message: the SDK passes on nothing else of an error. */
  readonly #fetch: typeof fetch = async (input, init) => {
    try {
      const response = await this.#options.fetch(input, init);
      this.#isReached = true;
      return response;
    } catch (error) {
      throw withReason(error);
    }
  };
  #isReached = false;
  #session: HttpSession;
  #initialize: JSONRPCRequest | null = null;
  #initialized: JSONRPCNotification | null = null;
  #protocolVersion: string | null = null;
  #renewal: Promise<void> | null = null;
  #failure: McpError | null = null;
  #awaitsAnswers = false;
  #closed: Promise<void> | null = null;

  constructor(options: PlacedHttpOptions) {
    this.#options = options;
    this.subject = { server: options.server ?? options.url, environment: options.environment ?? (options.client ? 'remote' : 'local') };
    this.#session = new HttpSession({ ...options, fetch: this.#fetch }, this.#listener);
    const self = new WeakRef(this); // the executor outlives it
    void options.client?.ended.then((reason) => {
      const transport = self.deref();
      if (transport) transport.#fail(reason);
    });
  }

  get sessionId(): string | undefined {
    return this.#session.id;
  }

  /** Why it has ended without having been closed; null otherwise. */
  get failure(): Error | null {
    return this.#failure;
  }

  /** How far the server has got. */
  get phase(): StartPhase {
    return this.#isReached ? 'handshake' : 'spawn';
  }

  /** See {@link PlacedTransport.awaitAnswers}. */
  awaitAnswers(): void {
    this.#awaitsAnswers = true;
  }

  setProtocolVersion(version: string): void {
    this.#protocolVersion = version;
    this.#session.protocolVersion = version;
  }

  /** @throws ExecutorDisconnectedError */
  async start(): Promise<void> {
    if (this.#failure) throw this.#failure;
    await this.#session.start();
  }

  /**
   * Sends a message; resolves when the server has begun to answer.
   * @throws what the SDK's transport throws; ExecutorDisconnectedError
   */
  async send(message: JSONRPCMessage, options: TransportSendOptions = {}): Promise<void> {
    if (this.#failure) throw this.#failure;
    if ('method' in message && message.method === 'initialize' && 'id' in message) this.#initialize = message;
    if ('method' in message && message.method === 'notifications/initialized') this.#initialized = message;
    const id = 'method' in message && 'id' in message ? message.id : null;
    const answered = this.#requests.sent(message);
    const onRequestStreamEnd = (): void => {
      if (id !== null) this.#requests.fail(id, new McpProtocolError(this.subject, 'the stream of an answer has ended without the answer'));
      options.onRequestStreamEnd?.();
    };
    try {
      await this.#sendInSession(message, { ...options, onRequestStreamEnd });
    } catch (error) {
      if (id !== null) this.#requests.settle(id);
      throw this.#translate(error as Error);
    }
    if (answered && this.#awaitsAnswers) await answered;
  }

  /** Sends the code that a user has brought back from the authorization server; then a new transport connects. */
  finishAuth(code: string): Promise<void> {
    return this.#session.finishAuth(code);
  }

  /** Gives up every request and ends the session on the server. */
  close(): Promise<void> {
    return (this.#closed ??= this.#close(null));
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async #sendInSession(message: JSONRPCMessage, options: TransportSendOptions): Promise<void> {
    const session = this.#session;
    try {
      await session.send(message, options);
    } catch (error) {
      if (!isSessionGone(error) || session.id === undefined || message === this.#initialize) throw error;
      await this.#renew(session);
      await this.#session.send(message, options);
    }
  }

  /** Puts a new session in place of one that is gone, once for all who have met it. */
  async #renew(gone: HttpSession): Promise<void> {
    if (this.#session !== gone) return;
    this.#renewal ??= this.#openAnother(gone).finally(() => (this.#renewal = null));
    await this.#renewal;
  }

  async #openAnother(gone: HttpSession): Promise<void> {
    if (!this.#initialize || this.#closed) throw new Error('there is no session to renew');
    const handshake = { initialize: this.#initialize, initialized: this.#initialized, version: this.#protocolVersion };
    const session = await renewSession({ ...this.#options, fetch: this.#fetch }, this.subject, handshake, this.#listener);
    if (this.#closed) return session.close(true);
    this.#session = session;
    gone.retire();
    this.#options.log?.(`${this.subject.server} has forgotten the session: it was renewed`);
  }

  #receive(message: JSONRPCMessage): void {
    this.#requests.received(message);
    this.onmessage?.(message);
  }

  #fail(reason: DisconnectedError): void {
    this.#closed ??= this.#close(this.#toDisconnected(reason));
  }

  async #close(failure: McpError | null): Promise<void> {
    this.#failure = failure;
    const isToldFirst = this.#awaitsAnswers && failure !== null && this.#requests.size > 0;
    this.#requests.end(failure);
    await this.#session.close(failure === null);
    if (isToldFirst) await new Promise((resolve) => setImmediate(resolve));
    if (failure) this.onerror?.(failure);
    this.onclose?.();
  }

  #translate(error: Error): Error {
    if (this.#failure) return this.#failure;
    return error.cause instanceof DisconnectedError ? this.#toDisconnected(error.cause) : error;
  }

  #toDisconnected(reason: DisconnectedError): McpError {
    return new ExecutorDisconnectedError(this.subject, `the executor is gone: ${reason.message}`, { cause: reason });
  }
}

/** A failure of `fetch` with the words of its cause, and the system's name for it, in its message. */
function withReason(error: unknown): unknown {
  if (!(error instanceof TypeError) || !(error.cause instanceof Error)) return error;
  const { cause } = error;
  const name = cause instanceof RpcError ? cause.detail['cause'] : undefined;
  return new TypeError(`${error.message}: ${cause.message}${typeof name === 'string' ? ` (${name})` : ''}`, { cause });
}

/** The server does not know the session of a message. */
function isSessionGone(error: unknown): boolean {
  return error instanceof SdkHttpError && error.status === 404;
}
