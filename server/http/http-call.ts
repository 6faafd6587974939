import type { Readable } from 'node:stream';
import type { Dispatcher } from 'undici';
import type { Line, Route } from './line.js';

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
  /** A piece of the body, never empty. Returns false to pause behind it. */
  data(piece: Buffer): boolean;
  ended(): void;
  failed(error: Error): void;
}

export interface CallOptions {
  /** What is read and dropped at most of a body nobody wants, in bytes and milliseconds, before its connection is broken. */
  readonly discardBytes: number;
  readonly discardMs: number;
}

/** Where a call gets its connection from, and gives it back to. */
export interface LineSource {
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
  readonly #options: CallOptions;
  readonly #source: LineSource;
  #line: Line;
  #isReused: boolean;
  #controller: Dispatcher.DispatchController | null = null;
  #state: 'live' | 'discarding' | 'over' = 'live';
  #status = 0;
  #discardedBytes = 0;
  #discardTimer: NodeJS.Timeout | null = null;

  constructor(message: Outbound, listener: InboundListener, options: CallOptions, source: LineSource) {
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
    if (piece.length === 0) return; // the library says so when it goes on and there is nothing yet
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
