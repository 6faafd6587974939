import { type HttpRequestResult, RpcError } from '@exec-server/protocol';
import type { Answer, Call, CheckedParams } from '../handler.js';
import { BufferedReply } from './buffered-reply.js';
import { ByteBudget } from './byte-budget.js';
import { Exchange } from './exchange.js';
import { HttpClient } from './http-client.js';
import { HttpFailure } from './http-failure.js';
import type { HttpHost } from './http-host.js';
import { checkRequest } from './outgoing-request.js';
import { type ExchangePeer, StreamedReply } from './streamed-reply.js';
import { Upload } from './upload.js';

type RequestParams = CheckedParams<'http/request'>;

interface LiveExchange {
  readonly requestId: string;
  readonly method: string;
  readonly exchange: Exchange;
  readonly reply: BufferedReply | StreamedReply;
  readonly upload: Upload | null;
  /** Body of the request, as far as it came with it. */
  readonly bodyBytes: number;
}

/** The HTTP exchanges of one connection, and the connections to servers they use. */
export class Exchanges {
  readonly #host: HttpHost;
  readonly #peer: ExchangePeer;
  readonly #client: HttpClient;
  readonly #requestBytes: ByteBudget;
  readonly #live = new Set<LiveExchange>();
  /** Those that are spoken of by their id until they are over. */
  readonly #named = new Map<string, LiveExchange>();
  /** Bodies that wait for room in the connection, in order. */
  readonly #congested = new Set<StreamedReply>();

