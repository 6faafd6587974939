import type { InputSink } from '#server/process/launch.js';

/** Stands for the stdin of a process; the test decides when it reads. */
export class FakeSink implements InputSink {
  readonly staysOpen: boolean;
  /** What the process has been given, in order: text, and `end`. */
  readonly taken: string[] = [];
  isClosed = false;
  /** When set, every write fails with it before `write` returns, as on a terminal that has hung up. */
  failure: Error | null = null;
  #done: ((error?: Error) => void) | null = null;

  constructor({ staysOpen = false } = {}) {
    this.staysOpen = staysOpen;
  }

  get isWriting(): boolean {
    return this.#done !== null;
  }

  write(bytes: Uint8Array, done: (error?: Error) => void): void {
    if (this.#done) throw new Error('a write before the last one was done');
    this.taken.push(Buffer.from(bytes).toString());
    if (this.failure) done(this.failure);
    else this.#done = done;
  }

  end(): void {
    this.taken.push('end');
  }

  close(): void {
    this.isClosed = true;
  }

  /** The process reads the write under way; false when there is none. */
  read(error?: Error): boolean {
    const done = this.#done;
    this.#done = null;
    done?.(error);
    return done !== null;
  }

  /** The process reads until nothing comes any more. */
  readAll(): void {
    while (this.read());
  }
}
