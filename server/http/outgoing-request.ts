import type { Readable } from 'node:stream';
import { RpcError } from '@exec-server/protocol';
import type { CheckedParams } from '../handler.js';
import { basicAuthorization } from './basic-authorization.js';
import { checkFraming } from './framing.js';
import { groupHeaders, type Header } from './header-list.js';
import type { HeaderVariables } from './header-variables.js';
import { checkUrl, withoutCredentials } from './url-check.js';

/** A request as it was asked for, checked. */
export interface OutgoingRequest {
  readonly method: string;
  /** Without credentials. */
  readonly url: URL;
  /** Names in lower case, repeated ones together. */
  readonly headers: readonly Header[];
  /** A stream can be sent only once. */
  readonly body: Uint8Array | Readable | null;
}

const token = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/;
/** Text without control characters, but for the tab. */
const printable = /^[\t\x20-\x7e\x80-\u{10ffff}]*$/u;

/**
 * @param upload the body, when it comes in pieces
 * @throws RpcError `invalidParams` with the words of the base
 */
export function checkRequest(params: CheckedParams<'http/request'>, variables: HeaderVariables, upload: Readable | null): OutgoingRequest {
  if (!token.test(params.method)) throw invalid('method is invalid: invalid HTTP method');
  if (params.method === 'CONNECT') throw invalid('method is not supported: CONNECT');
  const url = checkUrl(params.url);
  const given = params.headers.map((header) => checkHeader(header, variables));
  const headers = groupHeaders(authorize(given, basicAuthorization(url)));
  const body = upload ?? params.bodyBase64 ?? null;
  checkFraming({ headers, body });
  return { method: params.method, url: withoutCredentials(url), headers, body };
}

/** Credentials of the URL go before everything else, and give way to those among the headers, which take their place (base). */
function authorize(given: readonly Header[], credentials: string | null): readonly Header[] {
  if (credentials === null) return given;
  const own = given.filter(({ name }) => name === 'authorization');
  const first = own.length > 0 ? own : [{ name: 'authorization', value: credentials }];
  return [...first, ...given.filter(({ name }) => name !== 'authorization')];
}

type GivenHeader = CheckedParams<'http/request'>['headers'][number];

function checkHeader({ name, value, valueEnvVar }: GivenHeader, variables: HeaderVariables): Header {
  if (!token.test(name)) throw invalid('header name is invalid: invalid HTTP header name');
  const isFromVariable = valueEnvVar !== null && valueEnvVar !== undefined;
  const whole = isFromVariable ? value + variables.read(name, valueEnvVar) : value;
  if (!printable.test(whole)) throw invalid(`header value is invalid for ${name}: failed to parse header value`);
  return { name: name.toLowerCase(), value: whole, ...(isFromVariable ? { isFromVariable } : {}) };
}

function invalid(words: string): RpcError {
  return new RpcError('invalidParams', `http/request ${words}`);
}
