/** A name as it stands in a file URI, byte for byte. */
export function toSegment(name: Uint8Array): string {
  return Array.from(name, (byte) => {
    const character = String.fromCharCode(byte);
    return /[\w.~-]/.test(character) ? character : `%${byte.toString(16).toUpperCase().padStart(2, '0')}`;
  }).join('');
}

/** The bytes of a name in a file URI. */
export function fromSegment(segment: string): Buffer {
  const latin1 = segment.replace(/%([\dA-Fa-f]{2})/g, (_, hex: string) => String.fromCharCode(parseInt(hex, 16)));
  return Buffer.from(latin1, 'latin1');
}

/** Characters below it are control characters. */
const firstPrintable = 0x20;

/**
 * Whether a name of the other side is one: a directory there must not be able to lead out of the directory here.
 * @param platform of the side where the name is used
 */
export function isName(name: Uint8Array, platform: NodeJS.Platform): boolean {
  const text = Buffer.from(name).toString('latin1');
  if (text === '' || text === '.' || text === '..') return false;
  if (platform !== 'win32') return !/[/\0]/.test(text);
  return !/[/\\:*?"<>|]/.test(text) && name.every((byte) => byte >= firstPrintable);
}
