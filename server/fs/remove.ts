import { lstat, rmdir, unlink } from 'node:fs/promises';
import { RpcError } from '@exec-server/protocol';
import { hasCode, osError } from './file-error.js';
import { type BytePath, split } from './file-path.js';
import { inDirectory, type OpenDirectory } from './open-directory.js';
import { removeTree } from './remove-tree.js';

export interface RemoveOptions {
  /** A directory goes with all it contains. */
  readonly recursive: boolean;
  /** Nothing there is fine. */
  readonly force: boolean;
  readonly followSymlinks: boolean;
  /** Ends a long removal early. */
  readonly signal: AbortSignal;
}

/**
 * Removes a file, a link itself, or a directory. What is not there any more when its turn comes is fine.
 * @throws RpcError `symbolicLink`, `fileFailed`; the system's error
 */
export async function remove(path: BytePath, options: RemoveOptions): Promise<void> {
  if (split(path) === null) throw osError('EBUSY'); // before anything is removed from it
  try {
    await inDirectory(path, options.followSymlinks, (directory, name) => removeFrom(directory, name, options));
  } catch (error) {
    if (!options.force || !hasCode(error, 'ENOENT')) throw error;
  }
}

async function removeFrom(directory: OpenDirectory, name: BytePath, { recursive, followSymlinks, signal }: RemoveOptions): Promise<void> {
  const stats = await lstat(directory.at(name));
  if (stats.isSymbolicLink() && !followSymlinks) throw new RpcError('symbolicLink', 'path contains a symbolic link');
  if (!stats.isDirectory()) await unlink(directory.at(name));
  else if (recursive) await removeTree(directory, name, signal);
  else await rmdir(directory.at(name));
}
