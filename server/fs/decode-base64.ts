import { setImmediate } from 'node:timers/promises';
import { Base64Error, decodeBase64 } from '@exec-server/protocol';

/** Decoded in one turn of the event loop: a multiple of 4. */
const decodeChars = 4 * 1024 * 1024;

/**
 * The bytes of base64 of any length, a part in each turn of the event loop.
 * @throws Base64Error with the place of the first fault
 */
export async function decodeInTurns(text: string, turnChars = decodeChars): Promise<Uint8Array[]> {
  const parts: Uint8Array[] = [];
  for (let from = 0; from < text.length; from += turnChars) {
    if (from > 0) await setImmediate();
    parts.push(decodePart(text, from, from + turnChars));
  }
  return parts;
}

function decodePart(text: string, from: number, to: number): Uint8Array {
  const part = text.slice(from, to);
  const padding = to < text.length ? part.indexOf('=') : -1;
  if (padding >= 0) throw new Base64Error(`Invalid symbol 61, offset ${from + padding}.`);
  try {
    return decodeBase64(part);
  } catch (error) {
    if (!(error instanceof Base64Error)) throw error;
    throw new Base64Error(error.message.replace(/offset (\d+)/, (_, offset: string) => `offset ${Number(offset) + from}`));
  }
}
