import { BufferPool } from './buffer-pool.js';

/** Frames that are not longer are cut from a common buffer by Node itself. */
const mostSmallBytes = 4 * 1024;
/** Kept for the next frames: what a connection sends before it is congested, for several of them. */
const mostKept = 32;
/** Content of 64 KiB in base64, and what stands around it. */
const largeFrameBytes = 96 * 1024;

/** A finished message, as UTF-8. */
export interface ContentFrame {
  readonly bytes: Buffer;
  /** To be called when the network has taken it, if ever: its place is used again. */
  readonly sent?: () => void;
}

/** A place for a large frame. */
class Place {
  readonly buffer: Buffer = Buffer.allocUnsafeSlow(largeFrameBytes);
  readonly sent: () => void;

  constructor(pool: BufferPool<Place>) {
    this.sent = () => pool.give(this);
  }
}

/**
 * Notifications that carry bytes as base64, written as one buffer each, without passing through `JSON.stringify`. Large
 * ones are written into places that are used again: docs/decisions/0017.
 */
export class ContentFrames {
  readonly #pool: BufferPool<Place> = new BufferPool<Place>(() => new Place(this.#pool), mostKept);

  /**
   * @param head,tail JSON around the base64
   * @param isAscii whether `head` is ASCII; `tail` always is
   */
  write(head: string, isAscii: boolean, content: Buffer, tail: string): ContentFrame {
    const headBytes = isAscii ? head.length : Buffer.byteLength(head);
    const base64 = content.toString('base64');
    const bytes = headBytes + base64.length + tail.length;
    const place = bytes > mostSmallBytes && bytes <= largeFrameBytes ? this.#pool.take() : null;
    const frame = place?.buffer.subarray(0, bytes) ?? Buffer.allocUnsafe(bytes);
    frame.write(head, 0, isAscii ? 'latin1' : 'utf8');
    frame.write(base64, headBytes, 'latin1');
    frame.write(tail, headBytes + base64.length, 'latin1');
    return place ? { bytes: frame, sent: place.sent } : { bytes: frame };
  }
}
