import type { Limits } from '@exec-server/protocol';
import type { HttpUpstreamConfig } from './config.js';
import { createRedactor } from './secrets.js';

/** The body of an answer as text; of one that tells of an error only its beginning. @throws RangeError when it is too large */
export async function readAnswer(response: Response, { mcpMessageBytes, mcpErrorTextBytes }: Limits): Promise<string> {
  const maxBytes = response.ok ? mcpMessageBytes : Math.max(mcpErrorTextBytes, 64 * 1024);
  const pieces: Uint8Array[] = [];
  let bytes = 0;
  for await (const piece of response.body ?? []) {
    bytes += (piece as Uint8Array).length;
    if (bytes > maxBytes && response.ok) throw new RangeError(`the answer is larger than ${maxBytes} bytes`);
    if (bytes > maxBytes) break;
    pieces.push(piece as Uint8Array);
  }
  return Buffer.concat(pieces).toString('utf8');
}

/** What an answer that is no JSON-RPC says, without the upstream's secrets. @param type its media type */
export function toAnswerError(response: Response, type: string, body: string, config: HttpUpstreamConfig, limits: Limits): Error {
  if (response.ok) return new Error(`the answer is ${type === '' ? 'of no known kind' : type}, not JSON-RPC (HTTP ${response.status})`);
  const text = createRedactor(config)(body).slice(0, limits.mcpErrorTextBytes).trim();
  return new Error(`HTTP ${response.status}${text === '' ? '' : `: ${text}`}`);
}
