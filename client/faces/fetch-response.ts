import type { HttpResponse } from '../http/http-request.js';
import { toByteStream } from './byte-streams.js';
import { decodeContent, type Decoders } from './content-decoding.js';

/** What the platform's constructor takes no account of. */
interface Facts {
  readonly url: string;
  readonly redirected: boolean;
  readonly status: number;
}

/**
 * The response as the platform's own class. `url`, `redirected` and statuses beyond 599, which its constructor does not
 * take, are told all the same, by copies as well. The reason phrase does not travel: `statusText` is empty.
 */
export function toResponse(response: HttpResponse, decoders: Decoders, signal: AbortSignal | undefined): Response {
  const { status, url, redirected } = response;
  const headers = new Headers();
  for (const { name, value } of response.headers) headers.append(name, toByteString(value));
  const body = response.body && decodeContent(response.body, headers.get('content-encoding'), decoders);
  const toError = (error: unknown): Error => (signal?.aborted ? (signal.reason as Error) : new TypeError('terminated', { cause: error }));
  const isUsual = status >= 200 && status <= 599;
  return withFacts(new Response(body && toByteStream(body, toError), { status: isUsual ? status : 200, headers }), {
    status,
    url,
    redirected,
  });
}

function withFacts(response: Response, { url, redirected, status }: Facts): Response {
  const clone = (): Response => withFacts(Response.prototype.clone.call(response), { url, redirected, status });
  const facts = { url, redirected, status, ok: status >= 200 && status <= 299, type: 'basic', clone };
  const properties = Object.entries(facts).map(([name, value]) => [name, { value, configurable: true }] as const);
  return Object.defineProperties(response, Object.fromEntries(properties));
}

/** `Headers` hold bytes as characters. */
function toByteString(value: string): string {
  if (/^[\0-\xFF]*$/.test(value)) return value;
  return String.fromCharCode(...new TextEncoder().encode(value));
}
