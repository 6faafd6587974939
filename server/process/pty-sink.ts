import { writeSync } from 'node:fs';
import type { InputSink } from './launch.js';

/** Types the end of file; on a terminal it counts only at the start of a line, as for a person at the keyboard. */
const endOfFile = Uint8Array.of(0x04);

const firstPauseMs = 1;
const longestPauseMs = 20;

/**
 * Writes to a terminal's master. A full terminal takes nothing; there is no event for "takes more", so that
 * it is tried again, less and less often.
 */
export class PtySink implements InputSink {
  readonly staysOpen = true;
  readonly #descriptor: number;
  readonly #isOpen: () => boolean;
  #retry: NodeJS.Timeout | null = null;
  #isClosed = false;

  /**
   * @param descriptor belongs to the source of the same terminal
   * @param isOpen whether the descriptor is still the terminal's
   */
  constructor(descriptor: number, isOpen: () => boolean) {
    this.#descriptor = descriptor;
    this.#isOpen = isOpen;
  }

  write(bytes: Uint8Array, done: (error?: Error) => void): void {
    this.#writeFrom(bytes, 0, firstPauseMs, done);
  }

  end(): void {
    this.write(endOfFile, () => undefined);
  }

  close(): void {
    this.#isClosed = true;
    if (this.#retry) clearTimeout(this.#retry);
    this.#retry = null;
  }

  #writeFrom(bytes: Uint8Array, offset: number, pauseMs: number, done: (error?: Error) => void): void {
    if (this.#isClosed) return;
    if (!this.#isOpen()) {
      done(new Error('the terminal is closed'));
      return;
    }
    let written = 0;
    try {
      // The descriptor does not block, so that this returns at once, and never after the number means another file.
      while (offset + written < bytes.length) {
        const count = writeSync(this.#descriptor, bytes, offset + written);
        if (count === 0) break;
        written += count;
      }
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EAGAIN') {
        done(error as Error);
        return;
      }
    }
    if (offset + written >= bytes.length) {
      queueMicrotask(done);
      return;
    }
    const nextPauseMs = written > 0 ? firstPauseMs : Math.min(pauseMs * 2, longestPauseMs);
    this.#retry = setTimeout(() => this.#writeFrom(bytes, offset + written, nextPauseMs, done), nextPauseMs);
  }
}
