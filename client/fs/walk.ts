import { type FsReadDirectoryResult, type FsWalkResult, type Requests, RpcError } from '@exec-server/protocol';

export interface WalkOptions {
  /** Levels of directories entered below the root; all by default. */
  readonly maxDepth?: number | undefined;
  /** Whether links to directories are listed and entered, each real directory once; false by default. Links to files never are. */
  readonly followSymlinks?: boolean | undefined;
  /** Whether directories whose name begins with a dot are listed without being entered; false by default. */
  readonly pruneHidden?: boolean | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** Something found, or something that could not be read; by its file URI. */
export type Found =
  | { readonly kind: 'file' | 'directory'; readonly uri: string }
  | { readonly kind: 'error'; readonly uri: string; readonly message: string };

/** Makes the requests of a walk, as a session does. */
export interface WalkSession {
  call<Name extends keyof Requests>(
    method: Name,
    params: Requests[Name]['params'],
    options: { readonly signal?: AbortSignal | undefined; readonly isRepeatable: true },
  ): Promise<Requests[Name]['result']>;
}

/** Base: what one request may ask for at most. */
const most = { maxDepth: 64, maxDirectories: 10_000, maxEntries: 50_000 };
/** Entries of a vast directory that are looked at at a time. */
const looksAtOnce = 32;

/**
 * Everything below a directory, however much it is: one request where it fits into one answer. What does not is walked
 * directory by directory, so that nothing is left out; then a directory's own entries come before those below it.
 * @throws what the first request throws; what fails below the root is an entry
 */
export class Walk {
  readonly #session: WalkSession;
  readonly #options: { readonly signal: AbortSignal | undefined; readonly isRepeatable: true };
  readonly #follows: boolean;
  readonly #prunes: boolean;
  /** Real paths of the directories entered, when links are followed one directory at a time. */
  readonly #entered = new Set<string>();

  constructor(session: WalkSession, { followSymlinks = false, pruneHidden = false, signal }: WalkOptions) {
    this.#session = session;
    this.#options = { signal, isRepeatable: true };
    this.#follows = followSymlinks;
    this.#prunes = pruneHidden;
  }

  /** @param depth levels entered below the root; Infinity for all */
  async *run(root: string, depth: number): AsyncGenerator<Found, void> {
    const answer = await this.#request(root, Math.min(depth, most.maxDepth));
    const unentered = depth > most.maxDepth ? this.#directoriesAt(answer, root, most.maxDepth + 1) : [];
    // Whoever follows links has to remember where it has been, which the server does for one request only.
    if (answer.truncated || (this.#follows && unentered.length > 0)) {
      if (this.#follows) await this.#isNew(root);
      yield* this.#inSteps(root, depth);
      return;
    }
    yield* found(answer);
    for (const uri of unentered) yield* this.#below(uri, depth - most.maxDepth - 1);
  }

  async *#inSteps(directory: string, depth: number): AsyncGenerator<Found, void> {
    const level = await this.#request(directory, 0);
    const entries = [...found(level)];
    if (level.truncated) for await (const entry of this.#rest(directory, level)) entries.push(entry);
    yield* entries;
    if (depth === 0) return;
    for (const { kind, uri } of entries) {
      if (kind === 'directory' && !this.#isPruned(uri)) yield* this.#below(uri, depth - 1);
    }
  }

  /** A directory that is not the root: when it cannot be read the walk goes on elsewhere. */
  async *#below(directory: string, depth: number): AsyncGenerator<Found, void> {
    try {
      if (!this.#follows) yield* this.run(directory, depth);
      else if (await this.#isNew(directory)) yield* this.#inSteps(directory, depth);
    } catch (error) {
      if (!(error instanceof RpcError)) throw error;
      yield { kind: 'error', uri: directory, message: error.message };
    }
  }

  async #isNew(directory: string): Promise<boolean> {
    const { path } = await this.#session.call('fs/canonicalize', { path: directory }, this.#options);
    const isNew = !this.#entered.has(path);
    this.#entered.add(path);
    return isNew;
  }

  /** What a directory has beyond what one answer can hold: the names behind the last one, in the order of their bytes. */
  async *#rest(directory: string, level: FsWalkResult): AsyncGenerator<Found, void> {
    const { entries } = await this.#session.call('fs/readDirectory', { path: directory }, this.#options);
    const last = nameIn(level.entries.at(-1)?.path ?? '');
    const named = entries.map((entry) => ({ ...entry, segment: encodeURIComponent(entry.fileName) }));
    const rest = named.filter(({ segment }) => compareBytes(segment, last) > 0).toSorted((a, b) => compareBytes(a.segment, b.segment));
    for (let at = 0; at < rest.length; at += looksAtOnce) {
      for (const entry of await Promise.all(rest.slice(at, at + looksAtOnce).map((one) => this.#look(directory, one)))) {
        if (entry) yield entry;
      }
    }
  }

  async #look(
    directory: string,
    { segment, isFile, isDirectory }: FsReadDirectoryResult['entries'][number] & { readonly segment: string },
  ): Promise<Found | null> {
    const uri = `${directory.replace(/\/$/, '')}/${segment}`;
    if (!isFile && !isDirectory) return null;
    try {
      const { isSymlink } = await this.#session.call('fs/getMetadata', { path: uri }, this.#options);
      if (isSymlink && !(isDirectory && this.#follows)) return null;
      return { kind: isDirectory ? 'directory' : 'file', uri };
    } catch (error) {
      if (!(error instanceof RpcError)) throw error;
      return { kind: 'error', uri, message: error.message };
    }
  }

  #request(path: string, maxDepth: number): Promise<FsWalkResult> {
    const options = { ...most, maxDepth, followDirectorySymlinks: this.#follows, pruneHiddenDirectories: this.#prunes };
    return this.#session.call('fs/walk', { path, options }, this.#options);
  }

  #directoriesAt({ entries }: FsWalkResult, root: string, level: number): readonly string[] {
    const above = levelsIn(root);
    return entries.flatMap(({ kind, path }) =>
      kind === 'directory' && levelsIn(path) - above === level && !this.#isPruned(path) ? [path] : [],
    );
  }

  #isPruned(uri: string): boolean {
    return this.#prunes && nameIn(uri).startsWith('.');
  }
}

function found({ entries, errors }: FsWalkResult): readonly Found[] {
  return [
    ...entries.map(({ kind, path }) => ({ kind, uri: path })),
    ...errors.map(({ path, message }) => ({ kind: 'error' as const, uri: path, message })),
  ];
}

/** Names on the way to it. */
function levelsIn(uri: string): number {
  return new URL(uri).pathname.split('/').filter((name) => name !== '').length;
}

function nameIn(uri: string): string {
  return uri.replace(/\/$/, '').slice(uri.replace(/\/$/, '').lastIndexOf('/') + 1);
}

/** Names as they stand in URIs, by the bytes they stand for. */
function compareBytes(a: string, b: string): number {
  const [left, right] = [bytesOf(a), bytesOf(b)];
  for (let at = 0; at < Math.min(left.length, right.length); at++) {
    const difference = (left[at] ?? 0) - (right[at] ?? 0);
    if (difference !== 0) return difference;
  }
  return left.length - right.length;
}

function bytesOf(segment: string): readonly number[] {
  return [...segment.matchAll(/%([\dA-Fa-f]{2})|[^%]/g)].map(([text, hex]) => (hex === undefined ? text.charCodeAt(0) : parseInt(hex, 16)));
}
