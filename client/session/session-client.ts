import { type Channel, type EnvironmentInfoResult, limits, type Notifications, type Requests } from '@exec-server/protocol';
import type { CallOptions } from '../connection/caller.js';
import { Connection, type ConnectionListener } from '../connection/connection.js';
import { CallTimeoutError, DisconnectedError, OutcomeUnknownError, SessionLostError, UnsupportedByServerError } from '../errors.js';
import { recover } from './recovery.js';
import { WaitingCalls } from './waiting-calls.js';

export interface SessionOptions {
  readonly openChannel: (signal: AbortSignal) => Promise<Channel>;
  /** Tells the server who asks. */
  readonly clientName: string;
  /** Takes up this session instead of opening one. */
  readonly sessionId: string | null;
  /** 0: a lost connection is not sought again. */
  readonly resumeWindowMs: number;
}

/** Told by the session what concerns everything in it. */
export interface SessionListener {
  notification<Name extends keyof Notifications>(method: Name, params: Notifications[Name]): void;
  /** The line broke; what lived on that connection only is over. Either of the two below follows. */
  disconnected(error: Error): void;
  /** The session has a connection again; what happened meanwhile has to be fetched. */
  resumed(): void;
  /** The session is over for this client. */
  ended(error: DisconnectedError): void;
}

export interface SessionCallOptions extends CallOptions {
  /** Sent again on the next connection when the answer was lost: only for what may be carried out twice. */
  readonly isRepeatable?: boolean;
}

export type SessionState = 'connecting' | 'ready' | 'recovering' | 'closed';

/**
 * A session on whatever connection there is: `connecting → ready ⇄ recovering → closed`.
 * Calls made while it recovers wait for the new connection; calls under way when the line breaks fail, unless they are
 * repeatable. Calls go out in the order in which they are made, on every connection. After `closed` every call fails at
 * once. It owns the connection.
 */
export class SessionClient implements ConnectionListener {
  readonly #options: SessionOptions;
  readonly #listener: SessionListener;
  readonly #closing = new AbortController();
  #state: SessionState = 'connecting';
  #connection: Connection | null = null;
  #sessionId: string | null;
  #environment: EnvironmentInfoResult | null = null;
  #end: DisconnectedError | null = null;
  /** Who has more than it can take. */
  readonly #behind = new Set<object>();
  readonly #waiting = new WaitingCalls();
  #calls = 0;

  constructor(options: SessionOptions, listener: SessionListener) {
    this.#options = options;
    this.#listener = listener;
    this.#sessionId = options.sessionId;
  }

  get state(): SessionState {
    return this.#state;
  }

  /** Whoever knows it can take the session up. */
  get id(): string {
    return this.#sessionId ?? '';
  }

  /** What the server said of its machine; null from old servers. */
  get environment(): EnvironmentInfoResult | null {
    return this.#environment;
  }

  /** Whether the server is in this process. */
  get isInProcess(): boolean {
    return this.#connection?.isInProcess ?? false;
  }

  get requestsInFlight(): number {
    return this.#connection?.caller.inFlight ?? 0;
  }

  supports(capability: string): boolean {
    return this.#environment?.capabilities?.[capability] === true;
  }

  /** @throws UnsupportedByServerError */
  require(capability: string, what: string): void {
    if (!this.supports(capability)) throw new UnsupportedByServerError(what, capability);
  }

  /** The first connection and handshake. */
  async connect(): Promise<void> {
    try {
      await this.#attempt();
    } catch (error) {
      this.#closing.signal.throwIfAborted();
      this.#finish(error as Error);
      throw error;
    }
  }

