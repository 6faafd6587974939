import { execFile } from 'node:child_process';
import { closeSync, constants, openSync, unlinkSync } from 'node:fs';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

/** Both ends of a pipe as descriptors; neither reaches a child unless it is handed over. */
export interface PipeEnds {
  readonly readEnd: number;
  readonly writeEnd: number;
}

const run = promisify(execFile);
const prefix = 'exec-server-pipes-';

/**
 * Real pipes. Node connects children through socket pairs, in which `/dev/stdout` cannot be opened and small writes
 * are slow; it has no call for a pipe, but opens named ones. Names are made ahead in a private directory, used once
 * and unlinked as soon as both ends are open, so that nobody else can get at a stream. `bench/output`
 */
export class NamedPipes {
  readonly #batch: number;
  readonly #names: string[] = [];
  #directory: Promise<string> | null = null;
  #refill: Promise<void> | null = null;
  #made = 0;

  /** @param batch how many names are made in one go */
  constructor(batch: number) {
    this.#batch = batch;
  }

  /**
   * Opens `count` pipes. The ends belong to the caller.
   * The end we keep does not block; Node makes a child's stdin, stdout and stderr blocking again.
   */
  async open(count: number): Promise<PipeEnds[]> {
    const directory = this.#directory;
    try {
      return await this.#open(count);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    }
    // Somebody has cleaned the directory away, as keepers of temporary folders do.
    if (this.#directory === directory) this.#forget();
    return this.#open(count);
  }

  async #open(count: number): Promise<PipeEnds[]> {
    while (this.#names.length < count) await this.#makeNames();
    const ends: PipeEnds[] = [];
    try {
      while (ends.length < count) ends.push(openPipe(this.#names.pop() as string));
    } catch (error) {
      for (const { readEnd, writeEnd } of ends) closeAll(readEnd, writeEnd);
      throw error;
    }
    if (this.#names.length < this.#batch / 4) this.#makeNames().catch(() => undefined); // whoever needs them gets the error
    return ends;
  }

  /** Removes the directory. Open pipes stay open. */
  async close(): Promise<void> {
    await this.#refill?.catch(() => undefined);
    if (this.#directory) await rm(await this.#directory, { recursive: true, force: true });
    this.#forget();
  }

  #forget(): void {
    this.#directory = null;
    this.#names.length = 0;
  }

  #makeNames(): Promise<void> {
    this.#refill ??= this.#runMkfifo().finally(() => (this.#refill = null));
    return this.#refill;
  }

  async #runMkfifo(): Promise<void> {
    this.#directory ??= createDirectory().catch((error: unknown) => {
      this.#directory = null;
      throw error;
    });
    const directory = await this.#directory;
    const names = Array.from({ length: this.#batch }, () => join(directory, String(this.#made++)));
    await run('mkfifo', ['-m', '600', ...names]);
    this.#names.push(...names);
  }
}

export function closeAll(...descriptors: number[]): void {
  for (const descriptor of descriptors) closeSync(descriptor);
}

function openPipe(name: string): PipeEnds {
  const readEnd = openSync(name, constants.O_RDONLY | constants.O_NONBLOCK);
  try {
    return { readEnd, writeEnd: openSync(name, constants.O_WRONLY) };
  } catch (error) {
    closeSync(readEnd);
    throw error;
  } finally {
    unlinkSync(name);
  }
}

/** A private directory (mode 0700); its name tells whose it is, so that a later server can clear up after one that was killed. */
async function createDirectory(): Promise<string> {
  await removeAbandoned();
  return mkdtemp(join(tmpdir(), `${prefix}${process.pid}-`));
}

async function removeAbandoned(): Promise<void> {
  for (const name of await readdir(tmpdir())) {
    const pid = name.startsWith(prefix) ? Number.parseInt(name.slice(prefix.length), 10) : NaN;
    if (!Number.isInteger(pid) || isAlive(pid)) continue;
    await rm(join(tmpdir(), name), { recursive: true, force: true }).catch(() => undefined); // another user's: not ours to remove
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
