import { readSync } from 'node:fs';
import { ReadStream } from 'node:tty';
import type { OutputSource, StreamName } from './launch.js';

/** A cut takes at most this much; the system keeps far less for a terminal. */
const mostToCutBytes = 1024 * 1024;

/**
 * Reads a terminal's master. The system hands over at most 4 KiB at a time, so that pieces of one turn
 * of the event loop are joined before they go on.
 */
export class PtySource implements OutputSource {
  readonly stream: StreamName = 'pty';
  readonly #descriptor: number;
  readonly #maxChunkBytes: number;
  readonly #master: ReadStream;
  #parts: Buffer[] = [];
  #bytes = 0;
  #endOfTurn: NodeJS.Immediate | null = null;
  #onChunk: (chunk: Buffer) => void = () => undefined;

  /** Takes ownership of the descriptor. */
  constructor(descriptor: number, maxChunkBytes: number) {
    this.#descriptor = descriptor;
    this.#maxChunkBytes = maxChunkBytes;
    this.#master = new ReadStream(descriptor);
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
    this.#master.on('data', this.#collect);
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
    for (let chunk = this.#master.read() as Buffer | null; chunk; chunk = this.#master.read() as Buffer | null) this.#collect(chunk);
    this.#finish();
    this.#master.destroy();
  }

  readonly #collect = (piece: Buffer): void => {
    this.#parts.push(piece);
    this.#bytes += piece.length;
    if (this.#bytes >= this.#maxChunkBytes) this.#flush();
    else this.#endOfTurn ??= setImmediate(() => this.#flush());
  };

  #flush(): void {
    if (this.#endOfTurn) clearImmediate(this.#endOfTurn);
    this.#endOfTurn = null;
    if (this.#bytes === 0) return;
    const chunk = this.#parts.length === 1 ? (this.#parts[0] as Buffer) : Buffer.concat(this.#parts, this.#bytes);
    this.#parts = [];
    this.#bytes = 0;
    this.#onChunk(chunk);
  }

  /** Reads past the event loop until the terminal has nothing left. */
  #finish(): void {
    this.#master.removeListener('data', this.#collect);
    for (let left = mostToCutBytes; left > 0;) {
      const piece = Buffer.allocUnsafe(64 * 1024);
      let length: number;
      try {
        length = readSync(this.#descriptor, piece);
      } catch {
        break; // EIO: everybody has closed it; EAGAIN: somebody has not, and it is being cut
      }
      if (length === 0) break;
      this.#collect(Buffer.from(piece.subarray(0, length)));
      left -= length;
    }
    this.#flush();
  }
}
