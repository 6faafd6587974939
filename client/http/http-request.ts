import { encodeBase64, type HttpRequestParams, limits } from '@exec-server/protocol';
import type { SessionClient } from '../session/session-client.js';

export interface HttpHeader {
  readonly name: string;
  readonly value: string;
  /** Variable of the server's environment whose value is put behind `value`, so that it need not be known here. */
  readonly valueEnvVar?: string | undefined;
}

export interface HttpRequestOptions {
  /** Absolute, `http:` or `https:`. */
  readonly url: string | URL;
  /** Sent as it is given; `GET` by default. */
  readonly method?: string | undefined;
  /** In this order; names may be repeated. The server adds `accept` and `host` where they are missing, and the length of a body. */
  readonly headers?: readonly HttpHeader[] | undefined;
  /** A stream is sent as it comes where the server takes it in pieces; elsewhere it is gathered first, 32 MiB at most. */
  readonly body?: Uint8Array | string | ReadableStream<Uint8Array> | undefined;
  /** Go through up to 10 redirects (`follow`, the default), or return the first (`stop`). */
  readonly redirect?: 'follow' | 'stop' | undefined;
  /** Called with every redirect that is followed. Each takes a round trip to the server then. */
  readonly onRedirect?: ((head: HttpHead) => void) | undefined;
  /** Longest time of the whole exchange, its body included, in milliseconds; none by default. Of each of several, when redirects are followed from here. */
  readonly timeoutMs?: number | undefined;
  /** Longest time until the head of the response, in milliseconds; none by default. Capability `httpTimeouts`. */
  readonly headersTimeoutMs?: number | undefined;
  /** Longest silence within the body of the response, in milliseconds; none by default. Capability `httpTimeouts`. */
  readonly idleTimeoutMs?: number | undefined;
  /** Ends the exchange, upstream as well where the server can, until the end of the body has come. */
  readonly signal?: AbortSignal | undefined;
}

/** What comes before the body. */
export interface HttpHead {
  readonly status: number;
  /** Names in lower case, in the order received, repeated ones at the place of the first. */
  readonly headers: readonly HttpHeader[];
  /** Where it came from, without a fragment. */
  readonly url: string;
  /** Whether that is another place than asked. */
  readonly redirected: boolean;
}

export interface HttpResponse extends HttpHead {
  /**
   * As it came: not decompressed. Null where there is none by the rules of HTTP. Read it, or cancel it. A body that is not
   * complete makes the stream fail: HttpBodyError, DisconnectedError, or the signal's reason.
   */
  readonly body: ReadableStream<Uint8Array> | null;
}

/** A request whose body is what will be sent: all at once, in pieces, or not at all. */
export interface PreparedRequest {
  readonly params: Omit<HttpRequestParams, 'requestId'>;
  /** Sent behind the request. */
  readonly pieces: Uint8Array | ReadableStream<Uint8Array> | null;
}

/**
 * What goes over the wire for these options.
 * @param body gathered already, where the server takes none in pieces
 * @throws UnsupportedByServerError for what the server does not announce; TypeError for what is no URL
 */
export function prepareRequest(
  session: SessionClient,
  { url, method = 'GET', headers = [], timeoutMs, headersTimeoutMs, idleTimeoutMs }: HttpRequestOptions,
  body: Uint8Array | ReadableStream<Uint8Array> | null,
  redirectPolicy: 'follow' | 'stop',
): PreparedRequest {
  if (headersTimeoutMs !== undefined || idleTimeoutMs !== undefined)
    session.require('httpTimeouts', 'a time limit for the head, or for silence, of a response');
  const isAtOnce = body instanceof Uint8Array && (isInline(body) || !session.supports('httpRequestBodyStream'));
  const pieces = isAtOnce ? null : body;
  const target = new URL(url);
  target.hash = '';
  const params = {
    method,
    url: target.href,
    headers: body instanceof Uint8Array && (pieces || body.length === 0) ? withLength(headers, body.length) : headers,
    redirectPolicy,
    streamResponse: true,
    ...(isAtOnce ? { bodyBase64: encodeBase64(body) } : {}),
    ...(pieces ? { bodyStream: true } : {}),
    ...(timeoutMs === undefined ? {} : { timeoutMs }),
    ...(headersTimeoutMs === undefined ? {} : { headersTimeoutMs }),
    ...(idleTimeoutMs === undefined ? {} : { idleTimeoutMs }),
    ...(session.supports('credits') ? { creditBytes: limits.bodyWindowBytes } : {}),
  };
  return { params, pieces };
}

/** Whether the body is sent in one message, even where it need not be. */
export function isInline(body: Uint8Array | ReadableStream<Uint8Array>): boolean {
  return body instanceof Uint8Array && body.length <= limits.inlineRequestBodyBytes;
}

/** Servers tell the length of a body that is sent at once, unless it is 0. */
function withLength(headers: readonly HttpHeader[], length: number): readonly HttpHeader[] {
  const isTold = headers.some(({ name }) => /^(?:content-length|transfer-encoding)$/i.test(name));
  return isTold ? headers : [...headers, { name: 'content-length', value: String(length) }];
}
