import { constants, type Stats } from 'node:fs';
import { type FileHandle, lstat, open, stat } from 'node:fs/promises';
import { RpcError } from '@exec-server/protocol';
import { hasCode, notAFile, osError } from './file-error.js';
import { type BytePath, toSystem } from './file-path.js';
import { inDirectory } from './open-directory.js';

/** Not all of them exist everywhere; those that do not add nothing. */
const { O_CREAT, O_NOFOLLOW, O_NONBLOCK, O_RDONLY, O_WRONLY } = constants;

/** A file that is open, and what it was when it was opened. The caller closes it. */
export interface OpenedFile {
  readonly handle: FileHandle;
  readonly stats: Stats;
}

/** Where a path may lead over symbolic links: also at its end, before that, not at all. */
export type Links = 'anywhere' | 'onTheWay' | 'nowhere';

/**
 * Opens a regular file, and nothing else: opening a pipe could wait for ever, and opening a device do anything. What is there
 * is looked at before, and after, so that nothing can take its place in between.
 * @throws RpcError `notAFile`; the system's error
 */
export function openToRead(path: BytePath, links: Links = 'anywhere'): Promise<OpenedFile> {
  return openAt(path, links, { flags: O_RDONLY });
}

/**
 * Opens a regular file to write, or makes one. What it contains is still there.
 * @param mode of a new file, before the mask of the server
 * @throws RpcError `notAFile`; the system's error, such as `Is a directory`
 */
export function openToWrite(path: BytePath, links: Links = 'anywhere', mode = 0o666): Promise<OpenedFile> {
  return openAt(path, links, { flags: O_WRONLY | O_CREAT, mode });
}

/** The same, and empties it. */
export async function openToReplace(path: BytePath, links: Links = 'anywhere'): Promise<OpenedFile> {
  const opened = await openToWrite(path, links);
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
  return openAt(path, 'anywhere', { flags: O_WRONLY });
}

interface HowToOpen {
  readonly flags: number;
  readonly mode?: number | undefined;
}

function openAt(path: BytePath, links: Links, { flags, mode }: HowToOpen): Promise<OpenedFile> {
  if (links === 'anywhere') return openRegular(toSystem(path), { flags, mode }, () => notAFile(path));
  const how = { flags: flags | O_NOFOLLOW, mode };
  if (links === 'onTheWay') return openRegular(toSystem(path), how, () => notAFile(path));
  return inDirectory(path, false, (directory, name) => openRegular(directory.at(name), how, notRegular));
}

/** @param refuse what is said of something that is no regular file */
async function openRegular(place: string | Buffer, { flags, mode }: HowToOpen, refuse: () => RpcError): Promise<OpenedFile> {
  await lookFirst(place, flags, refuse);
  const handle = await open(place, flags | O_NONBLOCK, mode);
  try {
    const stats = await handle.stat();
    check(stats, (flags & O_WRONLY) !== 0, refuse);
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
