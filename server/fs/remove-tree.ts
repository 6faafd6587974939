import { rmdir, unlink } from 'node:fs/promises';
import { RpcError } from '@exec-server/protocol';
import { kindOf, nameOf, type PackedEntry, readEntries } from './directory-entries.js';
import { hasCode } from './file-error.js';
import type { BytePath } from './file-path.js';
import type { OpenDirectory } from './open-directory.js';

/** Files removed together. */
const atOnce = 16;
/** A directory that somebody keeps filling is given up after so many attempts. */
const mostAttempts = 32;

/** A directory on the way down. */
interface Level {
  readonly name: BytePath;
  readonly identity: string;
  /** Directories in it that have still to go; null before it was read. */
  left: BytePath[] | null;
  attempts: number;
}

/**
 * Removes a directory with all it contains, however deep, with one directory open at a time, and never over a link. The way up is
 * checked: a directory that was moved meanwhile leads nowhere.
 * @throws RpcError `fileChanged`; the system's error
 */
export async function removeTree(top: OpenDirectory, topName: BytePath, signal: AbortSignal): Promise<void> {
  let here = await top.enter(topName);
  const levels: Level[] = [];
  try {
    levels.push(await toLevel(topName, here));
    for (let level = levels.at(-1); level; level = levels.at(-1)) {
      signal.throwIfAborted();
      level.left ??= await removeFiles(here, signal);
      const name = level.left.pop();
      const next = name === undefined ? await leave(here, levels, top) : await enter(here, name, levels);
      if (!next) continue;
      await here.close();
      here = next;
    }
  } finally {
    if (here !== top) await here.close();
  }
}

async function toLevel(name: BytePath, directory: OpenDirectory): Promise<Level> {
  return { name, identity: await directory.identify(), left: null, attempts: 0 };
}

/** Removes what is no directory; returns the names of those that are. */
async function removeFiles(here: OpenDirectory, signal: AbortSignal): Promise<BytePath[]> {
  const directories: BytePath[] = [];
  for await (const batch of readEntries(here.path)) {
    for (let from = 0; from < batch.length; from += atOnce) {
      signal.throwIfAborted();
      const found = await Promise.all(batch.slice(from, from + atOnce).map((entry) => removeFile(here, entry)));
      directories.push(...found.filter((name) => name !== null));
    }
  }
  return directories;
}

async function removeFile(here: OpenDirectory, entry: PackedEntry): Promise<BytePath | null> {
  const name = nameOf(entry);
  if (kindOf(entry) === 'directory') return name;
  try {
    await unlink(here.at(name));
  } catch (error) {
    if (!hasCode(error, 'ENOENT')) throw error;
  }
  return null;
}

/** Goes down; null when there is nothing to go to any more, or it is no directory: then it is looked at again. */
async function enter(here: OpenDirectory, name: BytePath, levels: Level[]): Promise<OpenDirectory | null> {
  let below: OpenDirectory;
  try {
    below = await here.enter(name);
  } catch (error) {
    if (hasCode(error, 'ENOENT', 'ENOTDIR')) return null;
    throw error;
  }
  try {
    levels.push(await toLevel(name, below));
    return below;
  } catch (error) {
    await below.close();
    throw error;
  }
}

/** Goes up and removes the directory it comes from; null when there is something in it again. */
async function leave(here: OpenDirectory, levels: Level[], top: OpenDirectory): Promise<OpenDirectory | null> {
  const level = levels.at(-1) as Level;
  const above = levels.at(-2);
  const up = above ? await here.above() : top;
  let isRemoved = false;
  try {
    if (above && (await up.identify()) !== above.identity)
      throw new RpcError('fileChanged', 'a directory was moved while it was being removed');
    await rmdir(up.at(level.name));
    isRemoved = true;
    levels.pop();
    return up;
  } catch (error) {
    if (!hasCode(error, 'ENOTEMPTY', 'EEXIST') || ++level.attempts === mostAttempts) throw error;
    level.left = null;
    return null;
  } finally {
    if (!isRemoved && up !== top) await up.close();
  }
}
