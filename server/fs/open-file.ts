import type { FileHandle } from 'node:fs/promises';
import { RpcError } from '@exec-server/protocol';
import { osError } from './file-error.js';

/** Runs work where there is room for it, such as in a slot of the connection. */
export type Work = <Value>(task: () => Promise<Value>) => Promise<Value>;

/** Offsets the system knows are below this. */
const endOfOffsets = 2 ** 63;

/**
 * A file a client has opened, or is about to. What is asked of it waits for it to be open; writes are done one after another, in
 * the order they came. A read that fails is the last thing done with it (base). The owner closes it.
 */
export class OpenFile {
  readonly #opening: Promise<FileHandle>;
  readonly #running = new Set<Promise<unknown>>();
  #lastWrite: Promise<unknown> = Promise.resolve();
  #hasFailed = false;
  #closed: Promise<void> | null = null;

  /** Takes ownership of the handle. */
  constructor(opening: Promise<FileHandle>) {
    this.#opening = opening;
  }

  get hasFailed(): boolean {
    return this.#hasFailed;
  }

  /** @throws what opening it has failed with */
  async opened(): Promise<void> {
    await this.#opening;
  }

  /** Fills the buffer, unless the file ends before; returns the number of bytes, or null when it is no use any more. */
  read(offset: number, buffer: Buffer, work: Work): Promise<number | null> {
    const attempt = async (handle: FileHandle): Promise<number> => {
      try {
        return await fill(handle, buffer, offset);
      } catch (error) {
        this.#hasFailed = true;
        throw error;
      }
    };
    return this.#note(work(() => this.#use(attempt)));
  }

  /** False when it is no use any more. Waits for its turn without taking room. */
  write(offset: number, bytes: Uint8Array, work: Work): Promise<boolean> {
    const written = this.#lastWrite.then(() => work(() => this.#use((handle) => writeAll(handle, bytes, offset))));
    this.#lastWrite = written.catch(() => undefined);
    return this.#note(written.then((outcome) => outcome !== null));
  }

  /**
   * Closes it as soon as what was asked for before is done. Safe to call twice.
   * @throws the system's error, which may be about what was written
   */
  close(): Promise<void> {
    this.#closed ??= this.#close();
    return this.#closed;
  }

  async #use<Result>(task: (handle: FileHandle) => Promise<Result>): Promise<Result | null> {
    const handle = await this.#opening.catch(() => null);
    return this.#hasFailed || handle === null ? null : task(handle);
  }

  #note<Result>(task: Promise<Result>): Promise<Result> {
    const noted: Promise<unknown> = task.catch(() => undefined).finally(() => this.#running.delete(noted));
    this.#running.add(noted);
    return task;
  }

  async #close(): Promise<void> {
    await Promise.all(this.#running);
    const handle = await this.#opening.catch(() => null);
    await handle?.close();
  }
}

/** Reads from a position until the buffer is full or the file ends; returns the number of bytes. */
export async function fill(handle: FileHandle, buffer: Buffer, position: number): Promise<number> {
  if (position + buffer.length >= endOfOffsets) throw osError('EINVAL');
  if (!Number.isSafeInteger(position + buffer.length)) return 0; // no file is that long
  for (let at = 0; ;) {
    const { bytesRead } = await handle.read(buffer, at, buffer.length - at, position + at);
    at += bytesRead;
    if (bytesRead === 0 || at === buffer.length) return at;
  }
}

export async function writeAll(handle: FileHandle, bytes: Uint8Array, position: number): Promise<void> {
  if (position + bytes.length >= endOfOffsets)
    throw new RpcError('fileRefused', 'file write range exceeds the signed 64-bit file offset limit');
  if (!Number.isSafeInteger(position + bytes.length)) throw osError('EFBIG');
  for (let at = 0; at < bytes.length;) {
    const { bytesWritten } = await handle.write(bytes, at, bytes.length - at, position + at);
    at += bytesWritten;
  }
}
