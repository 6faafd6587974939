import type { ProcessEvent, SequencedEvent } from './process-event.js';

/**
 * Puts the events of a process in order: delivers them by their numbers, drops those seen before, keeps those that
 * come early until the missing ones are there or are known to be lost.
 */
export class EventOrder {
  readonly #deliver: (event: ProcessEvent) => void;
  readonly #early = new Map<number, SequencedEvent>();
  #nextSeq = 1;
  #hasExit = false;

  constructor(deliver: (event: ProcessEvent) => void) {
    this.#deliver = deliver;
  }

  /** The number of the last event delivered; 0 before the first. */
  get cursor(): number {
    return this.#nextSeq - 1;
  }

  /** The exit has been delivered or waits for its turn. */
  get hasExit(): boolean {
    return this.#hasExit;
  }

  /** The highest number that has come. */
  get latestSeq(): number {
    return Math.max(this.cursor, ...this.#early.keys());
  }

  /** Events that wait for an earlier one. */
  get earlyCount(): number {
    return this.#early.size;
  }

  has(seq: number): boolean {
    return seq < this.#nextSeq || this.#early.has(seq);
  }

  push(event: SequencedEvent): void {
    if (this.has(event.seq)) return;
    if (event.type === 'exited') this.#hasExit = true;
    if (event.seq > this.#nextSeq) {
      this.#early.set(event.seq, event);
      return;
    }
    this.#nextSeq++;
    this.#deliver(event);
    this.#deliverEarly();
  }

  /** Everything up to `seq` that is still missing is lost: it is announced, and what follows is delivered. */
  skipTo(seq: number): void {
    while (this.#nextSeq <= seq) {
      const fromSeq = this.#nextSeq;
      while (this.#nextSeq <= seq && !this.#early.has(this.#nextSeq)) this.#nextSeq++;
      if (this.#nextSeq > fromSeq) this.#deliver({ type: 'gap', fromSeq, toSeq: this.#nextSeq - 1 });
      this.#deliverEarly();
    }
  }

  #deliverEarly(): void {
    for (let event = this.#early.get(this.#nextSeq); event; event = this.#early.get(this.#nextSeq)) {
      this.#early.delete(this.#nextSeq++);
      this.#deliver(event);
    }
  }
}
