/** Text that is not standard base64, with the place of the first fault. */
export class Base64Error extends Error {
  override readonly name = 'Base64Error';
}

/** The part of Node's `Buffer` used here; absent in browsers, where the slower standard calls serve. */
interface NativeBase64 {
  from(bytes: ArrayBufferLike, offset: number, length: number): { toString(encoding: 'base64'): string };
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
