import { BufferPool } from '../buffer-pool.js';

/** Encoded at a time: a multiple of 3, and small enough for the fast path. */
const encodeBytes = 48 * 1024;
/** What may stand around the content in one piece. */
const aroundBytes = 64;
/** Kept for the next requests. */
const mostKept = 6;

/** Characters of so many bytes as base64. */
export function base64Length(bytes: number): number {
  return Math.ceil(bytes / 3) * 4;
}

/**
 * A buffer that content is read into and that holds it as base64 afterwards: the bytes stand at its end, and become text from its
 * beginning on, which never overtakes them.
 */
export class BlockBuffer {
  /** Content it holds. */
  readonly bytes: number;
  readonly #buffer: Buffer;

  constructor(bytes: number) {
    this.bytes = bytes;
    this.#buffer = Buffer.allocUnsafeSlow(aroundBytes + base64Length(bytes));
  }

  /** Where `length` bytes of content go. */
  content(length: number): Buffer {
    return this.#buffer.subarray(this.#buffer.length - length);
  }

  /**
   * The content as a piece of an answer. It has to be at the beginning of what `content(length)` returned.
   * @param head,tail ASCII around it, 64 characters at most together
   */
  encode(head: string, length: number, filled: number, tail: string): Buffer {
    const source = this.content(length);
    let at = this.#buffer.write(head, 0, 'latin1');
    for (let from = 0; from < filled; from += encodeBytes) {
      at += this.#buffer.write(source.toString('base64', from, Math.min(from + encodeBytes, filled)), at, 'latin1');
    }
    at += this.#buffer.write(tail, at, 'latin1');
    return this.#buffer.subarray(0, at);
  }
}

/** Buffers for content of up to one size. */
export class BlockBuffers {
  readonly #bytes: number;
  readonly #pool: BufferPool<BlockBuffer>;

  /** @param bytes of content that each holds */
  constructor(bytes: number) {
    this.#bytes = bytes;
    this.#pool = new BufferPool(() => new BlockBuffer(bytes), mostKept);
  }

  /** One for so many bytes, up to the size of all. One of its own for far fewer. */
  take(bytes: number): BlockBuffer {
    return bytes * 2 < this.#bytes ? new BlockBuffer(bytes) : this.#pool.take();
  }

  /** It is not used any more. Who does not give it back leaves it to the garbage collector. */
  give(buffer: BlockBuffer): void {
    if (buffer.bytes === this.#bytes) this.#pool.give(buffer);
  }
}
