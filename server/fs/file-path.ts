import { RpcError } from '@exec-server/protocol';

/**
 * An absolute path, one character for each byte of what the system calls it: names need not be UTF-8. The order of such
 * text is the order of the bytes.
 */
export type BytePath = string;

const isWindows = process.platform === 'win32';

/**
 * The path a `file:` URI names here. Escapes are bytes, also that of a separator; a separator at the end means nothing (base).
 * @throws RpcError `invalidParams` for NUL, `notLocal` for another host or a path of another kind of system
 */
export function fromUri(uri: URL): BytePath {
  const path = uri.pathname.replace(/%([0-9a-f]{2})/gi, (_, digits: string) => String.fromCharCode(Number.parseInt(digits, 16)));
  const refusal = `'${uri.href}' is invalid on '${process.platform}'`;
  if (path.includes('\0')) throw new RpcError('invalidParams', refusal);
  const hasDrive = /^\/[A-Za-z]:(?:\/|$)/.test(path);
  if (uri.host !== '' || hasDrive !== isWindows) throw new RpcError('notLocal', refusal);
  if (isWindows) return path.slice(1).replaceAll('/', '\\');
  return path.length > 1 ? path.replace(/\/+$/, '') || '/' : path;
}

/** What the calls of the system take. */
export function toSystem(path: BytePath): string | Buffer {
  return isAscii(path) ? path : Buffer.from(path, 'latin1');
}

export function toUri(path: BytePath): string {
  if (isWindows) return `file:///${escapePath(path.replaceAll('\\', '/'))}`;
  return `file://${escapePath(path).replace(/^(\/[A-Za-z])\|/, '$1%7C')}`; // a drive otherwise
}

/** The part of a URI that names this path, or this part of a path. */
export function escapePath(path: BytePath): string {
  // oxlint-disable-next-line no-control-regex -- bytes
  return path.replace(/[\0-\x20"#%<>?\\`{}\x7f-\xff]/g, (byte) => `%${byte.charCodeAt(0).toString(16).toUpperCase().padStart(2, '0')}`);
}

/** The path, or name, for people: bytes that are no UTF-8 become U+FFFD. */
export function toText(path: BytePath): string {
  return isAscii(path) ? path : Buffer.from(path, 'latin1').toString('utf8');
}

export function join(directory: BytePath, name: BytePath): BytePath {
  return directory.endsWith(separator) ? directory + name : directory + separator + name;
}

/** The directory something is in, and its name there; null for a root. */
export function split(path: BytePath): { readonly directory: BytePath; readonly name: BytePath } | null {
  const at = path.lastIndexOf(separator);
  if (at < 0 || at === path.length - 1) return null;
  return { directory: path.slice(0, Math.max(at, 1)), name: path.slice(at + 1) };
}

const separator = isWindows ? '\\' : '/';

function isAscii(text: string): boolean {
  // oxlint-disable-next-line no-control-regex -- bytes
  return /^[\0-\x7f]*$/.test(text);
}
