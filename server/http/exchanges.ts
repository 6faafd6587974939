import { type HttpRequestResult, RpcError } from '@exec-server/protocol';
import type { Call, CheckedParams } from '../handler.js';
import { BufferedReply } from './buffered-reply.js';
import { Exchange } from './exchange.js';
import { HttpClient } from './http-client.js';
import { HttpFailure } from './http-failure.js';
import type { HttpHost } from './http-host.js';
import { checkRequest } from './outgoing-request.js';
import { type ExchangePeer, StreamedReply } from './streamed-reply.js';

type RequestParams = CheckedParams<'http/request'>;

interface LiveExchange {
  readonly requestId: string;
  readonly url: string;
  readonly exchange: Exchange;
  readonly reply: BufferedReply | StreamedReply;
}

/** The HTTP exchanges of one connection, and the connections to servers they use. */
export class Exchanges {
  readonly #host: HttpHost;
  readonly #peer: ExchangePeer;
  readonly #client: HttpClient;
  readonly #live = new Set<LiveExchange>();
  /** Streams by their id. */
  readonly #streams = new Map<string, LiveExchange & { readonly reply: StreamedReply }>();

  constructor(host: HttpHost, peer: ExchangePeer) {
    this.#host = host;
    this.#peer = peer;
    const { httpIdleConnections, httpIdleConnectionMs, httpHeadBytes } = host.options.limits;
    this.#client = new HttpClient({ idleConnections: httpIdleConnections, idleMs: httpIdleConnectionMs, headBytes: httpHeadBytes });
  }

  /** Makes a request. A streamed body follows once the answer has been sent. */
  request(params: RequestParams, call: Pick<Call<unknown>, 'afterReply'>): Promise<HttpRequestResult> {
    const { requestId, streamResponse } = params;
    if (streamResponse && this.#streams.has(requestId)) {
      throw new RpcError('requestIdTaken', `http/request streamResponse requestId \`${requestId}\` is already active`);
    }
    const request = checkRequest(params);
    if (this.#live.size >= this.#host.options.limits.httpExchanges) {
      throw new RpcError('limitExceeded', `more than ${this.#live.size} HTTP exchanges on one connection`);
    }
    let live: LiveExchange;
    const onOver = (): void => {
      this.#live.delete(live);
      if (streamResponse) this.#streams.delete(requestId);
    };
    const reply = streamResponse
      ? new StreamedReply({
          requestId,
          peer: this.#peer,
          creditBytes: params.creditBytes ?? null,
          resume: () => live.exchange.resume(),
          onOver,
        })
      : new BufferedReply(this.#host.options.limits.httpBufferedBodyBytes, () => live.exchange.close());
    const exchange = new Exchange(
      {
        client: this.#client,
        request,
        followsRedirects: params.redirectPolicy === 'follow',
        maxRedirects: this.#host.options.limits.httpRedirects,
        timeoutMs: params.timeoutMs ?? null,
        headersTimeoutMs: params.headersTimeoutMs ?? null,
        idleTimeoutMs: params.idleTimeoutMs ?? null,
      },
      reply,
    );
    live = { requestId, url: request.url.href, exchange, reply };
    this.#live.add(live);
    if (reply instanceof StreamedReply) {
      this.#streams.set(requestId, { ...live, reply });
      call.afterReply(() => reply.begin());
      exchange.start();
      return reply.answer;
    }
    exchange.start();
    return reply.answer.finally(onOver);
  }

  /** Ends exchanges of this id. False when there is none. */
  cancel(requestId: string): boolean {
    const found = [...this.#live].filter((live) => live.requestId === requestId);
    for (const { exchange } of found) exchange.fail(new HttpFailure('cancelled', 'cancelled'));
    return found.length > 0;
  }

  /** The client has room for so much more of this stream. */
  grant(requestId: string, bytes: number): void {
    this.#streams.get(requestId)?.reply.grant(bytes);
  }

  /** The connection has room again. */
  drained(): void {
    for (const { reply } of this.#streams.values()) reply.flow();
  }

  /** Ends all of them. */
  close(): void {
    const error = new RpcError('sessionEnded', 'the connection ended before the exchange did');
    for (const { exchange, reply } of this.#live) {
      exchange.close();
      reply.close(error);
    }
    this.#live.clear();
    this.#streams.clear();
    this.#client.close();
  }

  inspect(): readonly string[] {
    return [...this.#live].map(({ requestId, url }) => `${requestId} ${url}`);
  }
}
