import { isIP } from 'node:net';
import type { IncomingMessage } from 'node:http';

export interface GuardOptions {
  /** The address the listener is bound to. */
  readonly boundHost: string;
  /** Values of `Origin` to let in, such as `https://console.example`. */
  readonly allowedOrigins: readonly string[];
  /** Host names to let in besides those of the loopback. */
  readonly allowedHosts: readonly string[];
  /** Web pages of this machine may come, and of the hosts of allowed origins, whatever their scheme and port; false by default. */
  readonly admitsLocalPages?: boolean | undefined;
}

/** Addresses only this machine can reach. */
export function isLoopback(host: string): boolean {
  const bare = host.replace(/^\[(.*)\]$/, '$1').toLowerCase();
  if (bare === 'localhost' || bare === '::1' || bare === '0:0:0:0:0:0:0:1') return true;
  const mapped = bare.replace(/^::ffff:/, '');
  return isIP(mapped) === 4 && mapped.startsWith('127.');
}

/**
 * Why a request may not come in, whatever its credentials; null when it may. Browsers send `Origin` on every WebSocket
 * request, so that refusing it keeps web pages out; the check of `Host` keeps out names that were made to point here.
 */
export function refuseRequest({ headers }: IncomingMessage, options: GuardOptions): string | null {
  const { boundHost, allowedOrigins, allowedHosts, admitsLocalPages = false } = options;
  const { origin } = headers;
  if (origin !== undefined && !allowedOrigins.includes(origin) && !(admitsLocalPages && isLocalPage(origin, allowedOrigins)))
    return 'origin is not allowed';
  if (!isLoopback(boundHost)) return null;
  const name = readHostName(headers.host ?? '');
  return isLoopback(name) || allowedHosts.includes(name) ? null : 'host is not allowed';
}

/** Hosts are compared as they parse: a name that only begins like one of ours is another's. */
function isLocalPage(origin: string, allowedOrigins: readonly string[]): boolean {
  const host = readOriginHost(origin);
  return host !== null && (isLoopback(host) || allowedOrigins.some((allowed) => readOriginHost(allowed) === host));
}

/** Null for what names no host, such as `null`. */
function readOriginHost(origin: string): string | null {
  if (!URL.canParse(origin)) return null;
  const { protocol, hostname } = new URL(origin);
  return (protocol === 'http:' || protocol === 'https:') && hostname !== '' ? hostname : null;
}

/** The name without its port, in lower case. */
function readHostName(host: string): string {
  return host.replace(/:\d*$/, '').toLowerCase();
}
