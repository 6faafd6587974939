import type { StreamName } from './launch.js';
import { headBytes, OutputEntries, type OutputEntry } from './output-entries.js';
import type { SpillFile } from './spill-file.js';

/** Bytes in an answer of an entry with a chunk of this length: base64, and what stands around it. */
export function answerBytesOf(chunkBytes: number): number {
  return Math.ceil(chunkBytes / 3) * 4 + 64;
}

/**
 * A run of output that is written to disk and dropped from there as one. `filling → full → writing → on disk`; in
 * memory until the last.
 */
export class OutputBlock {
  readonly firstSeq: number;
  readonly #spill: SpillFile;
  /** Null once it is on disk, or dropped. */
  #entries: OutputEntries | null;
  #lastSeq = 0;
  #bytes = 0;
  #answerBytes = 0;
  /** On disk. */
  #encodedBytes = 0;
  #slot: number | null = null;
  isWriting = false;

  constructor(firstSeq: number, spill: SpillFile) {
    this.firstSeq = firstSeq;
    this.#spill = spill;
    this.#entries = new OutputEntries(spill.buffers);
  }

  get isInMemory(): boolean {
    return this.#entries !== null;
  }

  /** In memory and staying there for now: entries can be dropped one by one. */
  get isLoose(): boolean {
    return this.#entries !== null && !this.isWriting;
  }

  get isEmpty(): boolean {
    return this.#entries?.isEmpty ?? false;
  }

  /** The number of the oldest entry that is left. */
  get oldestSeq(): number {
    return this.#entries?.oldestSeq ?? this.firstSeq;
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

  /** What the entries take that are left, as long as they are in memory. */
  get keptBytes(): number {
    return this.#entries?.keptBytes ?? 0;
  }

  /** What it takes in memory. */
  get memoryBytes(): number {
    return this.#entries?.memoryBytes ?? 0;
  }

  /** Whether a chunk of this length fits into a slot together with what is here. */
  hasRoomFor(length: number, slotBytes: number): boolean {
    return (this.#entries?.usedBytes ?? slotBytes) + headBytes + length <= slotBytes;
  }

  /** Copies the chunk. */
  push(seq: number, stream: StreamName, chunk: Buffer): void {
    this.#entries?.push(seq, stream, chunk);
    this.#lastSeq = seq;
    this.#bytes += chunk.length;
    this.#answerBytes += answerBytesOf(chunk.length);
  }

  /** Drops the oldest entry of a block in memory. */
  shift(): OutputEntry | undefined {
    const oldest = this.#entries?.shift();
    if (!oldest) return undefined;
    this.#bytes -= oldest.chunk.length;
    this.#answerBytes -= answerBytesOf(oldest.chunk.length);
    return oldest;
  }

  /**
   * What is left after a number, oldest first.
   * @throws the system's error when the disk fails
   */
  readAfter(seq: number): OutputEntry[] {
    const spill = this.#spill;
    const entries = this.#entries ?? OutputEntries.decode(spill.read(this.#slot as number, this.#encodedBytes), spill.buffers);
    return entries.readAfter(seq);
  }

  /** Nothing follows: it takes no more memory than it needs. */
  shrink(): void {
    if (!this.isWriting) this.#entries?.shrink();
  }

  /** Moves it to disk, in the background; `done` tells whether that worked. */
  spill(done: (isOnDisk: boolean) => void): void {
    const entries = this.#entries;
    if (!entries) return;
    this.isWriting = true;
    const encoded = entries.encoded();
    this.#spill.write(encoded, (slot) => {
      this.isWriting = false;
      if (slot !== null) {
        this.#slot = slot;
        this.#encodedBytes = encoded.length;
        this.#leaveMemory();
      }
      done(slot !== null);
    });
  }

  /** Gives its place on disk and in memory back. */
  discard(): void {
    if (this.#slot !== null) this.#spill.free(this.#slot);
    this.#slot = null;
    this.#bytes = this.#answerBytes = 0;
    if (!this.isWriting) this.#leaveMemory();
  }

  #leaveMemory(): void {
    this.#entries?.close();
    this.#entries = null;
  }
}