  /** Sends a request, once there is a connection. Its time limit and its signal hold however often it is sent. */
  call<Name extends keyof Requests>(
    method: Name,
    params: Requests[Name]['params'],
    options: SessionCallOptions = {},
  ): Promise<Requests[Name]['result']> {
    if (options.timeoutMs !== undefined) return withTimeLimit(method, options, (limited) => this.call(method, params, limited));
    return new Promise((resolve, reject) => {
      const order = this.#calls++;
      const send = (): void => {
        if (this.#end) reject(this.#end);
        else if (this.#state === 'recovering') this.#waiting.add({ order, signal: options.signal, send, fail: reject });
        else (this.#connection as Connection).caller.call(method, params, options).then(resolve, failed);
      };
      const failed = (error: Error): void => {
        const isLost = error instanceof DisconnectedError;
        const wasSent = error instanceof OutcomeUnknownError;
        if (!isLost || (wasSent && !options.isRepeatable) || this.#end) reject(error);
        else send();
      };
      send();
    });
  }

  /** Stops reading from the server, as far as that is possible, until nobody wants it any more. */
  holdBack(holder: object, isWanted: boolean): void {
    if (isWanted) this.#behind.add(holder);
    else this.#behind.delete(holder);
    this.#connection?.holdBack(this.#behind.size > 0);
  }

  /**
   * Lets go of the connection. The session itself lives on at the server until it expires.
   * Resolves when the connection is gone, and with it the server's reason to refuse the session to others; a channel
   * that does not end is not waited for.
   */
  async close(error: Error): Promise<void> {
    this.#finish(error);
    if (this.#connection) await withDeadline(this.#connection.ended, 2 * limits.closeGraceMs);
  }

  notification<Name extends keyof Notifications>(method: Name, params: Notifications[Name]): void {
    this.#listener.notification(method, params);
  }

  closed(error: Error): void {
    if (this.#state !== 'ready') return; // an attempt under way reports by itself
    if (this.#options.resumeWindowMs === 0) {
      this.#finish(error);
      return;
    }
    this.#state = 'recovering';
    this.#listener.disconnected(error);
    void recover({
      windowMs: this.#options.resumeWindowMs,
      attempt: () => this.#attempt(),
      signal: this.#closing.signal,
    }).then(
      () => this.#listener.resumed(),
      (failure: unknown) => this.#finish(failure as Error),
    );
  }

  /** Connects and shakes hands; afterwards the state is `ready`. */
  async #attempt(): Promise<void> {
    const channel = await this.#options.openChannel(this.#closing.signal);
    if (this.#closing.signal.aborted) {
      channel.close();
      this.#closing.signal.throwIfAborted();
    }
    const connection = new Connection(channel, this, limits.clientRequestsInFlight);
    this.#connection = connection;
    try {
      const params = { clientName: this.#options.clientName, resumeSessionId: this.#sessionId, capabilities: { credits: true } };
      const result = await connection.caller.call('initialize', params, { timeoutMs: limits.initializeTimeoutMs });
      if (this.#sessionId !== null && result.sessionId !== this.#sessionId) {
        throw new SessionLostError(`the server answered with another session than the one asked for`);
      }
      if (connection.reason) throw connection.reason; // it ended together with the answer
      connection.notify('initialized', {});
      this.#sessionId = result.sessionId;
      this.#environment = result.environmentInfo ?? this.#environment;
    } catch (error) {
      connection.close(error as Error);
      throw error;
    }
    if (this.supports('serverStatus')) connection.caller.maxInFlight = limits.clientRequestsInFlightOwnServer;
    connection.holdBack(this.#behind.size > 0);
    this.#state = 'ready';
    this.#waiting.sendAll();
  }

  #finish(error: Error): void {
    if (this.#end) return;
    this.#state = 'closed';
    this.#end = error instanceof DisconnectedError ? error : new DisconnectedError(error.message, { cause: error });
    this.#closing.abort(this.#end);
    this.#connection?.close(this.#end);
    this.#waiting.failAll(this.#end);
    this.#listener.ended(this.#end);
  }
}

/** Makes a call whose signal aborts at its time limit too. */
async function withTimeLimit<Result>(
  method: string,
  { timeoutMs = 0, signal, ...options }: SessionCallOptions,
  call: (options: SessionCallOptions) => Promise<Result>,
): Promise<Result> {
  const limit = new AbortController();
  const timer = setTimeout(() => limit.abort(new CallTimeoutError(method, timeoutMs)), timeoutMs);
  try {
    return await call({ ...options, signal: signal ? AbortSignal.any([signal, limit.signal]) : limit.signal });
  } finally {
    clearTimeout(timer);
  }
}

/** Resolves with the promise, or when the time is over. */
async function withDeadline(promise: Promise<void>, deadlineMs: number): Promise<void> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  await Promise.race([promise, new Promise<void>((resolve) => (timer = setTimeout(resolve, deadlineMs)))]);
  clearTimeout(timer);
}
