import { setImmediate } from 'node:timers/promises';
import { Base64Error, decodeBase64 } from '@exec-server/protocol';

/** Encoded at a time: a multiple of 3, and small enough for the fast path. */
const encodeBytes = 48 * 1024;
/** Decoded in one turn of the event loop: a multiple of 4. */
const decodeChars = 4 * 1024 * 1024;

/** Characters of so many bytes as base64. */
export function base64Length(bytes: number): number {
  return Math.ceil(bytes / 3) * 4;
}

/** ASCII text, the bytes as base64, more ASCII text: one piece of an answer, without a string in between. */
export function encodePiece(head: string, bytes: Uint8Array, tail: string): Buffer {
  const piece = Buffer.allocUnsafeSlow(head.length + base64Length(bytes.length) + tail.length);
  let at = piece.write(head, 0, 'latin1');
  const source = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  for (let from = 0; from < source.length; from += encodeBytes) {
    at += piece.write(source.toString('base64', from, Math.min(from + encodeBytes, source.length)), at, 'latin1');
  }
  piece.write(tail, at, 'latin1');
  return piece;
}

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
