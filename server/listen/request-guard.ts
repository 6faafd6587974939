import { isIP } from 'node:net';
import type { IncomingMessage } from 'node:http';

export interface GuardOptions {
  /** The address the listener is bound to. */
  readonly boundHost: string;
  /** Values of `Origin` to let in, such as `https://console.example`. */
  readonly allowedOrigins: readonly string[];
  /** Host names to let in besides those of the loopback. */
  readonly allowedHosts: readonly string[];
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
export function refuseRequest({ headers }: IncomingMessage, { boundHost, allowedOrigins, allowedHosts }: GuardOptions): string | null {
  if (headers.origin !== undefined && !allowedOrigins.includes(headers.origin)) return 'origin is not allowed';
  if (!isLoopback(boundHost)) return null;
  const name = readHostName(headers.host ?? '');
  return isLoopback(name) || allowedHosts.includes(name) ? null : 'host is not allowed';
}

/** The name without its port, in lower case. */
function readHostName(host: string): string {
  return host.replace(/:\d+$/, '').toLowerCase();
}
