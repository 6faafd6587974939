/** Text that is not standard base64, with the place of the first fault. */
export class Base64Error extends Error {
  override readonly name = 'Base64Error';
}

interface NativeView {
  toString(encoding: 'base64' | 'latin1', start?: number, end?: number): string;
  indexOf(byte: number, from: number): number;
}

/** The part of Node's `Buffer` used here; absent in browsers, where the slower standard calls serve. */
interface NativeBase64 {
  allocUnsafe(length: number): Uint8Array & { write(text: string, at: number, encoding: 'latin1' | 'base64'): number };
  from(bytes: ArrayBufferLike, offset: number, length: number): NativeView;
  from(text: string, encoding: 'base64'): Uint8Array;
}
const native = (globalThis as { Buffer?: NativeBase64 }).Buffer;

/** Bytes as standard base64 with padding. */
export function encodeBase64(bytes: Uint8Array): string {
  if (native) return native.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('base64');
  let binary = '';
  for (let at = 0; at < bytes.length; at += 32_768) binary += String.fromCharCode(...bytes.subarray(at, at + 32_768));
  return btoa(binary);
}

/** Texts of ASCII characters, one behind the other, as bytes. */
export function joinAscii(...texts: readonly string[]): Uint8Array {
  if (!native) return new TextEncoder().encode(texts.join(''));
  const bytes = native.allocUnsafe(texts.reduce((length, text) => length + text.length, 0));
  let at = 0;
  for (const text of texts) at += bytes.write(text, at, 'latin1');
  return bytes;
}

/**
 * Bytes of standard base64: padding is required, white space and the URL-safe letters are not taken.
 * @throws Base64Error that names the first symbol that does not fit
 */
export function decodeBase64(text: string): Uint8Array {
  const padding = text.endsWith('==') ? 2 : text.endsWith('=') ? 1 : 0;
  if (text.length % 4 === 0 && !text.includes('-') && !text.includes('_') && isCanonicalEnd(text, padding)) {
    const bytes = native ? native.from(text, 'base64') : decodeSlowly(text);
    // Invalid symbols are skipped by the decoder, so that they show in the length.
    if (bytes.length === (text.length / 4) * 3 - padding) return bytes;
  }
  throw new Base64Error(findFault(text));
}

/** Characters that are decoded at a time: a multiple of 4, and short enough to live and die cheaply. */
const decodeChars = 48 * 1024;

/**
 * The same for text that is there as ASCII, without making a string of all of it; null when it is no standard base64, or
 * where that takes as long.
 */
export function decodeBase64Ascii(ascii: Uint8Array, start: number, end: number): Uint8Array | null {
  const chars = end - start;
  if (!native || chars % 4 !== 0 || chars === 0) return null;
  const view = native.from(ascii.buffer, ascii.byteOffset, ascii.byteLength);
  const lastChars = chars % decodeChars || decodeChars;
  const last = decodeOrNull(view.toString('latin1', end - lastChars, end));
  if (!last) return null;
  const bytes = native.allocUnsafe(((chars - lastChars) / 4) * 3 + last.length);
  let length = 0;
  for (let at = start; at < end - lastChars; at += decodeChars) {
    const text = view.toString('latin1', at, at + decodeChars);
    const written = bytes.write(text, length, 'base64');
    if (written !== (decodeChars / 4) * 3 || text.includes('-') || text.includes('_')) return null;
    length += written;
  }
  bytes.set(last, length);
  return bytes;
}

function decodeOrNull(text: string): Uint8Array | null {
  try {
    return decodeBase64(text);
  } catch {
    return null;
  }
}

/** Offset of the first such byte, or -1. */
export function findByte(bytes: Uint8Array, byte: number, from: number): number {
  return native ? native.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).indexOf(byte, from) : bytes.indexOf(byte, from);
}

/** Text of bytes that are ASCII. */
export function readAscii(bytes: Uint8Array, start = 0, end = bytes.length): string {
  if (native) return native.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('latin1', start, end);
  return new TextDecoder('latin1').decode(bytes.subarray(start, end));
}

function decodeSlowly(text: string): Uint8Array {
  if (!/^[A-Za-z0-9+/]*={0,2}$/.test(text)) throw new Base64Error(findFault(text));
  return Uint8Array.from(atob(text), (symbol) => symbol.charCodeAt(0));
}

/** The last symbol may not carry bits that belong to no byte. */
function isCanonicalEnd(text: string, padding: number): boolean {
  if (padding === 0) return true;
  const last = text[text.length - padding - 1] ?? '';
  return padding === 2 ? 'AQgw'.includes(last) : 'AEIMQUYcgkosw048'.includes(last);
}

function findFault(text: string): string {
  const body = text.replace(/={1,2}$/, '');
  const at = body.search(/[^A-Za-z0-9+/]/);
  if (at >= 0) return `Invalid symbol ${body.codePointAt(at)}, offset ${at}.`;
  if (text.length % 4 !== 0) return 'Invalid padding';
  return `Invalid last symbol ${body.charCodeAt(body.length - 1)}, offset ${body.length - 1}.`;
}

/** Pieces as one. */
export function joinBytes(pieces: readonly Uint8Array[]): Uint8Array {
  const bytes = new Uint8Array(pieces.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const piece of pieces) {
    bytes.set(piece, at);
    at += piece.length;
  }
  return bytes;
}
