import { findHeader, type Header } from './header-list.js';
import type { OutgoingRequest } from './outgoing-request.js';

/** What a response is asked about to find out where it leads. */
export interface RedirectingResponse {
  readonly status: number;
  readonly headers: readonly Header[];
}

/** A redirect leads to where this server does not go; the message is that of the base. */
export class RedirectError extends Error {
  override readonly name = 'RedirectError';
}

/** Headers that tell about a body. */
const bodyHeaders = new Set(['content-type', 'content-length', 'content-encoding', 'transfer-encoding']);
/** Headers that are for one server only. */
const secretHeaders = new Set(['authorization', 'cookie', 'cookie2', 'proxy-authorization', 'www-authenticate']);

/**
 * The request a response leads to, by the rules of the base; null when it leads nowhere.
 * @throws RedirectError when it leads to a URL that is not of HTTP
 */
export function followRedirect(request: OutgoingRequest, response: RedirectingResponse): OutgoingRequest | null {
  const { status, headers } = response;
  const location = findHeader(headers, 'location');
  if (![301, 302, 303, 307, 308].includes(status) || location === undefined || !URL.canParse(location, request.url.href)) return null;
  const url = new URL(location, request.url);
  if (url.protocol !== 'http:' && url.protocol !== 'https:') {
    throw new RedirectError(`redirect target uses unsupported URL scheme: ${url.protocol.slice(0, -1)}`);
  }
  if (url.hash === '') url.hash = request.url.hash;
  const losesBody = status === 303 ? request.method !== 'HEAD' : status < 303 && request.method === 'POST';
  const staysOnHost = url.hostname === request.url.hostname && portOf(url) === portOf(request.url);
  const kept = request.headers.filter(
    ({ name }) => !(losesBody && bodyHeaders.has(name)) && !(!staysOnHost && secretHeaders.has(name)) && name !== 'referer',
  );
  return {
    method: losesBody ? 'GET' : request.method,
    url,
    headers: [...kept, ...referer(request.url, url)],
    body: losesBody ? null : request.body,
  };
}

function portOf({ protocol, port }: URL): string {
  return port === '' ? (protocol === 'https:' ? '443' : '80') : port;
}

function referer(from: URL, to: URL): readonly Header[] {
  if (from.protocol === 'https:' && to.protocol === 'http:') return [];
  return [{ name: 'referer', value: from.origin === to.origin ? `${from.origin}${from.pathname}${from.search}` : `${from.origin}/` }];
}
