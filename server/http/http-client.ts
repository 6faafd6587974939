import type { Socket } from 'node:net';
import type { Readable } from 'node:stream';
import { Client, type Dispatcher } from 'undici';
import { InterimFilter } from './interim-filter.js';

/** Makes a connection. @returns ends the attempt, or the connection */
export type Connect = (done: (error: Error | null, socket: Socket | null) => void) => () => void;

/** Where a message goes and how it gets there. */
export interface Route {
  /** Connections of the same key carry messages for each other. */
  readonly key: string;
  /** Scheme, host and port of what is at the other end of the connection. */
  readonly origin: string;
  readonly connect: Connect;
}

/** One message to one server. */
export interface Outbound {
  readonly route: Route;
  /** What stands in the first line: a path, or a whole URL for a proxy. */
  readonly target: string;
  readonly method: string;
  /** Names and values in turn, as they go out. Characters stand for bytes. */
  readonly headers: string[];
  /** A stream is sent in chunks unless its length is among the headers. */
  readonly body: Uint8Array | Readable | null;
}

/** Hears what comes back. Nothing comes after `ended`, `failed`, {@link HttpCall.abort} and {@link HttpCall.discard}. */
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
  /** What is read and dropped at most of a body nobody wants, in bytes and milliseconds, before its connection is broken. */
  readonly discardBytes: number;
  readonly discardMs: number;
}

/** Connections to servers: each carries one exchange at a time, and waits for a next one for a while. */
export class HttpClient {
  readonly #options: HttpClientOptions;
  readonly #lines = new Set<Line>();
  /** The one that was used last stands last. */
  readonly #idle = new Set<Line>();

  constructor(options: HttpClientOptions) {
    this.#options = options;
  }

  send(message: Outbound, listener: InboundListener): HttpCall {
    return new HttpCall(message, listener, this.#options, {
      takeIdle: () => this.#takeIdle(message.route),
      open: () => this.#open(message.route),
      release: (line, isReusable) => this.#release(line, isReusable),
    });
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

  #takeIdle({ key }: Route): Line | null {
    let found: Line | null = null;
    for (const line of this.#idle) if (line.key === key) found = line;
    if (found) this.#idle.delete(found);
    return found;
  }

  #open(route: Route): Line {
    const line = new Line(route, this.#options, () => {
      if (this.#idle.has(line)) this.#drop(line); // one in use gets another connection, or its exchange fails
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
    const [oldest] = this.#idle;
    if (oldest && this.#idle.size > this.#options.idleConnections) this.#drop(oldest);
  }

  #drop(line: Line): void {
    this.#idle.delete(line);
    this.#lines.delete(line);
    line.close();
  }
}

/** One connection, from before it is made until it is broken. */
class Line {
  readonly key: string;
  readonly #client: Client;
  readonly #filter: InterimFilter;
  #disconnect: (() => void) | null = null;
  #isClosed = false;

  /** @param onGone the connection has ended */
  constructor({ key, origin, connect }: Route, { idleMs, headBytes }: HttpClientOptions, onGone: () => void) {
    this.key = key;
    this.#filter = new InterimFilter(headBytes);
    this.#client = new Client(origin, {
      pipelining: 1,
      headersTimeout: 0,
      bodyTimeout: 0,
      keepAliveTimeout: idleMs,
      keepAliveMaxTimeout: idleMs,
      maxHeaderSize: headBytes,
      connect: (_target, done) => {
        this.#disconnect = connect((error, socket) => {
          if (socket) done(null, this.#filtered(socket));
          else done(error ?? new Error('not connected'), null);
        });
      },
    });
    this.#client.on('disconnect', onGone);
  }

  dispatch({ method, target, headers, body }: Outbound, handler: Dispatcher.DispatchHandler): void {
    this.#filter.restart();
    this.#client.dispatch({ method, path: target, headers, body, reset: false }, handler);
  }

  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#disconnect?.(); // the library forgets a connection that is still being made
    this.#client.destroy(null, () => undefined);
  }

  /** The library reads with `read` and nothing else. */
  #filtered(socket: Socket): Socket {
    const read = socket.read.bind(socket) as (size?: number) => Buffer | null;
    socket.read = (size) => {
      for (;;) {
        const piece = read(size);
        const passed = piece && this.#filter.pass(piece);
        if (passed || !piece) return passed;
      }
    };
    return socket;
  }
}

