import { longestTimerMs } from '@exec-server/protocol';
import type { Counters } from '../telemetry/metrics.js';
import { frame } from './framing.js';
import { findHeader, type Header, readHeaders } from './header-list.js';
import type { HttpCall, InboundListener } from './http-call.js';
import type { HttpClient } from './http-client.js';
import { HttpFailure } from './http-failure.js';
import type { OutgoingRequest } from './outgoing-request.js';
import { followRedirect, RedirectError } from './redirect.js';
import type { Router } from './router.js';

/** The head of the response that counts. */
export interface ResponseHead {
  readonly status: number;
  readonly headers: readonly Header[];
  /** Where it came from, without credentials and fragment. */
  readonly url: string;
  readonly redirected: boolean;
  /** Length of the body, as far as the server tells; 0 when there will be none. */
  readonly announcedBytes: number | null;
}

/** Takes the response of an exchange. Nothing comes after `ended` and `failed`. */
export interface ReplyListener {
  /** Returns false to have the body wait for {@link Exchange.resume}. */
  head(head: ResponseHead): boolean;
  /** A piece of the body. Returns false to have what follows wait. */
  data(piece: Buffer): boolean;
  ended(): void;
  failed(failure: HttpFailure): void;
}

export interface ExchangeOptions {
  readonly client: HttpClient;
  readonly router: Router;
  readonly counters: Pick<Counters, 'httpFailures' | 'httpBodyBytes'>;
  readonly request: OutgoingRequest;
  /** Redirects that are followed; null returns the first as the response. */
  readonly maxRedirects: number | null;
  /** For everything, in milliseconds; null for no limit, as for the others. */
  readonly timeoutMs: number | null;
  /** For the head, redirects included. */
  readonly headersTimeoutMs: number | null;
  /** For the silence between two pieces of the body. */
  readonly idleTimeoutMs: number | null;
}

/** A request, the redirects it is led through, and the response at the end of them. */
export class Exchange {
  readonly #options: ExchangeOptions;
  readonly #listener: ReplyListener;
  #request: OutgoingRequest;
  #redirects = 0;
  #call: HttpCall | null = null;
  #state: 'head' | 'body' | 'over' = 'head';
  #deadline: NodeJS.Timeout | null = null;
  #headDeadline: NodeJS.Timeout | null = null;
  #silence: NodeJS.Timeout | null = null;

  constructor(options: ExchangeOptions, listener: ReplyListener) {
    this.#options = options;
    this.#listener = listener;
    this.#request = options.request;
  }

  get state(): 'head' | 'body' | 'over' {
    return this.#state;
  }

  /** Where it is, with the redirects it has followed. */
  get url(): URL {
    return this.#request.url;
  }

  start(): void {
    const { timeoutMs, headersTimeoutMs } = this.#options;
    if (timeoutMs === 0) {
      this.fail(new HttpFailure('route-aware request timed out', 'timeout'));
      return;
    }
    // What no timer can hold is longer than anybody waits.
    if (timeoutMs !== null && timeoutMs <= longestTimerMs) this.#deadline = setTimeout(() => this.#break('timeout'), timeoutMs);
    if (headersTimeoutMs !== null) this.#headDeadline = setTimeout(() => this.#break('headers timeout'), headersTimeoutMs);
    this.#send();
  }

  /** The body may come, or come on. */
  resume(): void {
    if (this.#state !== 'body') return;
    this.#awaitPiece();
    this.#call?.resume();
  }

  /** Ends it, for the given reason. False when it is over already. */
  fail(failure: HttpFailure): boolean {
    if (!this.#end()) return false;
    if (!failure.isWanted) this.#options.counters.httpFailures++;
    this.#listener.failed(failure);
    return true;
  }

  /** Ends it without a word. */
  close(): void {
    this.#end();
  }

  #send(): void {
    try {
      const { method, url } = this.#request;
      const { route, prefix, headers } = this.#options.router.find(url);
      const message = { route, target: `${prefix}${url.pathname}${url.search}`, method, ...frame(this.#request, headers) };
      this.#call = this.#options.client.send(message, this.#createInbound());
    } catch (error) {
      if (!(error instanceof HttpFailure)) throw error;
      this.fail(error);
    }
  }

  #createInbound(): InboundListener {
    return {
      head: (status, rawHeaders) => this.#head(status, readHeaders(rawHeaders)),
      data: (piece) => this.#data(piece),
      ended: () => {
        if (this.#end()) this.#listener.ended();
      },
      failed: (error) => this.#break((error as NodeJS.ErrnoException).code ?? error.message, error),
    };
  }

  #head(status: number, headers: readonly Header[]): boolean {
    if (this.#options.maxRedirects !== null && this.#redirect(status, headers, this.#options.maxRedirects)) return true;
    if (this.#headDeadline) clearTimeout(this.#headDeadline);
    this.#state = 'body';
    const { origin, pathname, search } = this.#request.url;
    const flows = this.#listener.head({
      status,
      headers,
      url: `${origin}${pathname}${search}`,
      redirected: this.#redirects > 0,
      announcedBytes: this.#announcedBytes(status, headers),
    });
    if (flows) this.#awaitPiece();
    return flows;
  }

  #announcedBytes(status: number, headers: readonly Header[]): number | null {
    if (this.#request.method === 'HEAD' || status === 204 || status === 304) return 0;
    const length = Number(findHeader(headers, 'content-length') ?? Number.NaN);
    return Number.isSafeInteger(length) ? length : null;
  }

  #data(piece: Buffer): boolean {
    this.#options.counters.httpBodyBytes += piece.length;
    const flows = this.#listener.data(piece);
    if (flows) this.#silence?.refresh();
    else this.#stopAwaitingPiece(); // it is us that keep quiet
    return flows;
  }

  /** @returns whether there is another hop, or none for a reason that was told */
  #redirect(status: number, headers: readonly Header[], maxRedirects: number): boolean {
    let next: OutgoingRequest | null;
    try {
      next = followRedirect(this.#request, { status, headers });
    } catch (error) {
      if (!(error instanceof RedirectError)) throw error;
      this.fail(new HttpFailure(error.message, 'redirect'));
      return true;
    }
    if (!next) return false;
    if (this.#redirects === maxRedirects) {
      this.fail(new HttpFailure('too many redirects', 'redirect'));
      return true;
    }
    this.#redirects++;
    this.#request = next;
    this.#call?.discard();
    // A moment later, when a short body is over, the next hop can have the same connection.
    queueMicrotask(() => {
      if (this.#state === 'head') this.#send();
    });
    return true;
  }

  #break(reason: string, error?: Error): void {
    const words =
      this.#state === 'body'
        ? 'error decoding response body'
        : reason === 'DESTINATION_REFUSED' && error
          ? error.message
          : `error sending request for url (${this.#request.url.href})`;
    this.fail(new HttpFailure(words, reason));
  }

  #awaitPiece(): void {
    const { idleTimeoutMs } = this.#options;
    if (idleTimeoutMs === null) return;
    this.#stopAwaitingPiece();
    this.#silence = setTimeout(() => this.#break('idle timeout'), idleTimeoutMs);
  }

  #stopAwaitingPiece(): void {
    if (this.#silence) clearTimeout(this.#silence);
    this.#silence = null;
  }

  #end(): boolean {
    if (this.#state === 'over') return false;
    this.#state = 'over';
    for (const timer of [this.#deadline, this.#headDeadline, this.#silence]) if (timer) clearTimeout(timer);
    this.#call?.abort();
    return true;
  }
}
