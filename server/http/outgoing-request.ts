import { RpcError } from '@exec-server/protocol';
import type { CheckedParams } from '../handler.js';
import { groupHeaders, type Header } from './header-list.js';

/** A request as it was asked for, checked. */
export interface OutgoingRequest {
  readonly method: string;
  readonly url: URL;
  /** Names in lower case, repeated ones together. */
  readonly headers: readonly Header[];
  readonly body: Uint8Array | null;
}

const token = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/;

/** @throws RpcError `invalidParams` with the words of the base */
export function checkRequest(params: CheckedParams<'http/request'>): OutgoingRequest {
  if (!token.test(params.method)) throw invalid('method is invalid: invalid HTTP method');
  return {
    method: params.method,
    url: checkUrl(params.url),
    headers: groupHeaders(params.headers.map(({ name, value }) => checkHeader(name, value))),
    body: params.bodyBase64 ?? null,
  };
}

function checkUrl(text: string): URL {
  if (!URL.canParse(text))
    throw invalid(`url is invalid: ${/^[a-z][a-z0-9+.-]*:/i.test(text) ? 'empty host' : 'relative URL without a base'}`);
  const url = new URL(text);
  if (url.protocol !== 'http:' && url.protocol !== 'https:') {
    throw invalid(`only supports http and https URLs, got ${url.protocol.slice(0, -1)}`);
  }
  return url;
}

function checkHeader(name: string, value: string): Header {
  if (!token.test(name)) throw invalid('header name is invalid: invalid HTTP header name');
  if (/[\0-\x08\x0a-\x1f\x7f]/.test(value)) throw invalid(`header value is invalid for ${name}: failed to parse header value`);
  return { name: name.toLowerCase(), value };
}

function invalid(what: string): RpcError {
  return new RpcError('invalidParams', `http/request ${what}`);
}
