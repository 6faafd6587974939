import { limits } from '@exec-server/protocol';
import type { Root } from './copy-plan.js';
import type { FileTree, Found } from './file-tree.js';
import type { CopyProgress } from './copy-progress.js';

/** One file on its way. */
export interface CopyJob<From, To> {
  readonly from: Found<From>;
  readonly to: To;
}

export interface CopyRunOptions<From, To> {
  readonly from: FileTree<From>;
  readonly to: FileTree<To>;
  /** Copies one file, as a whole or not at all. */
  readonly transfer: (job: CopyJob<From, To>) => Promise<void>;
  /** Told of what cannot be copied; the rest is. */
  readonly report: (label: string, error: unknown) => void;
  /** Whether there is no sense in going on after this error. */
  readonly isFatal: (error: unknown) => boolean;
  readonly progress: CopyProgress;
  /** Files under way at the same time. */
  readonly jobs: number;
  readonly signal: AbortSignal;
}

/** A directory that is to be made and read, with the directories it stands in. */
interface DirectoryTask<From, To> {
  readonly from: Found<From>;
  readonly to: To;
  readonly parent: Place | null;
}

interface Place {
  readonly identity: string;
  readonly parent: Place | null;
}

/**
 * Copies trees: directories are read ahead of the files, which are copied several at a time. What is known and not copied
 * yet is bounded: above that no further directory is read until files are done.
 */
export class CopyRun<From, To> {
  readonly #options: CopyRunOptions<From, To>;
  readonly #directories: DirectoryTask<From, To>[] = [];
  readonly #files: CopyJob<From, To>[] = [];
  /** Directories being read. */
  #reading = 0;
  #wake: (() => void)[] = [];

  constructor(options: CopyRunOptions<From, To>) {
    this.#options = options;
  }

  /** Resolves when everything is copied that could be. @throws fatal errors; the signal's reason */
  async copy(roots: readonly Root<From, To>[]): Promise<void> {
    for (const { from, to } of roots) this.#add(from, to, null);
    if (this.#directories.length === 0) this.#options.progress.listed();
    const workers = await Promise.allSettled(Array.from({ length: this.#options.jobs }, () => this.#work()));
    for (const worker of workers) if (worker.status === 'rejected') throw worker.reason;
  }

  async #work(): Promise<void> {
    try {
      for (;;) {
        this.#options.signal.throwIfAborted();
        const directory = this.#files.length < limits.copyQueueFiles ? this.#directories.pop() : undefined;
        const file = directory ? undefined : this.#files.shift();
        if (directory) await this.#enter(directory);
        else if (file) await this.#transfer(file);
        else if (this.#reading === 0 && this.#directories.length === 0) return;
        else await new Promise<void>((resolve) => this.#wake.push(resolve));
      }
    } finally {
      this.#wakeAll();
    }
  }

  #add(from: Found<From>, to: To, parent: Place | null): void {
    const { report, progress } = this.#options;
    if (from.kind === 'directory') this.#directories.push({ from, to, parent });
    else if (from.kind === 'other' && parent !== null) report(this.#options.from.label(from.ref), new Error('not a regular file'));
    else {
      progress.found(from.size);
      this.#files.push({ from, to });
    }
  }

  async #enter(task: DirectoryTask<From, To>): Promise<void> {
    const { from, to, progress } = this.#options;
    this.#reading++;
    try {
      const identity = await from.identify(task.from, task.parent?.identity ?? null);
      if (stands(identity, task.parent)) {
        this.#fail(task.from.ref, new Error('not copied: the link leads to a directory it stands in'));
        return;
      }
      await to.makeDirectory(task.to);
      const place = { identity, parent: task.parent };
      for (const entry of await from.list(task.from.ref)) {
        if ('error' in entry) this.#fail(entry.ref, entry.error);
        else this.#add(entry, to.child(task.to, entry.name), place);
      }
    } catch (error) {
      this.#fail(task.from.ref, error, task.to);
    } finally {
      this.#reading--;
      if (this.#reading === 0 && this.#directories.length === 0) progress.listed();
      this.#wakeAll();
    }
  }

  async #transfer(job: CopyJob<From, To>): Promise<void> {
    const { from, transfer, progress } = this.#options;
    progress.begin(from.label(job.from.ref));
    try {
      await transfer(job);
    } catch (error) {
      progress.drop(job.from.size);
      this.#fail(job.from.ref, error, job.to);
    }
  }

  /** @param destination when the error may be about that as well */
  #fail(source: From, error: unknown, destination?: To): void {
    const { from, to, signal, isFatal, report } = this.#options;
    signal.throwIfAborted();
    if (isFatal(error)) throw error;
    report(destination === undefined ? from.label(source) : `${from.label(source)} -> ${to.label(destination)}`, error);
  }

  #wakeAll(): void {
    const waiting = this.#wake;
    this.#wake = [];
    for (const wake of waiting) wake();
  }
}

function stands(identity: string, place: Place | null): boolean {
  for (let above = place; above; above = above.parent) if (above.identity === identity) return true;
  return false;
}
