import type { Dirent, Stats } from 'node:fs';
import { opendir, readdir, stat } from 'node:fs/promises';
import { type BytePath, toSystem } from './file-path.js';

/** A larger directory is read in batches: what is in it becomes strings in one turn of the event loop otherwise. */
const smallDirectoryBytes = 32 * 1024;
const batchEntries = 1024;

export type EntryKind = 'file' | 'directory' | 'link' | 'other';

/** Name and kind as one text, the kind last and after a NUL, so that such texts sort like the bytes of the names. */
export type PackedEntry = string;

const kinds: Readonly<Record<string, EntryKind>> = { f: 'file', d: 'directory', l: 'link', o: 'other' };

export function packEntry(name: BytePath, kind: EntryKind): PackedEntry {
  return `${name}\0${kind.charAt(0)}`;
}

export function nameOf(entry: PackedEntry): BytePath {
  return entry.slice(0, -2);
}

export function kindOf(entry: PackedEntry): EntryKind {
  return kinds[entry.charAt(entry.length - 1)] ?? 'other';
}

/**
 * What is in a directory, in no order, in one batch or in several.
 * @param known what is known of the directory
 */
export async function* readEntries(path: BytePath, known?: Pick<Stats, 'size'>): AsyncGenerator<PackedEntry[]> {
  const { size } = known ?? (await stat(toSystem(path)));
  if (size <= smallDirectoryBytes) {
    const entries = await readdir(toSystem(path), { withFileTypes: true, encoding: 'latin1' });
    yield entries.map(pack);
    return;
  }
  let batch: PackedEntry[] = [];
  for await (const entry of await opendir(toSystem(path), { encoding: 'latin1', bufferSize: batchEntries })) {
    if (batch.push(pack(entry)) < batchEntries) continue;
    yield batch;
    batch = [];
  }
  yield batch;
}

function pack(entry: Dirent): PackedEntry {
  return packEntry(entry.name, kindOfDirent(entry));
}

function kindOfDirent(entry: Dirent): EntryKind {
  if (entry.isFile()) return 'file';
  if (entry.isDirectory()) return 'directory';
  return entry.isSymbolicLink() ? 'link' : 'other';
}