  constructor(host: HttpHost, peer: ExchangePeer) {
    this.#host = host;
    this.#peer = peer;
    const { limits } = host;
    this.#requestBytes = new ByteBudget(limits.httpRequestBytes);
    this.#client = new HttpClient({
      idleConnections: limits.httpIdleConnections,
      idleMs: limits.httpIdleConnectionMs,
      headBytes: limits.httpHeadBytes,
      discardBytes: limits.httpDiscardedBytes,
      discardMs: limits.httpDiscardMs,
    });
  }

  /** Makes a request. A streamed body follows once the answer has been sent. */
  request(params: RequestParams, call: Pick<Call<unknown>, 'afterReply' | 'shrink'>): Promise<HttpRequestResult | Answer> {
    const live = this.#prepare(params);
    if (!this.#requestBytes.takeOrAlone(live.bodyBytes)) {
      throw new RpcError('limitExceeded', 'http/request too many and too large bodies of requests are under way on this connection');
    }
    // The body has its own limit: waiting for the server does not keep the connection from being read.
    call.shrink();
    this.#enter(live);
    const { reply, exchange, upload } = live;
    call.afterReply(() => {
      if (reply instanceof StreamedReply) reply.begin();
      else reply.release();
    });
    exchange.start();
    if (reply instanceof StreamedReply) return reply.answer;
    return reply.answer.finally(() => {
      upload?.close();
      this.#leave(live);
    });
  }

  /** Takes a piece of the body of a request. */
  addToBody(requestId: string, seq: number, bytes: Uint8Array, done: boolean): Promise<void> {
    const upload = this.#named.get(requestId)?.upload;
    if (!upload) throw new RpcError('unknownExchange', `http/requestBody no request \`${requestId}\` takes a body`);
    return upload.add(seq, bytes, done);
  }

  /** Ends the exchanges of this id. False when there is none. */
  cancel(requestId: string): boolean {
    const found = [...this.#live].filter((live) => live.requestId === requestId);
    for (const { exchange, reply } of found) {
      // A body that has come may still be on its way to the client.
      if (!exchange.fail(cancelled) && reply instanceof StreamedReply) reply.failed(cancelled);
    }
    return found.length > 0;
  }

  /** The client has room for so much more of this stream. */
  grant(requestId: string, bytes: number): void {
    const reply = this.#named.get(requestId)?.reply;
    if (reply instanceof StreamedReply) reply.grant(bytes);
  }

  /** The connection has room again: the body that has waited longest goes first. */
  drained(): void {
    for (const reply of this.#congested) {
      if (this.#peer.isCongested) return;
      this.#congested.delete(reply);
      reply.flow();
    }
  }

  /** Ends all of them. */
  close(): void {
    for (const live of this.#live) {
      live.exchange.close();
      live.upload?.close();
      live.reply.close(ended);
      this.#leave(live);
    }
    this.#congested.clear();
    this.#client.close();
  }

  inspect() {
    return {
      live: [...this.#live].map(({ requestId, method, exchange }) => `${requestId}: ${method} ${exchange.url.origin}, ${exchange.state}`),
      connections: this.#client.inspect(),
    };
  }

  #prepare(params: RequestParams): LiveExchange {
    const { requestId, streamResponse, bodyStream } = params;
    const { limits, headerVariables, router, counters } = this.#host;
    if ((streamResponse || bodyStream) && this.#named.has(requestId)) {
      throw new RpcError('requestIdTaken', `http/request streamResponse requestId \`${requestId}\` is already active`);
    }
    if (bodyStream && params.bodyBase64) throw new RpcError('invalidParams', 'http/request has bodyBase64 and bodyStream');
    if (this.#live.size >= limits.httpExchanges) {
      throw new RpcError('limitExceeded', `http/request more than the ${limits.httpExchanges} exchanges a connection may have at once`);
    }
    const upload = bodyStream ? new Upload(requestId, { maxPieces: limits.httpUploadPieces, maxBytes: limits.httpUploadBytes }) : null;
    const request = checkRequest(params, headerVariables, upload?.stream ?? null);
    const reply = streamResponse ? this.#createStreamed(params, () => live) : this.#createBuffered(() => live);
    const exchange = new Exchange(
      {
        client: this.#client,
        router,
        counters,
        request,
        maxRedirects: params.redirectPolicy === 'follow' ? limits.httpRedirects : null,
        timeoutMs: params.timeoutMs ?? null,
        headersTimeoutMs: params.headersTimeoutMs ?? null,
        idleTimeoutMs: params.idleTimeoutMs ?? null,
      },
      reply,
    );
    const live: LiveExchange = { requestId, method: params.method, exchange, reply, upload, bodyBytes: params.bodyBase64?.length ?? 0 };
    return live;
  }

  #createStreamed({ requestId, creditBytes }: RequestParams, live: () => LiveExchange): StreamedReply {
    const reply: StreamedReply = new StreamedReply({
      requestId,
      peer: this.#peer,
      frames: this.#host.frames,
      creditBytes: creditBytes ?? null,
      deltaBytes: this.#host.limits.httpDeltaBytes,
      resume: () => live().exchange.resume(),
      onCongested: () => this.#congested.add(reply),
      onOver: () => {
        live().upload?.close();
        this.#leave(live());
      },
    });
    return reply;
  }

  #createBuffered(live: () => LiveExchange): BufferedReply {
    const { limits, bufferedBodies } = this.#host;
    return new BufferedReply({ maxBytes: limits.httpBufferedBodyBytes, budget: bufferedBodies, stop: () => live().exchange.close() });
  }

  #enter(live: LiveExchange): void {
    this.#live.add(live);
    this.#host.live++;
    this.#host.counters.httpRequests++;
    if (live.upload || live.reply instanceof StreamedReply) this.#named.set(live.requestId, live);
  }

  #leave(live: LiveExchange): void {
    if (!this.#live.delete(live)) return;
    this.#host.live--;
    this.#requestBytes.give(live.bodyBytes);
    if (live.reply instanceof StreamedReply) this.#congested.delete(live.reply);
    if (this.#named.get(live.requestId) === live) this.#named.delete(live.requestId);
  }
}

const cancelled = new HttpFailure('cancelled', 'cancelled', true);
const ended = new RpcError('sessionEnded', 'the session ended before the exchange did');
