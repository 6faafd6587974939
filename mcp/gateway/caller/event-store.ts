import type { Limits } from '@exec-server/protocol';

/** A message on one stream of a session. */
export interface StoredEvent {
  /** Number of the stream; 0 is the one for messages that belong to no request. */
  readonly stream: number;
  /** From 1, without gaps within the stream. */
  readonly seq: number;
  readonly text: string;
  readonly atMs: number;
}

/**
 * Events of the streams of one session, kept for a caller that comes back: bounded by count, bytes and age. What has to
 * go goes oldest first. Decides only; the clock is the caller's.
 */
export class EventStore {
  readonly #limits: Limits;
  readonly #now: () => number;
  #events: StoredEvent[] = [];
  #bytes = 0;

  constructor(limits: Limits, now: () => number = () => performance.now()) {
    this.#limits = limits;
    this.#now = now;
  }

  get bytes(): number {
    return this.#bytes;
  }

  add(stream: number, seq: number, text: string): void {
    this.#events.push({ stream, seq, text, atMs: this.#now() });
    this.#bytes += Buffer.byteLength(text);
    this.#trim();
  }

  /** What followed on a stream after `seq`; null when some of it is gone. @param lastSeq the newest on the stream */
  after(stream: number, seq: number, lastSeq: number): StoredEvent[] | null {
    this.#trim();
    const events = this.#events.filter((event) => event.stream === stream && event.seq > seq);
    return events.length === lastSeq - seq ? events : null;
  }

  #trim(): void {
    const { mcpStoredEvents, mcpStoredBytes, mcpStoredMs } = this.#limits;
    const oldestMs = this.#now() - mcpStoredMs;
    let gone = 0;
    for (const { atMs, text } of this.#events) {
      const isTooMuch = this.#events.length - gone > mcpStoredEvents || this.#bytes > mcpStoredBytes;
      if (!isTooMuch && atMs > oldestMs) break;
      this.#bytes -= Buffer.byteLength(text);
      gone++;
    }
    if (gone > 0) this.#events.splice(0, gone);
  }
}
