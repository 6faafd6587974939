export type Platform = 'posix' | 'win32';

/** Text that is no usable `file:` URI. */
export class PathUriError extends Error {
  override readonly name = 'PathUriError';
}

/**
 * Reads a `file:` URI by the WHATWG rules.
 * Whether it names a path of this machine is another question: see {@link toNativePath}.
 * @throws PathUriError without a scheme, with another scheme, a query or a fragment
 */
export function parsePathUri(text: string): URL {
  let uri: URL;
  try {
    uri = new URL(text);
  } catch {
    throw new PathUriError('invalid URI: relative URL without a base');
  }
  if (uri.protocol !== 'file:') throw new PathUriError(`unsupported path URI scheme \`${uri.protocol.slice(0, -1)}\``);
  if (uri.search !== '' || uri.href.includes('?')) throw new PathUriError('query parameters are not allowed in path URIs');
  if (uri.hash !== '' || uri.href.includes('#')) throw new PathUriError('fragments are not allowed in path URIs');
  return uri;
}

/** The path on this platform, or null when the URI names another host, a path of another platform, NUL, or bytes that are no UTF-8. */
export function toNativePath(uri: URL, platform: Platform): string | null {
  let path: string;
  try {
    path = decodeURIComponent(uri.pathname);
  } catch {
    return null;
  }
  if (uri.host !== '' || path.includes('\0')) return null;
  const hasDrive = /^\/[A-Za-z]:(?:\/|$)/.test(path);
  if (platform === 'posix') return hasDrive ? null : path;
  return hasDrive ? path.slice(1).replaceAll('/', '\\') : null;
}

/** The `file:` URI of an absolute native path. */
export function fromNativePath(path: string, platform: Platform): string {
  const slashed = platform === 'win32' ? `/${path.replaceAll('\\', '/')}` : path;
  const uri = new URL('file:///');
  uri.pathname = slashed
    .replaceAll('%', '%25')
    .replaceAll('\\', '%5C')
    .replace(/[\n\r\t|]/g, encodeURIComponent); // `|` behind a letter would become a drive
  return uri.href;
}
