import { lstat } from 'node:fs/promises';
import { RpcError } from '@exec-server/protocol';
import { copyFile } from './copy-file.js';
import { copyLink, copyTree } from './copy-tree.js';
import { hasCode } from './file-error.js';
import { type BytePath, join, split, toSystem } from './file-path.js';
import { canonicalize } from './metadata.js';

export interface CopyOptions {
  readonly recursive: boolean;
  /** Ends a long copy early; what is there by then stays. */
  readonly signal: AbortSignal;
}

/**
 * Copies a file over another, a link as a link, a directory into another. A file that is the same already stays as it is.
 * @throws RpcError `fileRefused`, `fileChanged`; the system's error
 */
export async function copy(from: BytePath, to: BytePath, { recursive, signal }: CopyOptions): Promise<void> {
  const stats = await lstat(toSystem(from));
  if (stats.isSymbolicLink()) {
    await copyLink({ from, to });
  } else if (stats.isFile()) {
    await copyFile(from, to, signal);
  } else if (!stats.isDirectory()) {
    throw new RpcError('fileRefused', 'fs/copy only supports regular files, directories, and symlinks');
  } else {
    if (!recursive) throw new RpcError('fileRefused', 'fs/copy requires recursive: true when sourcePath is a directory');
    await refuseWithin(from, to);
    await copyTree(from, to, signal);
  }
}

async function refuseWithin(from: BytePath, to: BytePath): Promise<void> {
  const source = await canonicalize(from);
  const target = await canonicalizeMissing(to);
  if (target === source || target.startsWith(join(source, '')))
    throw new RpcError('fileRefused', 'fs/copy cannot copy a directory to itself or one of its descendants');
}

/** The real path of something that need not be there. */
async function canonicalizeMissing(path: BytePath): Promise<BytePath> {
  try {
    return await canonicalize(path);
  } catch (error) {
    const place = split(path);
    if (!hasCode(error, 'ENOENT') || !place) throw error;
    return join(await canonicalizeMissing(place.directory), place.name);
  }
}
