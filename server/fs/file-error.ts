import { RpcError, type RpcErrorName } from '@exec-server/protocol';
import { describeOsError, readOsError } from '../os-error.js';
import { type BytePath, toText, toUri } from './file-path.js';

/** How the base sorts what the system says; everything else is `fileFailed`. */
const reasons: Readonly<Record<string, RpcErrorName>> = {
  ENOENT: 'fileNotFound',
  EACCES: 'permissionDenied',
  EPERM: 'permissionDenied',
  EINVAL: 'fileRefused',
};

/** An error of the system as the answer to a request; `code` among its details is its name, such as `EACCES`. Others stay as they are. */
export function toFileError(error: unknown): unknown {
  const code = readOsError(error);
  return code === null ? error : osError(code);
}

/** The same for one of many files; its URI is `path` among the details. */
export function aboutPath(error: unknown, path: BytePath): unknown {
  const known = toFileError(error);
  if (!(known instanceof RpcError) || known.detail['path'] !== undefined) return known;
  return new RpcError({ code: known.code, message: known.message, data: { reason: known.reason, ...known.detail, path: toUri(path) } });
}

/** The answer to a request that the system refused with this code, or would have. */
export function osError(code: string): RpcError {
  return new RpcError(reasons[code] ?? 'fileFailed', describeOsError(code), { code });
}

/** Is this an error of the system with one of these codes? */
export function hasCode(error: unknown, ...codes: readonly string[]): boolean {
  const code = error instanceof RpcError ? error.detail['code'] : readOsError(error);
  return typeof code === 'string' && codes.includes(code);
}

/** What went wrong with one of many files, in words. */
export function describeFault(error: unknown): string {
  const known = toFileError(error);
  if (known instanceof RpcError) return known.message;
  throw known;
}

export function notAFile(path: BytePath): RpcError {
  return new RpcError('notAFile', `path \`${toText(path)}\` is not a file`);
}
