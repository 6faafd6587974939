import type { StreamName } from './launch.js';
import type { RetentionBudget } from './retention-budget.js';

/** Output with the number it was published under. */
export interface OutputEntry {
  readonly seq: number;
  readonly stream: StreamName;
  readonly chunk: Buffer;
}

export interface OutputLogLimits {
  readonly maxBytes: number;
  readonly maxChunks: number;
}

/**
 * Everything a process has said, in order: gives out the sequence numbers, keeps the newest output, wakes readers.
 * Numbers are shared by output, exit and close; they start at 1 and have no gaps.
 */
export class OutputLog {
  readonly #limits: OutputLogLimits;
  readonly #budget: RetentionBudget;
  readonly #waiting = new Set<() => void>();
  #entries: OutputEntry[] = [];
  /** Entries before this one are evicted; the array is cut only now and then. */
  #head = 0;
  #bytes = 0;
  #nextSeq = 1;

  constructor(limits: OutputLogLimits, budget: RetentionBudget) {
    this.#limits = limits;
    this.#budget = budget;
  }

  /** The number the next event will get. */
  get nextSeq(): number {
    return this.#nextSeq;
  }

  /** The oldest number whose output is still here; {@link nextSeq} when there is none. */
  get oldestSeq(): number {
    return this.#entries[this.#head]?.seq ?? this.#nextSeq;
  }

  get retainedBytes(): number {
    return this.#bytes;
  }

  /** Keeps a chunk and returns its number. The oldest chunks give way when a limit is exceeded. */
  append(stream: StreamName, chunk: Buffer): number {
    const seq = this.#nextSeq++;
    this.#entries.push({ seq, stream, chunk });
    this.#bytes += chunk.length;
    this.#budget.add(chunk.length, this);
    while (this.#bytes > this.#limits.maxBytes || this.#entries.length - this.#head > this.#limits.maxChunks) this.evictOldest();
    this.#wake();
    return seq;
  }

  /** Numbers an event that carries no output. */
  mark(): number {
    const seq = this.#nextSeq++;
    this.#wake();
    return seq;
  }

  /** Drops the oldest chunk; false when there is none. */
  evictOldest(): boolean {
    const oldest = this.#entries[this.#head];
    if (!oldest) return false;
    this.#head++;
    this.#bytes -= oldest.chunk.length;
    this.#budget.release(oldest.chunk.length);
    if (this.#head > 1024 && this.#head * 2 > this.#entries.length) {
      this.#entries = this.#entries.slice(this.#head);
      this.#head = 0;
    } else {
      this.#entries[this.#head - 1] = evicted;
    }
    return true;
  }

  /** Drops all output; the numbers go on. */
  clear(): void {
    this.#budget.release(this.#bytes);
    this.#entries = [];
    this.#head = 0;
    this.#bytes = 0;
  }

  hasAfter(afterSeq: number): boolean {
    return (this.#entries.at(-1)?.seq ?? 0) > afterSeq && this.#entries.length > this.#head;
  }

  /**
   * Entries after a cursor, oldest first. Evicted ones are missing: their numbers show it.
   * @param afterSeq last number the reader has; 0 reads from the start
   * @param maxBytes stop before exceeding this, but return at least one entry
   */
  readAfter(afterSeq: number, maxBytes: number): OutputEntry[] {
    const entries: OutputEntry[] = [];
    let bytes = 0;
    for (let at = this.#firstAfter(afterSeq); at < this.#entries.length; at++) {
      const entry = this.#entries[at] as OutputEntry;
      if (entries.length > 0 && bytes + entry.chunk.length > maxBytes) break;
      entries.push(entry);
      bytes += entry.chunk.length;
      if (bytes >= maxBytes) break;
    }
    return entries;
  }

  /**
   * Resolves at the next event or after `timeoutMs`.
   * @throws the reason of `signal` when it aborts first
   */
  waitForEvent(timeoutMs: number, signal: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      const stop = (): void => {
        clearTimeout(timer);
        this.#waiting.delete(wake);
        signal.removeEventListener('abort', abort);
      };
      const wake = (): void => {
        stop();
        resolve();
      };
      const abort = (): void => {
        stop();
        reject(signal.reason as Error);
      };
      const timer = setTimeout(wake, Math.min(timeoutMs, longestTimerMs));
      if (signal.aborted) {
        abort();
        return;
      }
      this.#waiting.add(wake);
      signal.addEventListener('abort', abort);
    });
  }

  #wake(): void {
    if (this.#waiting.size === 0) return;
    for (const wake of [...this.#waiting]) wake();
  }

  /** Index of the first entry with a number above `afterSeq`, by bisection: numbers of marks are missing between entries. */
  #firstAfter(afterSeq: number): number {
    let low = this.#head;
    let high = this.#entries.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.#entries[middle] as OutputEntry).seq > afterSeq) high = middle;
      else low = middle + 1;
    }
    return low;
  }
}

/** Stands where an evicted entry was, so that its bytes are free. */
const evicted: OutputEntry = { seq: 0, stream: 'stdout', chunk: Buffer.alloc(0) };

/** Timers hold no more than a signed 32-bit number of milliseconds. */
const longestTimerMs = 2 ** 31 - 1;
