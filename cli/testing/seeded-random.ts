/** Numbers that look random and are the same for the same seed (mulberry32). */
export class SeededRandom {
  /** 0 to 4 294 967 295. */
  readonly seed: number;
  #state: number;

  /** @param seed a whole number; one of the 2 ** 32 by chance unless it is given */
  constructor(seed: number = Math.floor(Math.random() * 2 ** 32)) {
    this.seed = seed >>> 0;
    this.#state = this.seed;
  }

  /** From 0 to just below 1. */
  next(): number {
    this.#state = (this.#state + 0x6d2b79f5) >>> 0;
    let mixed = this.#state;
    mixed = Math.imul(mixed ^ (mixed >>> 15), mixed | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  }

  /** A whole number from `low` to `high`, both included. */
  between(low: number, high: number): number {
    return low + Math.floor(this.next() * (high - low + 1));
  }

  /** One of the items, of which there is at least one. */
  pick<Item>(items: readonly Item[]): Item {
    return items[this.between(0, items.length - 1)] as Item;
  }
}
