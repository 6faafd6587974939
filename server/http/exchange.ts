import { type Header, readHeaders } from './header-list.js';
import type { HttpCall, HttpClient, InboundListener } from './http-client.js';
import { HttpFailure } from './http-failure.js';
import type { OutgoingRequest } from './outgoing-request.js';
import { followRedirect, RedirectError } from './redirect.js';

/** The head of the response that counts. */
export interface ResponseHead {
  readonly status: number;
  readonly headers: readonly Header[];
  readonly url: string;
  readonly isRedirected: boolean;
}

/** Takes the response of an exchange. After `ended` or `failed` nothing comes. */
export interface ReplyListener {
  /** Returns false to have the body wait for {@link Exchange.resume}. */
  head(head: ResponseHead): boolean;
  data(piece: Buffer): boolean;
  ended(): void;
  failed(failure: HttpFailure): void;
}

export interface ExchangeTimes {
  /** For everything, in milliseconds; null for no limit. */
  readonly timeoutMs: number | null;
  /** For the head, redirects included. */
  readonly headersTimeoutMs: number | null;
  /** For the silence between two pieces of the body. */
  readonly idleTimeoutMs: number | null;
}

export interface ExchangeOptions extends ExchangeTimes {
  readonly client: HttpClient;
  readonly request: OutgoingRequest;
  readonly followsRedirects: boolean;
  readonly maxRedirects: number;
}

/** A request, the redirects it is led through, and the response at the end of them. */
export class Exchange {
  readonly #options: ExchangeOptions;
  readonly #listener: ReplyListener;
  #request: OutgoingRequest;
  #redirects = 0;
  #call: HttpCall | null = null;
  #hasHead = false;
  #isOver = false;
  #deadline: NodeJS.Timeout | null = null;

  constructor(options: ExchangeOptions, listener: ReplyListener) {
    this.#options = options;
    this.#listener = listener;
    this.#request = options.request;
  }

  start(): void {
    const { timeoutMs } = this.#options;
    if (timeoutMs === 0) {
      this.fail(new HttpFailure('route-aware request timed out', 'timeout'));
      return;
    }
    if (timeoutMs !== null) this.#deadline = setTimeout(() => this.#break('timeout'), timeoutMs);
    this.#send();
  }

  /** The body may come, or come on. */
  resume(): void {
    this.#call?.resume();
  }

  /** Ends it, for the given reason. */
  fail(failure: HttpFailure): void {
    if (this.#end()) this.#listener.failed(failure);
  }

  /** Ends it without a word. */
  close(): void {
    this.#end();
  }

  #send(): void {
    const { method, url, headers, body } = this.#request;
    const flat = headers.flatMap(({ name, value }) => [name, Buffer.from(value).toString('latin1')]);
    if (!headers.some(({ name }) => name === 'accept')) flat.push('accept', '*/*');
    const message = { origin: url.origin, path: `${url.pathname}${url.search}`, method, headers: flat, body };
    this.#call = this.#options.client.send(message, this.#createInbound());
  }

  /** What is left of an earlier hop is not heard. */
  #createInbound(): InboundListener {
    return {
      head: (status, rawHeaders) => this.#head(status, readHeaders(rawHeaders)),
      data: (piece) => this.#listener.data(piece),
      ended: () => {
        if (this.#end()) this.#listener.ended();
      },
      failed: (error) => this.#break((error as NodeJS.ErrnoException).code ?? error.message),
    };
  }

  #head(status: number, headers: readonly Header[]): boolean {
    if (this.#options.followsRedirects && this.#redirect(status, headers)) return true;
    this.#hasHead = true;
    return this.#listener.head({ status, headers, url: this.#request.url.href, isRedirected: this.#redirects > 0 });
  }

  #redirect(status: number, headers: readonly Header[]): boolean {
    let next: OutgoingRequest | null;
    try {
      next = followRedirect(this.#request, { status, headers });
    } catch (error) {
      if (!(error instanceof RedirectError)) throw error;
      this.fail(new HttpFailure(error.message, 'redirect'));
      return true;
    }
    if (!next) return false;
    this.#call?.abort();
    if (++this.#redirects > this.#options.maxRedirects) {
      this.fail(new HttpFailure('too many redirects', 'redirect'));
      return true;
    }
    this.#request = next;
    this.#send();
    return true;
  }

  #break(reason: string): void {
    const words = this.#hasHead ? 'error decoding response body' : `error sending request for url (${this.#request.url.href})`;
    this.fail(new HttpFailure(words, reason));
  }

  #end(): boolean {
    if (this.#isOver) return false;
    this.#isOver = true;
    if (this.#deadline) clearTimeout(this.#deadline);
    this.#call?.abort();
    return true;
  }
}
