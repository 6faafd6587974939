import { chmod, mkdir, readlink, stat, symlink } from 'node:fs/promises';
import { copyFile } from './copy-file.js';
import { createDirectory } from './create-directory.js';
import { kindOf, nameOf, type PackedEntry, readEntries } from './directory-entries.js';
import { aboutPath, hasCode } from './file-error.js';
import { type BytePath, join, split, toSystem } from './file-path.js';

/** Files copied together. */
const atOnce = 4;
const permissions = 0o777;
/** What the owner needs to fill a directory. */
const ownersBits = 0o700;

interface Pair {
  readonly from: BytePath;
  readonly to: BytePath;
}

/**
 * Copies what is in a directory into another, which is made with all that is missing above it. What is there already stays, unless a file
 * takes its place. Pipes, devices and sockets are left out. In memory are the directories that wait, and a part of one.
 * @throws RpcError with the path in its details; what is copied by then stays
 */
export async function copyTree(from: BytePath, to: BytePath, signal: AbortSignal): Promise<void> {
  const above = split(to)?.directory;
  if (above !== undefined) await createDirectory(above, { recursive: true, followSymlinks: true });
  const waiting: Pair[] = [{ from, to }];
  /** Directories that may not be written to, once they are full. */
  const narrow: { readonly path: BytePath; readonly mode: number }[] = [];
  for (let pair = waiting.pop(); pair; pair = waiting.pop()) {
    const mode = await makeDirectory(pair);
    if (mode !== null && (mode & ownersBits) !== ownersBits) narrow.push({ path: pair.to, mode });
    await copyEntries(pair, waiting, signal);
  }
  for (const { path, mode } of narrow) await chmod(toSystem(path), mode);
}

/** @throws the system's error `File exists` when anything is there */
export async function copyLink({ from, to }: Pair): Promise<void> {
  await symlink(await readlink(toSystem(from), { encoding: 'buffer' }), toSystem(to));
}

/** Returns the mode a new directory is to have in the end; null for one that was there. */
async function makeDirectory({ from, to }: Pair): Promise<number | null> {
  const { mode } = await stat(toSystem(from));
  try {
    await mkdir(toSystem(to), (mode & permissions) | ownersBits);
    return mode & permissions & (await stat(toSystem(to))).mode;
  } catch (error) {
    if (!hasCode(error, 'EEXIST') || !(await stat(toSystem(to))).isDirectory()) throw aboutPath(error, to);
    return null;
  }
}

async function copyEntries(pair: Pair, waiting: Pair[], signal: AbortSignal): Promise<void> {
  for await (const batch of readEntries(pair.from)) {
    for (let at = 0; at < batch.length; at += atOnce) {
      signal.throwIfAborted();
      await Promise.all(batch.slice(at, at + atOnce).map((entry) => copyEntry(pair, entry, waiting, signal)));
    }
  }
}

async function copyEntry({ from, to }: Pair, entry: PackedEntry, waiting: Pair[], signal: AbortSignal): Promise<void> {
  const name = nameOf(entry);
  const pair = { from: join(from, name), to: join(to, name) };
  const kind = kindOf(entry);
  try {
    if (kind === 'directory') waiting.push(pair);
    else if (kind === 'link') await copyLink(pair);
    else if (kind === 'file') await copyFile(pair.from, pair.to, signal);
  } catch (error) {
    throw aboutPath(error, pair.from);
  }
}
