import { Readable } from 'node:stream';
import { findHeader, type Header } from './header-list.js';
import type { OutgoingRequest } from './outgoing-request.js';
import { withoutCredentials } from './url-check.js';

/** What a response is asked about to find out where it leads. */
export interface RedirectingResponse {
  readonly status: number;
  readonly headers: readonly Header[];
}

/** A redirect that cannot be followed. */
export class RedirectError extends Error {
  override readonly name = 'RedirectError';
}

const redirects = new Set([301, 302, 303, 307, 308]);
/** Headers that tell about a body. */
const bodyHeaders = new Set(['content-type', 'content-length', 'content-encoding', 'transfer-encoding']);
/** Headers that are for one server only. */
const ownHeaders = new Set(['authorization', 'cookie', 'cookie2', 'host', 'proxy-authorization', 'www-authenticate']);

/**
 * The request a response leads to, by the rules of the base; null when it leads nowhere.
 * @throws RedirectError when it leads to a URL that is not of HTTP, or needs the body again that was streamed
 */
export function followRedirect(request: OutgoingRequest, { status, headers }: RedirectingResponse): OutgoingRequest | null {
  const location = findHeader(headers, 'location');
  if (!redirects.has(status) || location === undefined || !URL.canParse(location, request.url.href)) return null;
  const url = withoutCredentials(new URL(location, request.url));
  if (url.protocol !== 'http:' && url.protocol !== 'https:') {
    throw new RedirectError(`redirect target uses unsupported URL scheme: ${url.protocol.slice(0, -1)}`);
  }
  const losesBody = status === 303 || (status < 303 && request.method === 'POST');
  if (!losesBody && request.body instanceof Readable) throw new RedirectError('redirect needs the body again, which was streamed');
  const staysOnHost = url.host === request.url.host && url.protocol === request.url.protocol;
  const referer = findReferer(request.url, url);
  const kept = request.headers.filter(
    ({ name, isFromVariable }) =>
      !(losesBody && bodyHeaders.has(name)) &&
      (staysOnHost || !(ownHeaders.has(name) || isFromVariable)) &&
      !(referer && name === 'referer'),
  );
  return {
    method: losesBody && request.method !== 'HEAD' ? 'GET' : request.method,
    url,
    headers: referer ? [...kept, referer] : kept,
    body: losesBody ? null : request.body,
  };
}

/** Where the redirect came from; only its origin for others, and nothing for those who could be overheard. */
function findReferer(from: URL, to: URL): Header | null {
  if (from.protocol === 'https:' && to.protocol === 'http:') return null;
  return { name: 'referer', value: from.origin === to.origin ? `${from.origin}${from.pathname}${from.search}` : `${from.origin}/` };
}
