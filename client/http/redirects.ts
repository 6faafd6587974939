import { limits } from '@exec-server/protocol';
import { HttpRedirectError } from '../errors.js';
import type { HttpHead, HttpHeader, HttpRequestOptions } from './http-request.js';

/** A request on its way from place to place. */
export interface Hop {
  readonly url: URL;
  readonly method: string;
  readonly headers: readonly HttpHeader[];
  /** What is sent with it; it has been used up, if it is a stream. */
  readonly body: Uint8Array | ReadableStream<Uint8Array> | null;
}

const redirectStatuses: readonly number[] = [301, 302, 303, 307, 308];
/** What tells about a body, which goes with it (Fetch standard, "request-body-header name"). */
const bodyHeaders = /^content-(?:encoding|language|location|type|length)$/i;
/** What is meant for one place only. */
const privateHeaders = /^(?:authorization|proxy-authorization|cookie|host)$/i;

/** Whether a response sends the client elsewhere. */
export function isRedirect({ status, headers }: Pick<HttpHead, 'status' | 'headers'>): boolean {
  return redirectStatuses.includes(status) && headers.some(({ name }) => name === 'location');
}

export function firstHop({ url, method = 'GET', headers = [] }: HttpRequestOptions, body: Hop['body']): Hop {
  return { url: new URL(url), method, headers, body };
}

/**
 * Where a redirect leads, by the rules of the Fetch standard ("HTTP-redirect fetch").
 * @param count redirects followed for the request so far
 * @throws HttpRedirectError
 */
export function nextHop(hop: Hop, { status, headers }: Pick<HttpHead, 'status' | 'headers'>, count: number): Hop {
  if (count >= limits.httpRedirects) throw new HttpRedirectError(`more than ${limits.httpRedirects} redirects`);
  const url = locate(headers.find(({ name }) => name === 'location')?.value ?? '', hop.url);
  const losesBody = status === 303 ? !/^(?:GET|HEAD)$/.test(hop.method) : status < 303 && hop.method === 'POST';
  if (!losesBody && hop.body instanceof ReadableStream)
    throw new HttpRedirectError(`a redirect (${status}) wants the body again, which was a stream`);
  const isElsewhere = url.origin !== hop.url.origin;
  return {
    url,
    method: losesBody ? 'GET' : hop.method,
    headers: hop.headers.filter(({ name }) => !(losesBody && bodyHeaders.test(name)) && !(isElsewhere && privateHeaders.test(name))),
    body: losesBody ? null : hop.body,
  };
}

function locate(location: string, from: URL): URL {
  if (!URL.canParse(location, from.href)) throw new HttpRedirectError('a redirect leads to what is no URL');
  const url = new URL(location, from);
  if (!/^https?:$/.test(url.protocol)) throw new HttpRedirectError(`a redirect leads to a URL of the scheme ${url.protocol}`);
  return url;
}
