import type { OutputLog } from './output-log.js';

/**
 * Memory for the retained output of all processes of a server.
 * When it is used up, closed processes lose theirs first, those closed longest before others;
 * without any, the process that is speaking loses its own oldest output.
 */
export class RetentionBudget {
  readonly #maxBytes: number;
  readonly #closed = new Set<OutputLog>();
  #bytes = 0;

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  get bytes(): number {
    return this.#bytes;
  }

  add(bytes: number, speaker: OutputLog): void {
    this.#bytes += bytes;
    if (this.#bytes > this.#maxBytes) this.#makeRoom(speaker);
  }

  release(bytes: number): void {
    this.#bytes -= bytes;
  }

  /** From now on this log is among the first to give way. */
  noteClosed(log: OutputLog): void {
    this.#closed.add(log);
  }

  /** Drops the log's output and forgets it. */
  forget(log: OutputLog): void {
    this.#closed.delete(log);
    log.clear();
  }

  #makeRoom(speaker: OutputLog): void {
    for (const log of this.#closed) {
      if (this.#bytes <= this.#maxBytes) return;
      this.forget(log);
    }
    while (this.#bytes > this.#maxBytes && speaker.evictOldest());
  }
}
