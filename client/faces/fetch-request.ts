import { joinBytes, limits } from '@exec-server/protocol';
import type { HttpHeader, HttpRequestOptions } from '../http/http-request.js';
import { continueStream } from './byte-streams.js';
import { acceptEncoding, type Decoders } from './content-decoding.js';

export interface FetchSettings {
  readonly signal: AbortSignal | undefined;
  readonly decoders: Decoders;
  readonly headers?: readonly HttpHeader[] | undefined;
  readonly headersTimeoutMs?: number | undefined;
  readonly idleTimeoutMs?: number | undefined;
}

/**
 * What to ask the server for.
 * @param request what the platform has made of `input` and `init`
 * @throws what the body fails with, or the signal's reason
 */
export async function toRequestOptions(
  request: Request,
  input: string | URL | Request,
  init: RequestInit | undefined,
  { signal, decoders, headers: more = [], headersTimeoutMs, idleTimeoutMs }: FetchSettings,
): Promise<HttpRequestOptions> {
  const headers = toHeaders(request, input, init);
  headers.push(...more.filter(({ name }) => !has(headers, name)));
  if (!has(headers, 'accept-encoding')) headers.push({ name: 'accept-encoding', value: toAcceptEncoding(headers, decoders) });
  if (!has(headers, 'user-agent')) headers.push({ name: 'user-agent', value: 'exec-server' });
  // A method that should have a body tells that it is empty (Fetch standard, "HTTP-network-or-cache fetch").
  const nothing = /^(?:POST|PUT)$/.test(request.method) ? new Uint8Array(0) : undefined;
  const body = (await toBody(request, init, signal)) ?? nothing;
  const size = init?.body instanceof Blob ? init.body.size : undefined;
  if (body instanceof ReadableStream && size !== undefined) headers.push({ name: 'content-length', value: String(size) });
  const redirect = request.redirect === 'follow' ? 'follow' : 'stop';
  return { url: request.url, method: request.method, headers, body, redirect, headersTimeoutMs, idleTimeoutMs, signal };
}

/** Browsers take some headers out of a `Request`; they are not for them here, so that those given are looked at first. */
function toHeaders(request: Request, input: string | URL | Request, init: RequestInit | undefined): HttpHeader[] {
  const given = new Headers(init?.headers ?? (input instanceof Request ? input.headers : undefined));
  const type = request.headers.get('content-type');
  if (type !== null && !given.has('content-type')) given.set('content-type', type);
  return [...given].map(([name, value]) => ({ name, value: toText(value) }));
}

/** A part of coded content cannot be decoded (Fetch standard, "HTTP-network-or-cache fetch"). */
function toAcceptEncoding(headers: readonly HttpHeader[], decoders: Decoders): string {
  return has(headers, 'range') ? 'identity' : acceptEncoding(decoders);
}

function has(headers: readonly HttpHeader[], wanted: string): boolean {
  return headers.some(({ name }) => name.toLowerCase() === wanted.toLowerCase());
}

/** `Headers` hold bytes as characters; the wire holds text, which is sent as UTF-8. */
function toText(value: string): string {
  if (/^[\0-\x7F]*$/.test(value)) return value;
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(Uint8Array.from(value, (symbol) => symbol.charCodeAt(0)));
  } catch {
    return value; // no UTF-8: as good as can be
  }
}

/** What is small or at hand is sent with its length, streams and what takes its time as it comes. */
async function toBody(
  request: Request,
  init: RequestInit | undefined,
  signal: AbortSignal | undefined,
): Promise<Uint8Array | ReadableStream<Uint8Array> | null> {
  const { body } = request;
  if (!body || init?.body instanceof ReadableStream) return body;
  const given = init?.body;
  const isAtHand =
    typeof given === 'string' || given instanceof URLSearchParams || given instanceof ArrayBuffer || ArrayBuffer.isView(given);
  return isAtHand ? new Uint8Array(await request.arrayBuffer()) : gatherShort(body, signal);
}

/** A body as bytes, if it is short and comes at once; otherwise a stream of all of it. */
async function gatherShort(
  body: ReadableStream<Uint8Array>,
  signal: AbortSignal | undefined,
): Promise<Uint8Array | ReadableStream<Uint8Array>> {
  const reader = body.getReader();
  const chunks: Uint8Array[] = [];
  let size = 0;
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<null>((resolve) => (timer = setTimeout(resolve, limits.gatherBodyMs, null)));
  try {
    for (;;) {
      const next = reader.read();
      const result = await Promise.race([next, late]);
      signal?.throwIfAborted();
      if (result === null) return continueStream(chunks, next, reader);
      if (result.done) return joinBytes(chunks);
      chunks.push(result.value);
      size += result.value.length;
      if (size > limits.inlineRequestBodyBytes) return continueStream(chunks, null, reader);
    }
  } catch (error) {
    void reader.cancel(error).catch(() => undefined); // why it is given up matters more
    throw error;
  } finally {
    clearTimeout(timer);
  }
}
