/**
 * Items on their way to one reader. Until somebody reads, only the newest are kept, up to a limit of bytes, and what
 * had to go is reported first; from then on everything is kept, and the feed tells when the reader is behind.
 */
export class EventFeed<Item> {
  readonly #limits: { readonly unreadBytes: number; readonly highWaterBytes: number };
  readonly #toLoss: (dropped: readonly Item[]) => Item;
  readonly #onPressure: () => void;
  readonly #onTaken: () => void;
  #items: { readonly item: Item; readonly bytes: number }[] = [];
  #bytes = 0;
  #firstDropped: Item | null = null;
  #lastDropped: Item | null = null;
  #isClaimed = false;
  #isDiscarded = false;
  #end: { readonly error: Error | null } | null = null;
  #wake: (() => void) | null = null;

  /**
   * @param toLoss the item that stands for dropped ones, of which it gets the first and the last
   * @param onPressure called when {@link isBehind} may have changed
   * @param onTaken called when {@link waitingBytes} may have become less
   */
  constructor(
    limits: { readonly unreadBytes: number; readonly highWaterBytes: number },
    toLoss: (dropped: readonly Item[]) => Item,
    onPressure: () => void,
    onTaken: () => void = () => undefined,
  ) {
    this.#limits = limits;
    this.#toLoss = toLoss;
    this.#onPressure = onPressure;
    this.#onTaken = onTaken;
  }

  /** A reader has more to do than it should. */
  get isBehind(): boolean {
    return this.#isClaimed && this.#bytes > this.#limits.highWaterBytes;
  }

  /** What a reader has still to take; what nobody reads does not count. */
  get waitingBytes(): number {
    return this.#isClaimed ? this.#bytes : 0;
  }

  get bufferedBytes(): number {
    return this.#bytes;
  }

  push(item: Item, bytes: number): void {
    if (this.#end || this.#isDiscarded) return;
    this.#items.push({ item, bytes });
    this.#bytes += bytes;
    if (!this.#isClaimed) this.#dropOldest();
    else if (this.isBehind) this.#onPressure();
    this.#notify();
  }

  /** Nothing follows; an error reaches the reader after the items before it. */
  finish(error: Error | null): void {
    this.#end ??= { error };
    this.#notify();
  }

  /** From now on nothing is dropped. */
  claim(): void {
    if (this.#isClaimed) return;
    this.#isClaimed = true;
    if (this.#firstDropped === null) return;
    const dropped = [this.#firstDropped, this.#lastDropped as Item];
    this.#items.unshift({ item: this.#toLoss(dropped), bytes: 0 });
    this.#firstDropped = this.#lastDropped = null;
  }

  /** Nobody wants the rest. */
  discard(): void {
    this.#isDiscarded = true;
    this.#items = [];
    this.#bytes = 0;
    this.#onPressure();
    this.#onTaken();
    this.#notify();
  }

  /**
   * The next item, or null after the last.
   * @throws the error of {@link finish}
   */
  async next(): Promise<Item | null> {
    this.claim();
    for (;;) {
      const item = this.take();
      if (item !== null) return item;
      if (this.#isDiscarded) return null;
      if (this.#end) {
        if (this.#end.error) throw this.#end.error;
        return null;
      }
      await new Promise<void>((resolve) => (this.#wake = resolve));
    }
  }

  /** The next item if there is one, without waiting. */
  take(): Item | null {
    const next = this.#items.shift();
    if (!next) return null;
    const wasBehind = this.isBehind;
    this.#bytes -= next.bytes;
    if (wasBehind && !this.isBehind) this.#onPressure();
    this.#onTaken();
    return next.item;
  }

  #dropOldest(): void {
    while (this.#bytes > this.#limits.unreadBytes && this.#items.length > 1) {
      const oldest = this.#items.shift();
      if (!oldest) return;
      this.#bytes -= oldest.bytes;
      this.#firstDropped ??= oldest.item;
      this.#lastDropped = oldest.item;
    }
  }

  #notify(): void {
    const wake = this.#wake;
    this.#wake = null;
    wake?.();
  }
}
