import { lstat, stat } from 'node:fs/promises';
import { type Limits, RpcError } from '@exec-server/protocol';
import type { CheckedParams, Json } from '../handler.js';
import { JsonPieces } from '../json-pieces.js';
import { kindOf, nameOf, type PackedEntry } from './directory-entries.js';
import { describeFault } from './file-error.js';
import { type BytePath, escapePath, join, toSystem, toUri } from './file-path.js';
import { Pace } from './pace.js';
import { type SortedEntries, sortEntries } from './sorted-entries.js';

export type WalkOptions = CheckedParams<'fs/walk'>['options'];

/** Directories that are read ahead. */
const aheadDirectories = 4;

interface Place {
  readonly path: BytePath;
  readonly uri: string;
  /** Levels below the root. */
  readonly depth: number;
}

/** @throws RpcError `fileRefused` for limits that are zero, or higher than a walk may go */
export function checkWalk({ maxDepth, maxDirectories, maxEntries }: WalkOptions, limits: Limits): void {
  if (maxDirectories === 0 || maxEntries === 0) throw new RpcError('fileRefused', 'filesystem walk limits must be greater than zero');
  const { walkDepth, walkDirectories, walkEntries } = limits;
  if (maxDepth <= walkDepth && maxDirectories <= walkDirectories && maxEntries <= walkEntries) return;
  throw new RpcError(
    'fileRefused',
    `filesystem walk limits exceed maximums: depth=${walkDepth}, directories=${walkDirectories}, entries=${walkEntries}`,
  );
}

/** One walk: level by level, sorted by the bytes of the names within each directory. */
export class Walk {
  readonly #options: WalkOptions;
  readonly #limits: Limits;
  readonly #signal: AbortSignal;
  readonly #pace = new Pace();
  readonly #entries = new JsonPieces();
  readonly #errors = new JsonPieces();
  /** Directories to enter, in order. */
  readonly #queue: Place[] = [];
  /** Directories entered, when links may lead to one twice. */
  readonly #entered = new Set<string>();
  #directories = 0;
  #count = 0;
  #isTruncated = false;

  /** @param signal ends it early */
  constructor(options: WalkOptions, limits: Limits, signal: AbortSignal) {
    this.#options = options;
    this.#limits = limits;
    this.#signal = signal;
  }

  /**
   * The answer, as JSON.
   * @throws the system's error about the root
   */
  async run(root: BytePath): Promise<Json> {
    if (await this.#isDirectory(root)) this.#queue.push({ path: root, uri: toUri(root), depth: 0 });
    for await (const [place, listing] of this.#visit()) {
      await this.#enter(place, listing);
      this.#signal.throwIfAborted();
      if (this.#isTruncated) break;
    }
    const answer = new JsonPieces();
    answer.push('{"entries":[');
    answer.append(this.#entries);
    answer.push('],"errors":[');
    answer.append(this.#errors);
    answer.push(`],"truncated":${this.#isTruncated}}`);
    return answer.end();
  }

  async #isDirectory(root: BytePath): Promise<boolean> {
    const place = toSystem(root);
    const stats = await stat(place);
    return stats.isDirectory() && (this.#options.followDirectorySymlinks || !(await lstat(place)).isSymbolicLink());
  }

  /** The directories of the queue, in order; what is in the next ones is being read meanwhile. */
  async *#visit(): AsyncGenerator<[Place, SortedEntries]> {
    const ahead: Promise<SortedEntries>[] = [];
    try {
      for (let at = 0; at < this.#queue.length; at++) {
        for (let next = at + ahead.length; next < this.#queue.length && ahead.length < aheadDirectories; next++) {
          ahead.push(sortEntries((this.#queue[next] as Place).path, this.#options.followDirectorySymlinks, this.#pace));
        }
        yield [this.#queue[at] as Place, await (ahead.shift() as Promise<SortedEntries>)];
      }
    } finally {
      await Promise.all(ahead);
    }
  }

  async #enter(place: Place, { identity, entries, isCut, faults }: SortedEntries): Promise<void> {
    if (this.#options.followDirectorySymlinks && identity !== null) {
      if (this.#entered.has(identity)) return;
      this.#entered.add(identity);
    }
    if (this.#directories === this.#options.maxDirectories) {
      this.#isTruncated = true;
      return;
    }
    this.#directories++;
    const prefix = place.uri.endsWith('/') ? place.uri : `${place.uri}/`;
    for (const { name, error } of faults) this.#addError(name === null ? place.uri : prefix + escapePath(name), error);
    for (const entry of entries) {
      if (this.#count === this.#options.maxEntries || this.#isFull) {
        this.#isTruncated = true;
        return;
      }
      this.#add(place, prefix, entry);
      if (this.#pace.isDue) await this.#pace.rest();
    }
    if (isCut) this.#isTruncated = true;
  }

  #add({ path, depth }: Place, prefix: string, entry: PackedEntry): void {
    const name = nameOf(entry);
    const kind = kindOf(entry);
    const uri = prefix + escapePath(name);
    this.#entries.push(`${this.#count++ === 0 ? '' : ','}{"path":"${uri}","kind":"${kind}"}`);
    const isPruned = this.#options.pruneHiddenDirectories && name.startsWith('.');
    if (kind === 'directory' && depth < this.#options.maxDepth && !isPruned)
      this.#queue.push({ path: join(path, name), uri, depth: depth + 1 });
  }

  #addError(uri: string, error: unknown): void {
    const message = describeFault(error);
    this.#errors.push(`${this.#errors.length === 0 ? '' : ','}{"path":"${uri}","message":${JSON.stringify(message)}}`);
  }

  get #isFull(): boolean {
    return this.#entries.length + this.#errors.length > this.#limits.walkAnswerBytes;
  }
}
