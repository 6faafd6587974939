import { limits } from '@exec-server/protocol';

/** A piece of a body. */
export interface Delta {
  /** From 1, without gaps. */
  readonly seq: number;
  readonly chunk: Uint8Array;
  /** Nothing follows. */
  readonly done: boolean;
  /** Why the body ends too early. */
  readonly error: string | null;
}

/**
 * Puts the pieces of a body in order. A connection keeps their order, so that a number is missed for good when it does
 * not come soon: then, and when a number comes twice, the body has failed. `close` ends its timer.
 */
export class DeltaOrder {
  readonly #deliver: (delta: Delta) => void;
  readonly #fail: (reason: string) => void;
  readonly #early = new Map<number, Delta>();
  #nextSeq = 1;
  #timer: ReturnType<typeof setTimeout> | null = null;

  constructor(deliver: (delta: Delta) => void, fail: (reason: string) => void) {
    this.#deliver = deliver;
    this.#fail = fail;
  }

  push(delta: Delta): void {
    if (delta.seq < this.#nextSeq || this.#early.has(delta.seq)) return this.#fail(`piece ${delta.seq} came twice`);
    this.#early.set(delta.seq, delta);
    if (this.#early.size > limits.outOfOrderEvents) return this.#miss();
    this.close();
    for (let next = this.#early.get(this.#nextSeq); next; next = this.#early.get(this.#nextSeq)) {
      this.#early.delete(this.#nextSeq++);
      this.#deliver(next);
    }
    if (this.#early.size > 0) this.#timer = setTimeout(() => this.#miss(), limits.missingDeltaMs);
  }

  close(): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
  }

  #miss(): void {
    this.#fail(`piece ${this.#nextSeq} is missing`);
  }
}
