/** Where bytes go. */
export type Direction = 'toServer' | 'toClient';

/** How bytes travel, on every connection of a direction. What is left out is as without a proxy. */
export interface LineShape {
  /** Largest piece passed on in one write, 1 or more. The system may still join pieces that the receiver is late to read. */
  readonly pieceBytes?: number | undefined;
  /** How long every byte is under way, in milliseconds. */
  readonly delayMs?: number | undefined;
  /** Bytes per second of each connection, more than 0. */
  readonly bytesPerSecond?: number | undefined;
}

interface Trap {
  /** Sprung when so many bytes have passed in all. */
  readonly at: number;
  readonly spring: () => void;
}

/** What all connections of one direction have in common. */
export class FaultDirection {
  shape: LineShape = {};
  isStalled = false;
  #passedBytes = 0;
  /** Nearest first. */
  #traps: Trap[] = [];

  /** Bytes passed on so far, over all connections. */
  get passedBytes(): number {
    return this.#passedBytes;
  }

  /** Bytes that may pass before something is to happen. */
  get room(): number {
    const next = this.#traps[0];
    return next ? next.at - this.#passedBytes : Infinity;
  }

  /** Has `spring` called once so many more bytes have passed, and before any after them. @param bytes 1 or more */
  setTrap(bytes: number, spring: () => void): void {
    this.#traps.push({ at: this.#passedBytes + bytes, spring });
    this.#traps.sort((a, b) => a.at - b.at);
  }

  clearTraps(): void {
    this.#traps = [];
  }

  /** Counts bytes, no more than there is room for; returns what is to be called when the receiver has them. */
  pass(bytes: number): readonly (() => void)[] {
    this.#passedBytes += bytes;
    const due = this.#traps.filter(({ at }) => at <= this.#passedBytes);
    if (due.length > 0) this.#traps = this.#traps.slice(due.length);
    return due.map(({ spring }) => spring);
  }
}
