import type { EventOrder } from './event-order.js';

/** Notices when an event that later ones wait for does not come: servers that lose one do not say so. */
export class GapWatch {
  readonly #order: EventOrder;
  readonly #delayMs: number;
  readonly #onGap: () => void;
  #timer: ReturnType<typeof setTimeout> | null = null;

  /** @param onGap called when nothing has been delivered for `delayMs` although something waits */
  constructor(order: EventOrder, delayMs: number, onGap: () => void) {
    this.#order = order;
    this.#delayMs = delayMs;
    this.#onGap = onGap;
  }

  /** An event has come. */
  look(): void {
    if (this.#order.earlyCount === 0) this.stop();
    else if (!this.#timer) this.#wait();
  }

  stop(): void {
    if (this.#timer) clearTimeout(this.#timer);
    this.#timer = null;
  }

  #wait(): void {
    const { cursor } = this.#order;
    this.#timer = setTimeout(() => {
      this.#timer = null;
      if (this.#order.earlyCount === 0) return;
      if (this.#order.cursor === cursor) this.#onGap();
      else this.#wait();
    }, this.#delayMs);
  }
}
