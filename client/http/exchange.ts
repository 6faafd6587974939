import { decodeBase64, limits, type Notifications, RpcError } from '@exec-server/protocol';
import type { SessionClient } from '../session/session-client.js';
import { watchAbort } from './abort-watch.js';
import type { HttpHead, PreparedRequest } from './http-request.js';
import { sendBody } from './request-body.js';
import { ResponseBody } from './response-body.js';

/** Told by an exchange what its client has to know. */
export interface ExchangeListener {
  /** See {@link BodyListener.waitingChanged}. */
  waitingChanged(exchange: Exchange): void;
  /** Nothing more is taken from the server. @param isKnown whether the server sends no more, or was asked not to */
  ended(exchange: Exchange, isKnown: boolean): void;
}

/** One request and its response, on one connection: `waiting → sent → answered → ended`, with an end from each. */
export class Exchange {
  readonly id: string;
  readonly body: ResponseBody;
  readonly #session: SessionClient;
  readonly #listener: ExchangeListener;
  /** Gives the answer up. */
  readonly #stop = new AbortController();
  /** Ends what else is under way: the body of the request, and grants. */
  readonly #rest = new AbortController();
  #stopWatching: () => void = () => undefined;
  #isSent = false;
  #isAnswered = false;
  #isOver = false;

  constructor(id: string, session: SessionClient, listener: ExchangeListener) {
    this.id = id;
    this.#session = session;
    this.#listener = listener;
    const bodyListener = {
      granted: (bytes: number) => this.#grant(bytes),
      waitingChanged: () => listener.waitingChanged(this),
      ended: (isKnown: boolean) => this.#leave(isKnown),
    };
    this.body = new ResponseBody(bodyListener, session.supports('credits') ? limits.bodyWindowBytes : null);
  }

  /**
   * Sends the request and resolves with the head of the response. To be called once.
   * @throws RpcError when there is none; OutcomeUnknownError, SessionLostError; the signal's reason; what the body of the
   *   request fails with
   */
  async start({ params, pieces }: PreparedRequest, signal: AbortSignal | undefined): Promise<HttpHead> {
    this.#stopWatching = watchAbort(signal, () => this.abort(signal?.reason as Error));
    try {
      const answer = this.#session.call(
        'http/request',
        { ...params, requestId: this.id },
        // The reference server stalls when too much is asked of it at a time.
        { signal: this.#stop.signal, takesLong: this.#session.supports('serverStatus'), onSent: () => (this.#isSent = true) },
      );
      if (pieces) void this.#send(pieces);
      const { status, headers, url, redirected } = await answer;
      this.#isAnswered = true;
      return { status, headers, url: withoutFragment(url ?? params.url), redirected: redirected ?? false };
    } catch (error) {
      this.body.fail(error as Error, true);
      throw error;
    }
  }

  /** A piece of the response has come. */
  notified({ seq, deltaBase64, done, error }: Notifications['http/request/bodyDelta']): void {
    this.body.push({ seq, chunk: decodeBase64(deltaBase64), done, error: error ?? null });
  }

  /** Ends it from this side, at once; whoever waits for something gets the error. */
  abort(error: Error): void {
    if (this.#isOver) return;
    this.#stop.abort(error);
    this.#rest.abort(error);
    this.body.abort(error);
  }

  /** The connection is gone. What was not sent yet goes out on the next. */
  disconnected(error: Error): void {
    if (this.#isSent) this.body.fail(error, true);
  }

  async #send(pieces: NonNullable<PreparedRequest['pieces']>): Promise<void> {
    try {
      await sendBody(this.#session, this.id, pieces, this.#rest.signal);
    } catch (error) {
      // A server that has answered need not take the rest; everything else the exchange cannot go on without.
      if (!(error instanceof RpcError && this.#isAnswered)) this.abort(error as Error);
    }
  }

  #grant(bytes: number): void {
    // What becomes of the exchange is told by its end.
    this.#session.call('http/grant', { requestId: this.id, bytes }, { isUrgent: true, signal: this.#rest.signal }).catch(() => undefined);
  }

  #leave(isKnown: boolean): void {
    this.#isOver = true;
    this.#stopWatching();
    const isCancelled = this.#isSent && !isKnown && this.#cancel();
    this.#listener.ended(this, isKnown || !this.#isSent || isCancelled);
    this.#rest.abort(new Error('the exchange is over'));
  }

  /** False when the server will go on. */
  #cancel(): boolean {
    if (this.#session.state !== 'ready') return true; // it went with the connection
    if (!this.#session.supports('httpCancel')) return false;
    this.#session.call('http/cancel', { requestId: this.id }, { isUrgent: true }).catch(() => undefined); // it is over either way
    return true;
  }
}

function withoutFragment(url: string): string {
  return url.replace(/#.*$/s, '');
}
