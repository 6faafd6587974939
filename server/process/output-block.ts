import type { StreamName } from './launch.js';
import type { SpillFile } from './spill-file.js';

/** Output with the number it was published under. */
export interface OutputEntry {
  readonly seq: number;
  readonly stream: StreamName;
  readonly chunk: Buffer;
}

/** What an entry takes in memory besides its bytes, about. */
const entryOverheadBytes = 128;
/** On disk each entry has a head: number (6 bytes), stream (1), length of the chunk (4). */
export const headBytes = 11;
const mostParts = 64;
const streams: readonly StreamName[] = ['stdout', 'stderr', 'pty'];

/** Bytes of an entry in an answer: base64, and what stands around it. */
export function answerBytesOf({ chunk }: OutputEntry): number {
  return Math.ceil(chunk.length / 3) * 4 + 64;
}

/**
 * A run of output that is written to disk and dropped from there as one. `filling → full → writing → on disk`; in
 * memory until the last.
 */
export class OutputBlock {
  readonly firstSeq: number;
  /** Null once it is on disk. */
  #entries: OutputEntry[] | null = [];
  /** Entries before this one are dropped. */
  #head = 0;
  #lastSeq = 0;
  #bytes = 0;
  #answerBytes = 0;
  #encodedBytes = 0;
  #slot: number | null = null;
  isWriting = false;

  constructor(firstSeq: number) {
    this.firstSeq = firstSeq;
  }

  get isInMemory(): boolean {
    return this.#entries !== null;
  }

  /** In memory and staying there for now: entries can be dropped one by one. */
  get isLoose(): boolean {
    return this.#entries !== null && !this.isWriting;
  }

  get isEmpty(): boolean {
    return this.#entries !== null && this.#head === this.#entries.length;
  }

  /** The number of the oldest entry that is left. */
  get oldestSeq(): number {
    return this.#entries?.[this.#head]?.seq ?? this.firstSeq;
  }

  get lastSeq(): number {
    return this.#lastSeq;
  }

  /** Bytes of output in it. */
  get bytes(): number {
    return this.#bytes;
  }

  get answerBytes(): number {
    return this.#answerBytes;
  }

  /** What it takes in memory. */
  get memoryBytes(): number {
    return this.#entries === null ? 0 : this.#bytes + (this.#entries.length - this.#head) * entryOverheadBytes;
  }

  /** Whether a chunk of this length fits into a slot together with what is here. */
  hasRoomFor(length: number, slotBytes: number): boolean {
    return this.#encodedBytes + headBytes + length <= slotBytes;
  }

  push(entry: OutputEntry): void {
    this.#entries?.push(entry);
    this.#lastSeq = entry.seq;
    this.#encodedBytes += headBytes + entry.chunk.length;
    this.#count(entry, 1);
  }

  /** Drops the oldest entry of a block in memory. */
  shift(): OutputEntry | undefined {
    const oldest = this.#entries?.[this.#head];
    if (!oldest || !this.#entries) return undefined;
    this.#entries[this.#head++] = dropped;
    this.#count(oldest, -1);
    return oldest;
  }

  /**
   * What is left after a number, oldest first.
   * @throws the system's error when the disk fails
   */
  readAfter(seq: number, spill: SpillFile): readonly OutputEntry[] {
    const entries = this.#entries ?? decode(spill.read(this.#slot as number, this.#encodedBytes));
    const first = firstAfter(entries, seq);
    return first === 0 ? entries : entries.slice(first);
  }

  /** Moves it to disk, in the background; `done` tells whether that worked. */
  spill(spill: SpillFile, done: (isOnDisk: boolean) => void): void {
    if (this.#entries === null) return;
    this.isWriting = true;
    const parts = encode(this.#head === 0 ? this.#entries : this.#entries.slice(this.#head));
    const encodedBytes = parts.reduce((sum, part) => sum + part.length, 0);
    spill.write(parts, (slot) => {
      this.isWriting = false;
      if (slot !== null) {
        this.#slot = slot;
        this.#entries = null;
        this.#encodedBytes = encodedBytes;
      }
      done(slot !== null);
    });
  }

  /** Gives its place on disk back. */
  discard(spill: SpillFile): void {
    if (this.#slot !== null) spill.free(this.#slot);
    this.#slot = null;
    this.#entries = [];
    this.#head = this.#bytes = this.#answerBytes = 0;
  }

  #count(entry: OutputEntry, sign: 1 | -1): void {
    this.#bytes += sign * entry.chunk.length;
    this.#answerBytes += sign * answerBytesOf(entry);
  }
}

/** Index of the first entry with a number above `seq`, by bisection. Dropped ones have number 0. */
function firstAfter(entries: readonly OutputEntry[], seq: number): number {
  let low = 0;
  let high = entries.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((entries[middle] as OutputEntry).seq > seq) high = middle;
    else low = middle + 1;
  }
  return low;
}

/** Stands where a dropped entry was, so that its bytes are free. */
const dropped: OutputEntry = { seq: 0, stream: 'stdout', chunk: Buffer.alloc(0) };

/** Large chunks are not copied; many small ones go as one. */
function encode(entries: readonly OutputEntry[]): Buffer[] {
  const parts: Buffer[] = [];
  for (const { seq, stream, chunk } of entries) {
    const head = Buffer.allocUnsafe(headBytes);
    head.writeUIntBE(seq, 0, 6);
    head.writeUInt8(streams.indexOf(stream), 6);
    head.writeUInt32BE(chunk.length, 7);
    parts.push(head, chunk);
  }
  return parts.length > mostParts ? [Buffer.concat(parts)] : parts;
}

function decode(data: Buffer): OutputEntry[] {
  const entries: OutputEntry[] = [];
  for (let at = 0; at < data.length;) {
    const start = at + headBytes;
    const end = start + data.readUInt32BE(at + 7);
    const stream = streams[data.readUInt8(at + 6)] as StreamName;
    entries.push({ seq: data.readUIntBE(at, 6), stream, chunk: data.subarray(start, end) });
    at = end;
  }
  return entries;
}
