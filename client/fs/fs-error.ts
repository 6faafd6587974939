import { RpcError } from '@exec-server/protocol';
import { findOsCode } from './os-codes.js';

/** What a request was for: goes into its error. */
export interface FsAction {
  /** Name of the call, such as `open`; lower case, as `node:fs` has it. */
  readonly syscall: string;
  /** As the caller named it; a file URI where its bytes are no text. */
  readonly path: string;
  /** The second path, of calls that have two. */
  readonly dest?: string | undefined;
}

/**
 * The file system said no. `code` is the system's name of the error (`ENOENT`, `EEXIST`, `EISDIR`, …), `EUNKNOWN` for
 * numbers without one; `cause` is the `RpcError`.
 */
export class FsError extends Error {
  override readonly name: string = 'FsError';
  readonly code: string;
  /** The number of the error on the server's system, negative as in Node; undefined when it does not tell. */
  readonly errno: number | undefined;
  readonly syscall: string;
  readonly path: string;
  readonly dest: string | undefined;

  constructor(
    code: string,
    words: string,
    { syscall, path, dest }: FsAction,
    options?: ErrorOptions & { readonly errno?: number | undefined },
  ) {
    super(`${code}: ${words}, ${syscall} '${path}'${dest === undefined ? '' : ` -> '${dest}'`}`, options);
    this.code = code;
    this.errno = options?.errno;
    this.syscall = syscall;
    this.path = path;
    this.dest = dest;
  }
}

/** The file is not the one any more that was being read when the line broke: what comes behind would not belong to what came before. */
export class FileChangedError extends FsError {
  override readonly name = 'FileChangedError';

  constructor(action: FsAction) {
    super('ESTALE', 'the file was changed while the line was broken', action);
  }
}

/** An answer of the server as an error of the file system; other errors stay what they are. */
export function toFsError(error: unknown, action: FsAction, platformOs: string | null | undefined): unknown {
  if (!(error instanceof RpcError)) return error;
  const found = findOsCode(error, platformOs);
  if (!found) return error;
  const words = error.message.replace(/ \(os error \d+\)$/, '');
  return new FsError(found.code, words, action, { cause: error, errno: found.errno });
}
