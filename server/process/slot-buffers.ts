import { BufferPool } from '../buffer-pool.js';

/** Kept for the next blocks: what a few loud programs fill between two turns of the disk. */
const mostKept = 16;

/** Memory for output that fills slots of the spill file. */
export class SlotBuffers {
  /** Bytes of a slot. */
  readonly slotBytes: number;
  readonly #pool: BufferPool;

  constructor(slotBytes: number) {
    this.slotBytes = slotBytes;
    this.#pool = new BufferPool(() => Buffer.allocUnsafeSlow(slotBytes), mostKept);
  }

  /**
   * One for at least `bytes`, or for a whole slot when that is a good part of it.
   * @param wantedBytes how large it may be
   */
  take(bytes: number, wantedBytes: number): Buffer {
    const { slotBytes } = this;
    if (bytes > slotBytes) return Buffer.allocUnsafeSlow(bytes);
    return wantedBytes * 8 > slotBytes ? this.#pool.take() : Buffer.allocUnsafeSlow(wantedBytes);
  }

  /** Nobody uses it any more. Who does not give it back leaves it to the garbage collector. */
  give(buffer: Buffer): void {
    if (buffer.length === this.slotBytes) this.#pool.give(buffer);
  }
}
