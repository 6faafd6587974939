import { closeSync, existsSync, ftruncateSync, openSync, readSync, unlinkSync, write } from 'node:fs';
import { randomUUID } from 'node:crypto';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import type { Logger } from '../telemetry/logger.js';
import { SlotBuffers } from './slot-buffers.js';

/** A disk that failed is tried again after this time. */
const retryMs = 10_000;
/** An empty file larger than this gives its disk space back. */
const fewestSlotsToTruncate = 64;

/**
 * Output that memory is too small for: one private file of the server (mode 0600, unlinked as soon as it is open), in
 * slots of one size. Opened for the first write. Nothing else than the process that holds it open can reach it.
 */
export class SpillFile {
  /** Memory for what is to be written. */
  readonly buffers: SlotBuffers;
  readonly #slotBytes: number;
  readonly #logger: Logger;
  readonly #directory: string;
  #descriptor: number | null = null;
  readonly #free: number[] = [];
  #slots = 0;
  #writing = 0;
  #brokenUntilMs = 0;
  #isClosed = false;

  /** @param directory where the file is made; by default one on disk rather than in memory */
  constructor(slotBytes: number, logger: Logger, directory: string = defaultDirectory()) {
    this.buffers = new SlotBuffers(slotBytes);
    this.#slotBytes = slotBytes;
    this.#logger = logger;
    this.#directory = directory;
  }

  /** False for a while after the disk has failed, or was full. */
  get isUsable(): boolean {
    return !this.#isClosed && performance.now() >= this.#brokenUntilMs;
  }

  get isWriting(): boolean {
    return this.#writing > 0;
  }

  /** Slots that hold something. */
  get used(): number {
    return this.#slots - this.#free.length;
  }

  /**
   * `done` is called, later, with the slot that holds the data, or with null when it could not be written. Until then the
   * data must not change.
   */
  write(data: Buffer, done: (slot: number | null) => void): void {
    let descriptor: number;
    try {
      descriptor = this.#descriptor ??= openPrivately(this.#directory);
    } catch (error) {
      this.#fail(error as Error);
      queueMicrotask(() => done(null));
      return;
    }
    const slot = this.#free.pop() ?? this.#slots++;
    this.#writing++;
    writeAll(descriptor, data, slot * this.#slotBytes, (error) => {
      this.#writing--;
      if (error) {
        this.free(slot);
        this.#fail(error);
      }
      if (this.#isClosed) this.#release();
      done(error ? null : slot);
    });
  }

  /** @throws the system's error, or an error when the file is shorter than it should be */
  read(slot: number, length: number): Buffer {
    const data = Buffer.allocUnsafe(length);
    for (let at = 0; at < length;) {
      const count = readSync(this.#descriptor ?? -1, data, at, length - at, slot * this.#slotBytes + at);
      if (count === 0) throw new Error('the spill file is shorter than what was written to it');
      at += count;
    }
    return data;
  }

  free(slot: number): void {
    this.#free.push(slot);
    if (this.used > 0 || this.#writing > 0 || this.#slots < fewestSlotsToTruncate || this.#descriptor === null) return;
    try {
      ftruncateSync(this.#descriptor);
    } catch (error) {
      this.#fail(error as Error);
    }
    this.#slots = 0;
    this.#free.length = 0;
  }

  /** Gives the file back, once nothing is being written any more. */
  close(): void {
    this.#isClosed = true;
    this.#release();
  }

  #release(): void {
    if (this.#descriptor === null || this.#writing > 0) return;
    closeSync(this.#descriptor);
    this.#descriptor = null;
  }

  #fail({ message }: Error): void {
    const isNew = this.isUsable;
    this.#brokenUntilMs = performance.now() + retryMs;
    if (isNew) this.#logger.warn({ error: message }, 'output cannot be spilled to disk: programs nobody reads are paused early');
  }
}

function writeAll(descriptor: number, data: Buffer, position: number, done: (error: Error | null) => void): void {
  write(descriptor, data, 0, data.length, position, (error, count) => {
    if (error || count === data.length) done(error);
    else writeAll(descriptor, data.subarray(count), position + count, done); // rare: a disk that is almost full
  });
}

/** `/tmp` may be memory; where there is a place for large temporary files, that is on disk. */
function defaultDirectory(): string {
  if (process.env['TMPDIR']) return process.env['TMPDIR'];
  return existsSync('/var/tmp') ? '/var/tmp' : tmpdir();
}

function openPrivately(directory: string): number {
  const path = join(directory, `exec-server-spill-${randomUUID()}`);
  const descriptor = openSync(path, 'wx+', 0o600);
  try {
    unlinkSync(path);
  } catch (error) {
    closeSync(descriptor);
    throw error;
  }
  return descriptor;
}
