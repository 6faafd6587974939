import { constants, type Stats } from 'node:fs';
import { type FileHandle, lstat, open, stat } from 'node:fs/promises';
import { RpcError } from '@exec-server/protocol';
import { hasCode, notAFile, osError } from './file-error.js';
import { type BytePath, toSystem } from './file-path.js';
import { withoutLinks } from './without-links.js';

const { O_CREAT, O_NOFOLLOW = 0, O_NONBLOCK = 0, O_RDONLY, O_WRONLY } = constants;

/** A file that is open, and what it was when it was opened. The caller closes it. */
export interface OpenedFile {
  readonly handle: FileHandle;
  readonly stats: Stats;
}

/**
 * Opens a regular file, and nothing else: opening a pipe could wait for ever, and opening a device do anything. What is there
 * is looked at before, and after, so that nothing can take its place in between.
 * @throws RpcError `notAFile`; the system's error
 */
export function openToRead(path: BytePath, followSymlinks = true): Promise<OpenedFile> {
  if (followSymlinks) return openRegular(toSystem(path), O_RDONLY, () => notAFile(path));
  return withoutLinks(path, (place) => openRegular(place, O_RDONLY | O_NOFOLLOW, notRegular));
}

/**
 * Opens a regular file to replace its content, or makes one (mode 0666, as the mask of the server allows). It is empty then.
 * @throws RpcError `notAFile`; the system's error
 */
export async function openToReplace(path: BytePath, followSymlinks = true): Promise<OpenedFile> {
  const opened = followSymlinks
    ? await openRegular(toSystem(path), O_WRONLY | O_CREAT, () => notAFile(path))
    : await withoutLinks(path, (place) => openRegular(place, O_WRONLY | O_CREAT | O_NOFOLLOW, notRegular));
  try {
    if (opened.stats.size > 0) await opened.handle.truncate();
  } catch (error) {
    await opened.handle.close();
    throw error;
  }
  return opened;
}

/**
 * Opens a regular file that is there for writing, and leaves its content: a client goes on where it was before the line broke.
 * @throws RpcError `notAFile`; the system's error
 */
export function openToUpdate(path: BytePath): Promise<OpenedFile> {
  return openRegular(toSystem(path), O_WRONLY, () => notAFile(path));
}

async function openRegular(place: string | Buffer, flags: number, refuse: () => RpcError): Promise<OpenedFile> {
  const isWritten = (flags & O_WRONLY) !== 0;
  await lookFirst(place, flags, refuse);
  const handle = await open(place, flags | O_NONBLOCK, 0o666);
  try {
    const stats = await handle.stat();
    check(stats, isWritten, refuse);
    return { handle, stats };
  } catch (error) {
    await handle.close();
    throw error;
  }
}

async function lookFirst(place: string | Buffer, flags: number, refuse: () => RpcError): Promise<void> {
  const isWritten = (flags & O_WRONLY) !== 0;
  try {
    const stats = await ((flags & O_NOFOLLOW) === 0 ? stat(place) : lstat(place));
    if (!stats.isSymbolicLink()) check(stats, isWritten, refuse); // opening refuses a link in the words of the system
  } catch (error) {
    // What is missing can be made, also at the end of a link.
    if (!isWritten || !hasCode(error, 'ENOENT')) throw error;
  }
}

function check(stats: Stats, isWritten: boolean, refuse: () => RpcError): void {
  if (stats.isFile()) return;
  throw isWritten && stats.isDirectory() ? osError('EISDIR') : refuse();
}

function notRegular(): RpcError {
  return new RpcError('notAFile', 'path is not a regular file');
}
