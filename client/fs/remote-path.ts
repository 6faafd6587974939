import { type EnvironmentInfoResult, fromNativePath, parsePathUri, type Platform, toNativePath } from '@exec-server/protocol';

/**
 * A path on the server. Text is a native path there, as in `node:fs`: absolute, or relative to the server's working
 * directory. A `URL` is a `file:` URI, and the only way to name what is no UTF-8 (`%FF`).
 * `..` is resolved in the text, as URIs have it: `link/..` is where `link` stands, not above what it leads to.
 */
export type FsPath = string | URL;

/** Not usable as a path; `code` as in Node. */
export class InvalidPathError extends TypeError {
  override readonly name = 'InvalidPathError';
  readonly code = 'ERR_INVALID_ARG_VALUE';
}

type Environment = Pick<EnvironmentInfoResult, 'cwd' | 'platformOs'> | null;

function platformOf(environment: Environment): Platform {
  return environment?.platformOs === 'windows' ? 'win32' : 'posix';
}

/** @throws InvalidPathError for text that names nothing, or nothing that can be named on the wire */
export function toUri(path: FsPath, environment: Environment): string {
  if (typeof path !== 'string') return uriOf(path);
  if (path.includes('\0')) throw new InvalidPathError('the path contains a null byte');
  if (/\p{Surrogate}/u.test(path)) throw new InvalidPathError('the path contains half a character (a lone surrogate)');
  const platform = platformOf(environment);
  return fromNativePath(isAbsolute(path, platform) ? path : join(cwdOf(environment, path), path, platform), platform);
}

/** The native path of a file URI; null when its bytes are no UTF-8, or it is of another platform. */
export function toPath(uri: string, environment: Environment): string | null {
  return toNativePath(parsePathUri(uri), platformOf(environment));
}

/** What to call it in messages: the native path, or the URI when there is none. */
export function nameOf(path: FsPath, environment: Environment): string {
  if (typeof path === 'string') return path;
  return path.protocol === 'file:' ? (toNativePath(path, platformOf(environment)) ?? path.href) : path.href;
}

function uriOf(url: URL): string {
  try {
    return parsePathUri(url.href).href;
  } catch (error) {
    throw new InvalidPathError((error as Error).message);
  }
}

function isAbsolute(path: string, platform: Platform): boolean {
  if (platform === 'posix') return path.startsWith('/');
  if (/^[\\/]/.test(path)) throw new InvalidPathError(`${path} names no drive`);
  return /^[A-Za-z]:[\\/]/.test(path);
}

function cwdOf(environment: Environment, path: string): string {
  const cwd = environment?.cwd === undefined || environment.cwd === null ? null : toPath(environment.cwd, environment);
  if (cwd === null) throw new InvalidPathError(`${path} is relative, and the server does not tell its working directory`);
  return cwd;
}

function join(base: string, path: string, platform: Platform): string {
  const separator = platform === 'posix' ? '/' : '\\';
  return base.endsWith(separator) ? base + path : `${base}${separator}${path}`;
}
