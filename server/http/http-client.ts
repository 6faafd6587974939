import type { Socket } from 'node:net';
import type { Readable } from 'node:stream';
import { buildConnector, Client, type Dispatcher } from 'undici';

/** One message to one server. */
export interface Outbound {
  /** Scheme, host and port. */
  readonly origin: string;
  readonly path: string;
  readonly method: string;
  /** Names and values in turn, as they go out. Characters stand for bytes. */
  readonly headers: string[];
  readonly body: Uint8Array | Readable | null;
}

/** Hears what comes back. Nothing comes after `ended`, `failed` and {@link HttpCall.abort}. */
export interface InboundListener {
  /** The head. Returns false to pause before the body. */
  head(status: number, rawHeaders: readonly Uint8Array[]): boolean;
  /** A piece of the body. Returns false to pause behind it. */
  data(piece: Buffer): boolean;
  ended(): void;
  failed(error: Error): void;
}

export interface HttpClientOptions {
  /** Connections that do nothing and are kept for later, to all servers together. */
  readonly idleConnections: number;
  /** They are kept so long, in milliseconds. */
  readonly idleMs: number;
  /** Largest head of a response, in bytes. */
  readonly headBytes: number;
}

/** Connections to servers: each carries one exchange at a time, and waits for a next one for a while. */
export class HttpClient {
  readonly #options: HttpClientOptions;
  readonly #connect: ReturnType<typeof buildConnector>;
  readonly #lines = new Set<Line>();
  /** The one that was used last stands last. */
  readonly #idle = new Set<Line>();

  constructor(options: HttpClientOptions) {
    this.#options = options;
    this.#connect = buildConnector({ timeout: 0 });
  }

  send(message: Outbound, listener: InboundListener): HttpCall {
    const line = this.#takeIdle(message.origin) ?? this.#open(message.origin);
    return new HttpCall(line, message, listener, (isReusable) => this.#release(line, isReusable));
  }

  /** Breaks all connections. */
  close(): void {
    for (const line of this.#lines) line.close();
    this.#lines.clear();
    this.#idle.clear();
  }

  /** Connections there are, and how many of them do nothing. */
  inspect() {
    return { open: this.#lines.size, idle: this.#idle.size };
  }

  #takeIdle(origin: string): Line | null {
    let found: Line | null = null;
    for (const line of this.#idle) if (line.origin === origin) found = line;
    if (found) this.#idle.delete(found);
    return found;
  }

  #open(origin: string): Line {
    const line = new Line(origin, this.#options, this.#connect, () => {
      if (this.#idle.has(line)) this.#drop(line); // one in use gets another connection, or the exchange fails
    });
    this.#lines.add(line);
    return line;
  }

  #release(line: Line, isReusable: boolean): void {
    if (!isReusable || !this.#lines.has(line)) {
      this.#drop(line);
      return;
    }
    this.#idle.add(line);
    if (this.#idle.size <= this.#options.idleConnections) return;
    const [oldest] = this.#idle;
    if (oldest) this.#drop(oldest);
  }

  #drop(line: Line): void {
    this.#idle.delete(line);
    this.#lines.delete(line);
    line.close();
  }
}

/** One connection, from before it is made until it is broken. */
class Line {
  readonly origin: string;
  readonly client: Client;
  #socket: Socket | null = null;
  #isClosed = false;

  /** @param onGone the connection has ended */
  constructor(origin: string, options: HttpClientOptions, connect: ReturnType<typeof buildConnector>, onGone: () => void) {
    this.origin = origin;
    this.client = new Client(origin, {
      pipelining: 1,
      headersTimeout: 0,
      bodyTimeout: 0,
      keepAliveTimeout: options.idleMs,
      keepAliveMaxTimeout: options.idleMs,
      maxHeaderSize: options.headBytes,
      strictContentLength: true,
      connect: (target, callback) => {
        this.#socket = connect(target, callback) as unknown as Socket;
      },
    });
    this.client.on('disconnect', onGone);
  }

  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    // A connection that is still being made is none yet for the library.
    this.#socket?.destroy();
    this.client.destroy(null, () => undefined);
  }
}

/** One message under way and what comes back. */
export class HttpCall implements Dispatcher.DispatchHandler {
  readonly #listener: InboundListener;
  readonly #release: (isReusable: boolean) => void;
  #controller: Dispatcher.DispatchController | null = null;
  #isOver = false;

  /** @param release called once, when the line is not needed any more */
  constructor(line: Line, { method, path, headers, body }: Outbound, listener: InboundListener, release: (isReusable: boolean) => void) {
    this.#listener = listener;
    this.#release = release;
    line.client.dispatch({ method, path, headers, body, reset: false }, this);
  }

  /** Goes on after a pause. */
  resume(): void {
    if (!this.#isOver) this.#controller?.resume();
  }

  /** Breaks the connection; nothing is heard any more. */
  abort(): void {
    this.#end(false);
  }

  // What the library tells

  onRequestStart(controller: Dispatcher.DispatchController): void {
    this.#controller = controller;
  }

  onResponseStart(controller: Dispatcher.DispatchController, status: number): void {
    if (this.#isOver || status < 200) return;
    if (!this.#listener.head(status, controller.rawHeaders as Buffer[])) controller.pause();
  }

  onResponseData(controller: Dispatcher.DispatchController, piece: Buffer): void {
    if (this.#isOver) return;
    if (!this.#listener.data(piece)) controller.pause();
  }

  onResponseEnd(): void {
    if (this.#end(true)) this.#listener.ended();
  }

  onResponseError(_controller: Dispatcher.DispatchController, error: Error): void {
    if (this.#end(false)) this.#listener.failed(error);
  }

  #end(isReusable: boolean): boolean {
    if (this.#isOver) return false;
    this.#isOver = true;
    this.#release(isReusable);
    return true;
  }
}
