import { RpcError } from '@exec-server/protocol';

/**
 * The URL of a request.
 * @throws RpcError `invalidParams` with the words of the base
 */
export function checkUrl(text: string): URL {
  if (!URL.canParse(text)) throw new RpcError('invalidParams', `http/request url is invalid: ${findFault(text)}`);
  const url = new URL(text);
  if (url.protocol === 'http:' || url.protocol === 'https:') return url;
  throw new RpcError('invalidParams', `http/request only supports http and https URLs, got ${url.protocol.slice(0, -1)}`);
}

/** What is wrong with a text that is no URL. */
function findFault(text: string): string {
  const [, rest] = /^[\0-\x20]*[a-z][a-z0-9+.-]*:[/\\]*(.*)$/is.exec(text) ?? [];
  if (rest === undefined) return 'relative URL without a base';
  const authority = /^[^/\\?#]*/.exec(rest)?.[0] ?? '';
  const [, host = '', port] = /^(\[[^\]]*\]?|[^:]*)(?::(.*))?$/.exec(authority.slice(authority.lastIndexOf('@') + 1)) ?? [];
  if (host === '') return 'empty host';
  if (host.startsWith('[')) return URL.canParse(`http://${host}`) ? 'invalid port number' : 'invalid IPv6 address';
  if (port !== undefined && !(/^\d*$/.test(port) && Number(port) <= 65_535)) return 'invalid port number';
  return /(?:^|\.)(?:\d+|0x[0-9a-f]*)\.?$/i.test(host) ? 'invalid IPv4 address' : 'invalid international domain name';
}

/** A URL as it may be shown: without credentials. */
export function withoutCredentials(url: URL): URL {
  if (url.username === '' && url.password === '') return url;
  const shown = new URL(url);
  shown.username = shown.password = '';
  return shown;
}
