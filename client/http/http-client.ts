import { limits, type Notifications } from '@exec-server/protocol';
import { DisconnectedError, HttpBodyError } from '../errors.js';
import type { SessionClient } from '../session/session-client.js';
import { Exchange, type ExchangeListener } from './exchange.js';
import { type HttpHead, type HttpRequestOptions, type HttpResponse, isInline, prepareRequest } from './http-request.js';
import { firstHop, type Hop, isRedirect, nextHop } from './redirects.js';
import { checkSize, gatherBody } from './request-body.js';
import type { ResponseBody } from './response-body.js';
import { UndeliveredBodies } from './undelivered-bodies.js';

interface Answered {
  readonly head: HttpHead;
  readonly body: ResponseBody;
}

/** Statuses that have no body (Fetch standard, "null body status"). */
const bodilessStatuses: readonly number[] = [101, 103, 204, 205, 304];

/** HTTP requests from the machine of the server. */
export class HttpClient {
  readonly #session: SessionClient;
  readonly #listener: ExchangeListener;
  readonly #exchanges = new Map<string, Exchange>();
  /** Exchanges the server goes on with although nobody wants them. */
  readonly #abandoned = new Set<string>();
  /** Bodies of streams that were let go of unread. */
  readonly #released = new FinalizationRegistry<ResponseBody>((body) => body.abandon());
  #count = 0;

  constructor(session: SessionClient) {
    this.#session = session;
    const undelivered = new UndeliveredBodies((isWanted) => session.holdBack(this, isWanted));
    this.#listener = {
      waitingChanged: (exchange) => {
        if (undelivered.changed(exchange.body)) return;
        exchange.abort(new HttpBodyError('more of the body of the response has come than is kept, and the server cannot wait'));
      },
      ended: (exchange, isKnown) => this.#forget(exchange, isKnown),
    };
  }

  /** Ids of exchanges that are not over. */
  get live(): readonly string[] {
    return [...this.#exchanges.keys()];
  }

  /** Ids of exchanges a server without `http/cancel` goes on with after they were given up here. */
  get abandoned(): readonly string[] {
    return [...this.#abandoned];
  }

  /**
   * Makes a request and resolves with its response when the head has come: every status is one. Nothing is ever repeated
   * by itself.
   * @throws RpcError when there is no response, with the reason in words; OutcomeUnknownError when the line broke before
   *   there was one; HttpRedirectError; UnsupportedByServerError; SessionLostError; the signal's reason
   */
  async request(options: HttpRequestOptions): Promise<HttpResponse> {
    const { redirect = 'follow', onRedirect, signal } = options;
    signal?.throwIfAborted();
    const sent = await this.#gather(options);
    // Only what was sent at once can be sent again from there.
    const serverFollows = this.#session.supports('httpFinalUrl') && !onRedirect && (sent === null || isInline(sent));
    const { head, body } =
      redirect === 'stop' || serverFollows
        ? await this.#exchange(options, sent, redirect)
        : await this.#follow(options, firstHop(options, sent), onRedirect);
    if (options.method === 'HEAD' || bodilessStatuses.includes(head.status)) {
      body.drop();
      return { ...head, body: null };
    }
    const stream = body.toStream();
    this.#released.register(stream, body);
    return { ...head, body: stream };
  }

  // For the exec client

  notification<Name extends keyof Notifications>(method: Name, params: Notifications[Name]): void {
    if (method !== 'http/request/bodyDelta') return;
    const delta = params as Notifications['http/request/bodyDelta'];
    const exchange = this.#exchanges.get(delta.requestId);
    if (exchange) exchange.notified(delta);
    else if (delta.done) this.#abandoned.delete(delta.requestId);
  }

  /** Exchanges never survive their connection. */
  disconnected(error: Error): void {
    this.#abandoned.clear();
    const failure = new DisconnectedError('the connection was lost before the body of the response was complete', { cause: error });
    for (const exchange of [...this.#exchanges.values()]) exchange.disconnected(failure);
  }

  ended(error: Error): void {
    this.disconnected(error);
  }

  #exchange(options: HttpRequestOptions, sent: Hop['body'], redirect: 'follow' | 'stop'): Promise<Answered> {
    const prepared = prepareRequest(this.#session, options, sent, redirect);
    const exchange = new Exchange(`http-${++this.#count}`, this.#session, this.#listener);
    this.#exchanges.set(exchange.id, exchange);
    return exchange.start(prepared, options.signal).then((head) => ({ head, body: exchange.body }));
  }

  /** Goes through redirects from here, so that it is known where the response comes from. */
  async #follow(options: HttpRequestOptions, first: Hop, onRedirect: HttpRequestOptions['onRedirect']): Promise<Answered> {
    let hop = first;
    for (let count = 0; ; count++) {
      const { url, method, headers } = hop;
      const { head, body } = await this.#exchange({ ...options, url, method, headers }, hop.body, 'stop');
      const here = { ...head, redirected: count > 0 };
      if (!isRedirect(head)) return { head: here, body };
      body.drop();
      hop = nextHop(hop, head, count);
      onRedirect?.(here);
    }
  }

  /** The body of the request: a stream only where it can be sent as one. */
  async #gather({ body, signal }: HttpRequestOptions): Promise<Hop['body']> {
    if (body === undefined) return null;
    const isStreamable = this.#session.supports('httpRequestBodyStream');
    if (body instanceof ReadableStream) return isStreamable ? body : gatherBody(body, signal);
    const bytes = typeof body === 'string' ? new TextEncoder().encode(body) : body;
    if (!isStreamable) checkSize(bytes.length);
    return bytes;
  }

  #forget(exchange: Exchange, isKnown: boolean): void {
    this.#exchanges.delete(exchange.id);
    if (isKnown) return;
    this.#abandoned.add(exchange.id);
    const [oldest] = this.#abandoned;
    if (this.#abandoned.size > limits.abandonedExchanges) this.#abandoned.delete(oldest ?? '');
  }
}
