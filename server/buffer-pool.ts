/** What nobody asks for is kept for so long, in milliseconds. */
const keepMs = 5_000;

/**
 * Buffers of one size that are used again and again: to get a large one anew costs more than to fill it, and the garbage
 * collector, once it has many to free, does a full collection each time. Nobody closes it; what it keeps it drops by itself.
 */
export class BufferPool<Item extends object = Buffer> {
  readonly #make: () => Item;
  readonly #mostKept: number;
  readonly #kept: Item[] = [];
  #timer: NodeJS.Timeout | null = null;

  /**
   * @param make a new one
   * @param mostKept for later; further ones are left to the garbage collector
   */
  constructor(make: () => Item, mostKept: number) {
    this.#make = make;
    this.#mostKept = mostKept;
  }

  /** One with anything in it. Who does not give it back leaves it to the garbage collector. */
  take(): Item {
    return this.#kept.pop() ?? this.#make();
  }

  /** It came from {@link take} and nobody uses it any more. */
  give(item: Item): void {
    if (this.#kept.length === this.#mostKept) return;
    this.#kept.push(item);
    this.#timer ??= setTimeout(() => this.#drop(), keepMs).unref();
  }

  #drop(): void {
    this.#timer = null;
    this.#kept.length = 0;
  }
}
