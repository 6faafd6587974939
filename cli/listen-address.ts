import { isIPv4, isIPv6 } from 'node:net';
import { ExitError } from './exit-codes.js';

export type ListenAddress = { readonly kind: 'stdio' } | { readonly kind: 'websocket'; readonly host: string; readonly port: number };

/**
 * Reads `--listen`: `ws://IP:PORT` with an address, not a name, and without a path; or `stdio`.
 * @throws ExitError in the words of the base
 */
export function parseListenAddress(text: string): ListenAddress {
  if (text === 'stdio' || text === 'stdio://') return { kind: 'stdio' };
  if (!text.startsWith('ws://')) throw new ExitError(`unsupported --listen URL \`${text}\`; expected \`ws://IP:PORT\` or \`stdio\``);
  const [, bracketed, plain, digits] = /^ws:\/\/(?:\[([^\]]+)\]|([^:/[\]]+)):(\d{1,5})$/.exec(text) ?? [];
  const port = Number(digits);
  const isAddress = bracketed === undefined ? isIPv4(plain ?? '') : isIPv6(bracketed);
  if (!isAddress || port > 65_535) throw new ExitError(`invalid websocket --listen URL \`${text}\`; expected \`ws://IP:PORT\``);
  return { kind: 'websocket', host: bracketed ?? plain ?? '', port };
}

/** Addresses that only this machine can reach. */
export function isLoopback(host: string): boolean {
  return host === '::1' || (isIPv4(host) && host.startsWith('127.'));
}
