import { RpcError, type RpcErrorName } from '@exec-server/protocol';
import { describeOsError, readOsError } from '../os-error.js';
import { type BytePath, toText } from './file-path.js';

/** How the base sorts what the system says; everything else is `fileFailed`. */
const reasons: Readonly<Record<string, RpcErrorName>> = { ENOENT: 'fileNotFound', EINVAL: 'fileRefused' };

/** An error of the system as the answer to a request; `code` among its details is its name, such as `EACCES`. Others stay as they are. */
export function toFileError(error: unknown): unknown {
  const code = readOsError(error);
  return code === null ? error : osError(code);
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

export function notAFile(path: BytePath): RpcError {
  return new RpcError('notAFile', `path \`${toText(path)}\` is not a file`);
}
