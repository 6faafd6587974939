import type { Limits } from '@exec-server/protocol';
import { mediaType } from '../wire/media-types.js';
import type { HttpUpstreamConfig } from './config.js';
import { createRedactor } from './secrets.js';

/** So much of a body that is no success is read, in bytes: it may hold a JSON-RPC error. */
const errorBodyBytes = 64 * 1024;

/**
 * The body of an answer of an HTTP upstream as text; of one that is no success only its beginning.
 * @throws RangeError when it is larger than a message may be; what the body throws
 */
export async function readAnswer(response: Response, { mcpMessageBytes, mcpErrorTextBytes }: Limits): Promise<string> {
  const maxBytes = response.ok ? mcpMessageBytes : Math.max(mcpErrorTextBytes, errorBodyBytes);
  const pieces: Uint8Array[] = [];
  let bytes = 0;
  for await (const piece of response.body ?? []) {
    bytes += (piece as Uint8Array).length;
    if (bytes > maxBytes && response.ok) throw new RangeError(`the answer is larger than ${maxBytes} bytes`);
    pieces.push((piece as Uint8Array).subarray(0, (piece as Uint8Array).length - Math.max(bytes - maxBytes, 0)));
    if (bytes >= maxBytes && !response.ok) break;
  }
  return Buffer.concat(pieces).toString('utf8');
}

/** Why an answer is of no use, without the upstream's secrets. @param type its media type @param body its text */
export function describeAnswer(
  response: Response,
  type: string,
  body: string,
  config: HttpUpstreamConfig,
  { mcpErrorTextBytes }: Limits,
): Error {
  if (response.ok) return new Error(`the answer is ${type === '' ? 'of no known kind' : type}, not JSON-RPC (HTTP ${response.status})`);
  const text = Buffer.from(createRedactor(config)(body)).subarray(0, mcpErrorTextBytes).toString('utf8').trim();
  return new Error(`HTTP ${response.status}${text === '' ? '' : `: ${text}`}`);
}

/** An answer that is of no use, read as far as it tells why. */
export async function toError(
  response: Response,
  { config, limits }: { readonly config: HttpUpstreamConfig; readonly limits: Limits },
): Promise<Error> {
  return describeAnswer(response, mediaType(response.headers.get('content-type')), await readAnswer(response, limits), config, limits);
}
