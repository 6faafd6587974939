import { type FSWatcher, type Stats, watch } from 'node:fs';
import { lstat, stat } from 'node:fs/promises';
import { RpcError } from '@exec-server/protocol';
import { kindOf, nameOf, readEntries } from './directory-entries.js';
import { hasCode } from './file-error.js';
import { type BytePath, join, split, toSystem } from './file-path.js';
import { Pace } from './pace.js';

/** Who hears of changes. */
export interface ChangeListener {
  add(path: BytePath): void;
  resync(): void;
  end(): void;
}

/** Takes one of the directories that may be watched. False when there is none left. */
export interface WatchBudget {
  take(): boolean;
  give(): void;
}

/** Paths to look at; when there are more, everything is looked at. */
const mostUnclear = 4_096;

/**
 * Watches a file, or a directory, on request with all directories below it that may be read. Links below it are not followed. The
 * system is asked about each directory; what appears is looked into, so that nothing that is made quickly is missed. The owner
 * closes it.
 */
export class TreeWatch {
  readonly #root: BytePath;
  readonly #recursive: boolean;
  readonly #listener: ChangeListener;
  readonly #budget: WatchBudget;
  readonly #watchers = new Map<BytePath, FSWatcher>();
  readonly #pace = new Pace();
  /** Paths where a directory may have appeared or gone. */
  readonly #unclear = new Set<BytePath>();
  #isLooking = false;
  /** Tells what the root was at the start from everything else. */
  #identity = '';
  #isClosed = false;

  constructor(root: BytePath, recursive: boolean, listener: ChangeListener, budget: WatchBudget) {
    this.#root = root;
    this.#recursive = recursive;
    this.#listener = listener;
    this.#budget = budget;
  }

  /**
   * From its end on every change is heard.
   * @throws RpcError `limitExceeded` for more directories than may be watched; the system's error
   */
  async start(): Promise<void> {
    try {
      const stats = await stat(toSystem(this.#root));
      this.#identity = `${stats.dev}:${stats.ino}`;
      const place = split(this.#root);
      if (stats.isDirectory()) await this.#addTree(this.#root, false);
      // A file is watched by its name: many programs replace a file rather than write to it.
      else if (place) this.#watch(place.directory, (_, name) => this.#heardOfFile(place.name, name));
    } catch (error) {
      this.close();
      throw error;
    }
  }

  close(): void {
    this.#isClosed = true;
    this.#unclear.clear();
    for (const path of this.#watchers.keys()) this.#unwatch(path);
  }

  /** Watches a directory before looking into it, and then what is below. */
  async #addTree(top: BytePath, isNews: boolean): Promise<void> {
    const left = [top];
    for (let path = left.pop(); path !== undefined && !this.#isClosed; path = left.pop()) {
      try {
        const directory = path;
        if (!this.#watchers.has(directory)) this.#watch(directory, (event, name) => this.#heard(directory, event, name));
        if (this.#recursive) await this.#lookInto(directory, isNews, left);
      } catch (error) {
        // What is below the root may go, and may be private.
        if (path === this.#root || !hasCode(error, 'ENOENT', 'ENOTDIR', 'EACCES', 'EPERM')) throw error;
      }
    }
  }

  async #lookInto(directory: BytePath, isNews: boolean, left: BytePath[]): Promise<void> {
    for await (const batch of readEntries(directory)) {
      for (const entry of batch) {
        const path = join(directory, nameOf(entry));
        if (isNews) this.#listener.add(path);
        if (kindOf(entry) === 'directory') left.push(path);
      }
      if (this.#pace.isDue) await this.#pace.rest();
    }
  }

  #watch(directory: BytePath, heard: (event: string, name: BytePath | null) => void): void {
    if (this.#isClosed) return;
    if (!this.#budget.take()) throw tooMany();
    try {
      const watcher = watch(toSystem(directory), { encoding: 'latin1', persistent: false }, heard);
      watcher.on('error', () => this.#listener.resync());
      this.#watchers.set(directory, watcher);
    } catch (error) {
      this.#budget.give();
      throw hasCode(error, 'ENOSPC', 'EMFILE', 'ENFILE') ? tooMany() : error;
    }
  }

  #unwatch(directory: BytePath): void {
    const watcher = this.#watchers.get(directory);
    if (!watcher) return;
    this.#watchers.delete(directory);
    this.#budget.give();
    watcher.close();
  }

  #heardOfFile(own: BytePath, name: BytePath | null): void {
    if (!this.#isClosed && (name === null || name === own)) this.#listener.add(this.#root);
  }

  #heard(directory: BytePath, event: string, name: BytePath | null): void {
    if (this.#isClosed) return;
    if (name === null) {
      this.#listener.resync();
      return;
    }
    // What happens to a directory itself is told under its own name, as if it were in itself.
    const isPerhapsItself = event === 'rename' && name === split(directory)?.name;
    const path = join(directory, name);
    if (!isPerhapsItself) this.#listener.add(path);
    if (event === 'rename' && (this.#recursive || isPerhapsItself)) this.#wonder(isPerhapsItself ? [directory, path] : [path]);
  }

  #wonder(paths: readonly BytePath[]): void {
    for (const path of paths) this.#unclear.add(path);
    if (this.#isLooking) return;
    this.#isLooking = true;
    void this.#clearUp().finally(() => (this.#isLooking = false));
  }

  /** Finds out what has become of the paths that are unclear. */
  async #clearUp(): Promise<void> {
    try {
      for (const path of this.#unclear) {
        if (this.#unclear.size > mostUnclear) {
          this.#unclear.clear();
          this.#listener.resync();
          this.#unwatchBelow(this.#root);
          await this.#addTree(this.#root, false);
          continue;
        }
        this.#unclear.delete(path);
        await this.#clearUpOne(path);
      }
    } catch {
      // The root is gone, or the tree is too large by now: whoever asks again is told.
      this.#finish();
    }
  }

  async #clearUpOne(path: BytePath): Promise<void> {
    const stats = await lookAt(path, path === this.#root);
    if (this.#isClosed) return;
    if (path === this.#root) {
      if (stats === null || `${stats.dev}:${stats.ino}` !== this.#identity) this.#finish();
      return;
    }
    if (this.#watchers.has(path)) this.#unwatchBelow(path);
    const isOwnName = split(path)?.name === split(split(path)?.directory ?? '')?.name;
    if (stats !== null && isOwnName) this.#listener.add(path);
    if (this.#recursive && stats?.isDirectory()) await this.#addTree(path, true);
  }

  #unwatchBelow(top: BytePath): void {
    const prefix = join(top, '');
    for (const path of this.#watchers.keys()) if (path === top || path.startsWith(prefix)) this.#unwatch(path);
  }

  #finish(): void {
    if (this.#isClosed) return;
    this.close();
    this.#listener.end();
  }
}

async function lookAt(path: BytePath, followLinks: boolean): Promise<Stats | null> {
  try {
    return await (followLinks ? stat : lstat)(toSystem(path));
  } catch {
    return null;
  }
}

function tooMany(): RpcError {
  return new RpcError('limitExceeded', 'there are more directories than may be watched');
}
