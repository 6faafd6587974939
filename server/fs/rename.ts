import { link, lstat, mkdir, open, rename as renameFile, rmdir, unlink } from 'node:fs/promises';
import { hasCode } from './file-error.js';
import { type BytePath, toSystem } from './file-path.js';

/**
 * Gives something another path, in one step. Without `overwrite` nothing that is at the new path gives way, also not what
 * somebody puts there at the same time: the new name is taken first, in a step that fails when it is taken.
 * @throws the system's error, such as `File exists`, or `Invalid cross-device link` from one file system to another
 */
export async function rename(from: BytePath, to: BytePath, overwrite: boolean): Promise<void> {
  const [source, target] = [toSystem(from), toSystem(to)];
  if (overwrite) await renameFile(source, target);
  else if ((await lstat(source)).isDirectory()) await takeAndRename(source, target, () => mkdir(target), rmdir);
  else await renameByLink(source, target);
}

/** For a moment the file has both names. */
async function renameByLink(source: string | Buffer, target: string | Buffer): Promise<void> {
  try {
    await link(source, target);
  } catch (error) {
    if (!hasCode(error, 'EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'EMLINK', 'ENOSYS')) throw error;
    // A file system without links, or a file that may have none: for a moment there is an empty one.
    await takeAndRename(source, target, async () => (await open(target, 'wx')).close(), unlink);
    return;
  }
  await unlink(source);
}

async function takeAndRename(
  source: string | Buffer,
  target: string | Buffer,
  take: () => Promise<void>,
  give: (target: string | Buffer) => Promise<void>,
): Promise<void> {
  await take();
  try {
    await renameFile(source, target);
  } catch (error) {
    await give(target).catch(() => undefined); // somebody has made something of it
    throw error;
  }
}
