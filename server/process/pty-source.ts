import { readSync } from 'node:fs';
import type { OnReadOpts, SocketConstructorOpts } from 'node:net';
import { ReadStream } from 'node:tty';
import type { BufferPool } from '../buffer-pool.js';
import type { OutputSource, StreamName } from './launch.js';
import { readBuffer } from './read-buffer.js';

/** A cut takes at most this much; the system keeps far less for a terminal. */
const mostToCutBytes = 1024 * 1024;

/**
 * Reads a terminal's master. The system hands over at most 4 KiB at a time, so that pieces of one turn
 * of the event loop are joined before they go on.
 */
export class PtySource implements OutputSource {
  readonly stream: StreamName = 'pty';
  readonly #descriptor: number;
  readonly #chunks: BufferPool;
  readonly #master: ReadStream;
  /** What this turn has brought; null when that is nothing. */
  #chunk: Buffer | null = null;
  #bytes = 0;
  #endOfTurn: NodeJS.Immediate | null = null;
  #onChunk: (chunk: Buffer) => void = () => undefined;

  /**
   * Takes ownership of the descriptor.
   * @param chunks memory for a chunk; its size is that of the largest
   */
  constructor(descriptor: number, chunks: BufferPool) {
    this.#descriptor = descriptor;
    this.#chunks = chunks;
    const callback = (length: number): boolean => {
      this.#collect(readBuffer.subarray(0, length));
      return true;
    };
    const options: SocketConstructorOpts & { onread: OnReadOpts } = { onread: { buffer: readBuffer, callback } };
    this.#master = new ReadStream(descriptor, options);
    this.#master.pause();
    this.#master.on('error', () => undefined); // EIO is how a terminal ends
    this.#master.once('close', () => this.#flush());
    // 'end' comes while the kernel still moves output of a fast program; the descriptor is open until 'close'.
    this.#master.once('end', () => this.#finish());
  }

  /** Whether the descriptor is still the terminal's; once closed, its number may mean another file. */
  get isOpen(): boolean {
    return !this.#master.destroyed;
  }

  /** `task` runs when the descriptor has been closed. */
  onceClosed(task: () => void): void {
    this.#master.once('close', task);
  }

  open(onChunk: (chunk: Buffer) => void, onEnd: () => void): void {
    this.#onChunk = onChunk;
    if (this.#master.closed) {
      onEnd();
      return;
    }
    this.#master.once('close', onEnd);
    this.#master.resume();
  }

  pause(): void {
    this.#master.pause();
  }

  resume(): void {
    this.#master.resume();
  }

  cut(): void {
    if (this.#master.destroyed) return;
    this.#finish();
    this.#master.destroy();
  }

  #collect(piece: Buffer): void {
    for (let taken = 0; taken < piece.length;) {
      this.#chunk ??= this.#chunks.take();
      const copied = piece.copy(this.#chunk, this.#bytes, taken);
      this.#bytes += copied;
      taken += copied;
      if (this.#bytes === this.#chunk.length) this.#flush();
    }
    if (this.#bytes > 0) this.#endOfTurn ??= setImmediate(() => this.#flush());
  }

  #flush(): void {
    if (this.#endOfTurn) clearImmediate(this.#endOfTurn);
    this.#endOfTurn = null;
    const chunk = this.#chunk;
    if (!chunk) return;
    const length = this.#bytes;
    this.#chunk = null;
    this.#bytes = 0;
    this.#onChunk(chunk.subarray(0, length));
    this.#chunks.give(chunk);
  }

  /** Reads past the event loop until the terminal has nothing left. */
  #finish(): void {
    for (let left = mostToCutBytes; left > 0;) {
      let length: number;
      try {
        length = readSync(this.#descriptor, readBuffer);
      } catch {
        break; // EIO: everybody has closed it; EAGAIN: somebody has not, and it is being cut
      }
      if (length === 0) break;
      this.#collect(readBuffer.subarray(0, length));
      left -= length;
    }
    this.#flush();
  }
}
