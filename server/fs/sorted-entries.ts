import { lstat, stat } from 'node:fs/promises';
import { kindOf, nameOf, type PackedEntry, packEntry, readEntries } from './directory-entries.js';
import { hasCode, osError } from './file-error.js';
import { type BytePath, join, toSystem } from './file-path.js';
import type { Pace } from './pace.js';

/** Names of one directory in memory; the last ones, in order, give way: more than half of this is never listed. */
const mostEntries = 100_000;
/** Links looked at together. */
const linksAtOnce = 16;

/** The files and directories in a directory, sorted by the bytes of their names. */
export interface SortedEntries {
  /** Tells the directory from all others; null when it could not be read. */
  readonly identity: string | null;
  readonly entries: readonly PackedEntry[];
  /** There was more than is kept in memory. */
  readonly isCut: boolean;
  /** What could not be read, by name; null for the directory itself. */
  readonly faults: readonly { readonly name: BytePath | null; readonly error: unknown }[];
}

/**
 * Never rejects for an error of the system.
 * @param followLinks whether links to directories count as directories; links are left out otherwise
 */
export async function sortEntries(path: BytePath, followLinks: boolean, pace: Pace): Promise<SortedEntries> {
  try {
    const stats = await (followLinks ? stat : lstat)(toSystem(path));
    // It was one when it was listed.
    if (!stats.isDirectory()) throw osError('ENOTDIR');
    const identity = `${stats.dev}:${stats.ino}`;
    const found: PackedEntry[] = [];
    let isCut = false;
    for await (const batch of readEntries(path, stats)) {
      for (const entry of batch) if (isWanted(entry, followLinks)) found.push(entry);
      if (pace.isDue) await pace.rest();
      if (found.length < mostEntries) continue;
      found.sort();
      found.length = mostEntries / 2;
      isCut = true;
    }
    found.sort();
    return followLinks ? { identity, isCut, ...(await resolveLinks(path, found)) } : { identity, entries: found, isCut, faults: [] };
  } catch (error) {
    return { identity: null, entries: [], isCut: false, faults: [{ name: null, error }] };
  }
}

function isWanted(entry: PackedEntry, followLinks: boolean): boolean {
  const kind = kindOf(entry);
  return kind === 'file' || kind === 'directory' || (followLinks && kind === 'link');
}

/** Links to directories become directories, others are left out. */
async function resolveLinks(path: BytePath, found: readonly PackedEntry[]): Promise<Pick<SortedEntries, 'entries' | 'faults'>> {
  const isDirectory = new Map<PackedEntry, boolean>();
  const faults: { name: BytePath; error: unknown }[] = [];
  const links = found.filter((entry) => kindOf(entry) === 'link');
  for (let from = 0; from < links.length; from += linksAtOnce) {
    await Promise.all(
      links.slice(from, from + linksAtOnce).map(async (link) => {
        try {
          isDirectory.set(link, (await stat(toSystem(join(path, nameOf(link))))).isDirectory());
        } catch (error) {
          if (!hasCode(error, 'ENOENT', 'ELOOP')) faults.push({ name: nameOf(link), error });
        }
      }),
    );
  }
  faults.sort((a, b) => (a.name < b.name ? -1 : 1));
  const entries = found.flatMap((entry) => {
    if (kindOf(entry) !== 'link') return [entry];
    return isDirectory.get(entry) ? [packEntry(nameOf(entry), 'directory')] : [];
  });
  return { entries, faults };
}
