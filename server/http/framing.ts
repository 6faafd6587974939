import { Readable } from 'node:stream';
import { RpcError } from '@exec-server/protocol';
import type { Header } from './header-list.js';
import type { Outbound } from './http-call.js';
import type { OutgoingRequest } from './outgoing-request.js';

/** Headers that are about this connection and the next, and so the executor's own affair. */
const ownHeaders = new Set(['connection', 'content-length', 'expect', 'keep-alive', 'transfer-encoding', 'upgrade']);

/**
 * Checks what a client says about how its body is to be sent.
 * @throws RpcError `invalidParams` for what cannot be done
 */
export function checkFraming({ headers, body }: Pick<OutgoingRequest, 'headers' | 'body'>): void {
  const coding = headers.find(({ name, value }) => name === 'transfer-encoding' && value.trim().toLowerCase() !== 'chunked');
  if (coding) throw invalid(`header transfer-encoding is not supported: ${coding.value}`);
  if (headers.filter(({ name }) => name === 'host').length > 1) throw invalid('header host is given more than once');
  const length = readLength(headers);
  if (length === null || body instanceof Readable || length <= (body?.length ?? 0)) return;
  throw invalid(`header content-length promises ${length} bytes, but the body has ${body?.length ?? 0}`);
}

/**
 * A request as it goes out: `accept` added, repeated names together, characters for bytes. The length of the body is told
 * by the HTTP library; a `content-length` of the client that is too short cuts the body (base).
 * @param added headers the way to the server needs
 */
export function frame({ headers, body }: OutgoingRequest, added: readonly Header[]): Pick<Outbound, 'headers' | 'body'> {
  const flat: string[] = [];
  for (const { name, value } of headers) if (!ownHeaders.has(name)) flat.push(name, toBytes(value));
  if (!headers.some(({ name }) => name === 'accept')) flat.push('accept', '*/*');
  for (const { name, value } of added) if (!headers.some((given) => given.name === name)) flat.push(name, value);
  if (headers.some(({ name, value }) => name === 'connection' && /(?:^|,)\s*close\s*(?:,|$)/i.test(value)))
    flat.push('connection', 'close');
  const isChunked = headers.some(({ name }) => name === 'transfer-encoding');
  const length = isChunked ? null : readLength(headers);
  if (body instanceof Readable) {
    if (length !== null) flat.push('content-length', String(length));
    return { headers: flat, body };
  }
  if (body === null || body.length === 0) {
    if (length === 0) flat.push('content-length', '0');
    return { headers: flat, body: null };
  }
  if (isChunked) return { headers: flat, body: Readable.from([body], { objectMode: false }) };
  return { headers: flat, body: length === null ? body : body.subarray(0, length) };
}

/** Null when there is none that makes sense (base). */
function readLength(headers: readonly Header[]): number | null {
  const lengths = new Set(headers.filter(({ name }) => name === 'content-length').map(({ value }) => value.trim()));
  const [length = ''] = lengths;
  return lengths.size === 1 && /^\d{1,15}$/.test(length) ? Number(length) : null;
}

/** Each character stands for one byte of the UTF-8 text. */
function toBytes(text: string): string {
  return /^[\0-\x7f]*$/.test(text) ? text : Buffer.from(text).toString('latin1');
}

function invalid(words: string): RpcError {
  return new RpcError('invalidParams', `http/request ${words}`);
}
