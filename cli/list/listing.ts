import type { ExecClient } from '@exec-server/client';
import { limits } from '@exec-server/protocol';

/** One line of a listing. */
export interface Listed {
  readonly name: string;
  readonly kind: 'file' | 'directory' | 'other';
  /** The name itself is a link; null when that was not looked at. */
  readonly isLink: boolean | null;
  /** Bytes; null when it was not looked at. */
  readonly size: number | null;
  /** Time of the last change, in milliseconds since the epoch; null when it was not looked at. */
  readonly modifiedAtMs: number | null;
  /** Why it could not be looked at. */
  readonly error: unknown;
}

/** What a file, or each file of a directory, is. Sorted by name, by code point. */
export interface ListingOptions {
  readonly hasHidden: boolean;
  /** Also looks at each entry. */
  readonly hasDetail: boolean;
}

/** The entries of a directory; null for something else. */
export async function listDirectory(client: ExecClient, url: URL, options: ListingOptions): Promise<readonly Listed[]> {
  const entries = await client.fs.readdir(url, { withFileTypes: true });
  const listed = entries
    .filter(({ name }) => options.hasHidden || !name.startsWith('.'))
    .map((entry) => ({ name: entry.name, kind: kindOf(entry), isLink: null, size: null, modifiedAtMs: null, error: null }))
    .toSorted((a, b) => compare(a.name, b.name));
  if (!options.hasDetail) return listed;
  const detailed: Listed[] = [];
  for (let at = 0; at < listed.length; at += limits.looksInFlight) {
    const part = listed.slice(at, at + limits.looksInFlight);
    detailed.push(...(await Promise.all(part.map((entry) => look(client, url, entry)))));
  }
  return detailed;
}

/** What is at a path. */
export async function listOne(client: ExecClient, url: URL, name: string): Promise<Listed> {
  const stats = await client.fs.stat(url);
  return { name, kind: kindOf(stats), isLink: stats.isSymlink, size: stats.size, modifiedAtMs: stats.mtimeMs, error: null };
}

async function look(client: ExecClient, directory: URL, entry: Listed): Promise<Listed> {
  try {
    return await listOne(client, new URL(`${directory.href.replace(/\/$/, '')}/${encodeURIComponent(entry.name)}`), entry.name);
  } catch (error) {
    if (client.state === 'closed') throw error;
    return { ...entry, error };
  }
}

function kindOf(entry: { isFile(): boolean; isDirectory(): boolean }): Listed['kind'] {
  return entry.isFile() ? 'file' : entry.isDirectory() ? 'directory' : 'other';
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
