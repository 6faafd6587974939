import { type FSWatcher, watch } from 'node:fs';
import { lstat } from 'node:fs/promises';
import { hasCode } from './file-error.js';
import { type BytePath, join, split, toSystem } from './file-path.js';

/** Directories one watch may need; each costs the system one of few. */
const mostDirectories = 512;

/** What must stay as it is. */
export interface Condition {
  /** Paths with nothing there. */
  readonly missing: readonly BytePath[];
  /** Something that is there and does not change; what is in a directory is not looked at. */
  readonly present: BytePath | null;
}

/**
 * Waits for the first change of a condition. Every directory on the way to each path is watched for the next name on that way, so that
 * a directory that is moved away, or made, counts too. It may tell of a change that was none. The owner closes it.
 */
export class MissingWatch {
  /** Directories and the names in them that matter. */
  readonly #directories = new Map<BytePath, { readonly watcher: FSWatcher; readonly names: Set<BytePath> }>();
  #hasChanged = false;
  #isClosed = false;
  #onChange: (() => void) | null = null;

  /** True when the condition holds and will be watched. */
  async start({ missing, present }: Condition): Promise<boolean> {
    try {
      for (const path of missing) if (!(await this.#follow(path, false))) return this.#fail();
      if (present !== null && !(await this.#follow(present, true))) return this.#fail();
    } catch (error) {
      this.close();
      if (!hasCode(error, 'EACCES', 'EPERM', 'ELOOP', 'ENAMETOOLONG', 'ENOSPC', 'EMFILE', 'ENFILE', 'ENOENT', 'ENOTDIR')) throw error;
      return false;
    }
    return !this.#hasChanged && !this.#isClosed;
  }

  /** Calls `report` once, at the first change; at once if there was one since the start. */
  notify(report: () => void): void {
    if (this.#isClosed) return;
    if (this.#hasChanged) this.#tell(report);
    else this.#onChange = report;
  }

  close(): void {
    this.#isClosed = true;
    for (const { watcher } of this.#directories.values()) watcher.close();
    this.#directories.clear();
  }

  #fail(): false {
    this.close();
    return false;
  }

  /** Watches the way to a path from the root on, as far as it exists; tells whether its end is as it should be. */
  async #follow(path: BytePath, isPresent: boolean): Promise<boolean> {
    const steps: { directory: BytePath; name: BytePath }[] = [];
    for (let step = split(path); step; step = split(step.directory)) steps.unshift(step);
    for (const [at, { directory, name }] of steps.entries()) {
      if (this.#isClosed || !this.#watch(directory, name)) return false;
      const kind = await look(join(directory, name));
      if (kind === 'nothing') return !isPresent;
      if (kind === 'link') return false; // it may change where nobody looks
      if (at === steps.length - 1) return isPresent;
      if (kind !== 'directory') return false;
    }
    return isPresent; // the root
  }

  /** Before the name is looked at, so that nothing happens in between. False when there is no room. */
  #watch(directory: BytePath, name: BytePath): boolean {
    const known = this.#directories.get(directory);
    if (known) {
      known.names.add(name);
      return true;
    }
    if (this.#directories.size === mostDirectories) return false;
    const names = new Set([name]);
    const watcher = watch(toSystem(directory), { encoding: 'latin1', persistent: false }, (_, changed) => {
      if (changed === null || names.has(changed)) this.#changed();
    });
    watcher.on('error', () => this.#changed());
    this.#directories.set(directory, { watcher, names });
    return true;
  }

  #changed(): void {
    if (this.#isClosed) return;
    this.#hasChanged = true;
    if (this.#onChange) this.#tell(this.#onChange);
  }

  #tell(report: () => void): void {
    this.close();
    report();
  }
}

async function look(path: BytePath): Promise<'nothing' | 'directory' | 'link' | 'other'> {
  try {
    const stats = await lstat(toSystem(path));
    if (stats.isSymbolicLink()) return 'link';
    return stats.isDirectory() ? 'directory' : 'other';
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return 'nothing';
    throw error;
  }
}