interface LineSource {
  takeIdle(): Line | null;
  open(): Line;
  release(line: Line, isReusable: boolean): void;
}

/** Methods that may be sent again when a connection that had been idle breaks without an answer (RFC 9110, section 9.2.2). */
const repeatable = new Set(['GET', 'HEAD', 'OPTIONS', 'TRACE']);

/** One message under way and what comes back. */
export class HttpCall implements Dispatcher.DispatchHandler {
  readonly #message: Outbound;
  readonly #listener: InboundListener;
  readonly #options: HttpClientOptions;
  readonly #source: LineSource;
  #line: Line;
  #isReused: boolean;
  #controller: Dispatcher.DispatchController | null = null;
  #state: 'live' | 'discarding' | 'over' = 'live';
  #status = 0;
  #discardedBytes = 0;
  #discardTimer: NodeJS.Timeout | null = null;

  constructor(message: Outbound, listener: InboundListener, options: HttpClientOptions, source: LineSource) {
    this.#message = message;
    this.#listener = listener;
    this.#options = options;
    this.#source = source;
    const idle = source.takeIdle();
    this.#isReused = idle !== null;
    this.#line = idle ?? source.open();
    this.#line.dispatch(message, this);
  }

  /** Goes on after a pause. */
  resume(): void {
    if (this.#state !== 'over') this.#controller?.resume();
  }

  /** Breaks the connection. */
  abort(): void {
    this.#end(false);
  }

  /** Nobody wants the rest of the response: a short one is read to its end, so that the connection can be used again. */
  discard(): void {
    if (this.#state !== 'live') return;
    this.#state = 'discarding';
    this.#discardTimer = setTimeout(() => this.abort(), this.#options.discardMs);
    this.resume();
  }

  // What the library tells

  onRequestStart(controller: Dispatcher.DispatchController): void {
    this.#controller = controller;
  }

  onResponseStart(controller: Dispatcher.DispatchController, status: number): void {
    if (this.#state !== 'live' || status < 200) return;
    this.#status = status;
    if (!this.#listener.head(status, controller.rawHeaders as Buffer[])) controller.pause();
  }

  onResponseData(controller: Dispatcher.DispatchController, piece: Buffer): void {
    if (this.#state === 'live') {
      if (!this.#listener.data(piece)) controller.pause();
    } else if (this.#state === 'discarding') {
      this.#discardedBytes += piece.length;
      if (this.#discardedBytes > this.#options.discardBytes) this.abort();
    }
  }

  onResponseEnd(): void {
    if (this.#end(true)) this.#listener.ended();
  }

  onResponseError(_controller: Dispatcher.DispatchController, error: Error): void {
    if (this.#status === 0 && this.#isReused && this.#state === 'live' && this.#isRepeatable(error)) {
      this.#source.release(this.#line, false);
      this.#isReused = false;
      this.#line = this.#source.open();
      this.#line.dispatch(this.#message, this);
    } else if (this.#end(false)) {
      if (isBodyless(this.#status, error)) this.#listener.ended();
      else this.#listener.failed(error);
    }
  }

  #isRepeatable(error: Error): boolean {
    const { method, body } = this.#message;
    return body === null && repeatable.has(method) && ['UND_ERR_SOCKET', 'ECONNRESET', 'EPIPE'].includes(codeOf(error));
  }

  /** @returns whether somebody is listening */
  #end(isReusable: boolean): boolean {
    if (this.#state === 'over') return false;
    const isHeard = this.#state === 'live';
    this.#state = 'over';
    if (this.#discardTimer) clearTimeout(this.#discardTimer);
    this.#source.release(this.#line, isReusable);
    return isHeard;
  }
}

/** The library misses the body of responses that have none, when they tell its length. */
function isBodyless(status: number, error: Error): boolean {
  return (status === 204 || status === 304) && codeOf(error) === 'UND_ERR_RES_CONTENT_LENGTH_MISMATCH';
}

function codeOf(error: Error): string {
  return (error as NodeJS.ErrnoException).code ?? '';
}
