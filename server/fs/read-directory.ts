import type { Dirent } from 'node:fs';
import { opendir, stat } from 'node:fs/promises';
import type { FsReadDirectoryResult } from '@exec-server/protocol';
import { hasCode } from './file-error.js';
import { type BytePath, join, toSystem, toText } from './file-path.js';

/** Entries the system is asked for at a time. */
const batchEntries = 256;

/** What is in a directory. Links count as what they lead to; those that lead nowhere are left out. */
export async function readDirectory(path: BytePath): Promise<FsReadDirectoryResult> {
  const entries: FsReadDirectoryResult['entries'][number][] = [];
  for await (const entry of await opendir(toSystem(path), { encoding: 'latin1', bufferSize: batchEntries })) {
    const kind = await classify(path, entry);
    if (kind) entries.push({ fileName: toText(entry.name), isDirectory: kind.isDirectory(), isFile: kind.isFile() });
  }
  return { entries };
}

async function classify(directory: BytePath, entry: Dirent): Promise<Pick<Dirent, 'isDirectory' | 'isFile'> | null> {
  if (!entry.isSymbolicLink()) return entry;
  try {
    return await stat(toSystem(join(directory, entry.name)));
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return null;
    throw error;
  }
}
