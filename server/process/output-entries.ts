import type { StreamName } from './launch.js';
import type { SlotBuffers } from './slot-buffers.js';

/** Output with the number it was published under. */
export interface OutputEntry {
  readonly seq: number;
  readonly stream: StreamName;
  /** Good for this turn of the event loop: its place may be used again. */
  readonly chunk: Buffer;
}

/** Before each chunk: number (6 bytes), stream (1), length (4). */
export const headBytes = 11;
/** Where an entry begins is kept as well. */
const startBytes = 8;
/** Room to begin with, and the factor by which it grows. */
const fewestBytes = 256;
const growth = 4;
const nothing: Buffer = Buffer.alloc(0);
const streams: readonly StreamName[] = ['stdout', 'stderr', 'pty'];

/** Entries one behind the other in one buffer, in the form they have on disk. */
export class OutputEntries {
  readonly #buffers: SlotBuffers;
  #data: Buffer = nothing;
  #usedBytes = 0;
  readonly #starts: number[] = [];
  /** Entries before this one are dropped. */
  #head = 0;

  /** @param buffers where large ones come from; {@link close} gives them back */
  constructor(buffers: SlotBuffers) {
    this.#buffers = buffers;
  }

  /** What {@link encoded} has returned. */
  static decode(data: Buffer, buffers: SlotBuffers): OutputEntries {
    const entries = new OutputEntries(buffers);
    for (let at = 0; at < data.length; at += headBytes + data.readUInt32BE(at + 7)) entries.#starts.push(at);
    entries.#data = data;
    entries.#usedBytes = data.length;
    return entries;
  }

  get isEmpty(): boolean {
    return this.#head === this.#starts.length;
  }

  /** The number of the oldest. */
  get oldestSeq(): number | undefined {
    return this.isEmpty ? undefined : this.#seqAt(this.#head);
  }

  /** What they take on disk, the dropped ones included. */
  get usedBytes(): number {
    return this.#usedBytes;
  }

  /** What those take that are left, wherever. */
  get keptBytes(): number {
    return this.isEmpty ? 0 : this.#usedBytes - (this.#starts[this.#head] as number) + (this.#starts.length - this.#head) * startBytes;
  }

  /** What they take in memory: the buffer is often larger than what is in it. */
  get memoryBytes(): number {
    return this.#data.length + this.#starts.length * startBytes;
  }

  /** Copies the chunk. */
  push(seq: number, stream: StreamName, chunk: Buffer): void {
    const at = this.#usedBytes;
    const end = at + headBytes + chunk.length;
    if (end > this.#data.length) this.#move(this.#larger(end));
    this.#data.writeUIntBE(seq, at, 6);
    this.#data[at + 6] = streams.indexOf(stream);
    this.#data.writeUInt32BE(chunk.length, at + 7);
    chunk.copy(this.#data, at + headBytes);
    this.#starts.push(at);
    this.#usedBytes = end;
  }

  /** Drops the oldest. */
  shift(): OutputEntry | undefined {
    return this.isEmpty ? undefined : this.#entryAt(this.#head++);
  }

  /** What is left after a number, oldest first. */
  readAfter(seq: number): OutputEntry[] {
    const entries: OutputEntry[] = [];
    for (let index = this.#firstAfter(seq); index < this.#starts.length; index++) entries.push(this.#entryAt(index));
    return entries;
  }

  /** What is left, as it goes to disk. */
  encoded(): Buffer {
    return this.#data.subarray(this.#starts[this.#head] ?? this.#usedBytes, this.#usedBytes);
  }

  /** Nothing follows: they take no more than they need. */
  shrink(): void {
    if (this.#usedBytes < this.#data.length) this.#move(Buffer.allocUnsafeSlow(this.#usedBytes));
  }

  /** Nobody reads them any more. */
  close(): void {
    this.#buffers.give(this.#data);
    this.#data = nothing;
    this.#starts.length = this.#usedBytes = this.#head = 0;
  }

  /** A buffer for at least so many bytes. */
  #larger(bytes: number): Buffer {
    const wanted = Math.max(bytes, fewestBytes, this.#data.length * growth);
    return this.#buffers.take(bytes, wanted);
  }

  #move(to: Buffer): void {
    this.#data.copy(to, 0, 0, this.#usedBytes);
    this.#buffers.give(this.#data);
    this.#data = to;
  }

  #entryAt(index: number): OutputEntry {
    const at = this.#starts[index] as number;
    const chunk = at + headBytes;
    return {
      seq: this.#seqAt(index),
      stream: streams[this.#data[at + 6] as number] as StreamName,
      chunk: this.#data.subarray(chunk, chunk + this.#data.readUInt32BE(at + 7)),
    };
  }

  #seqAt(index: number): number {
    return this.#data.readUIntBE(this.#starts[index] as number, 6);
  }

  /** Index of the first entry that is left and has a number above `seq`, by bisection. */
  #firstAfter(seq: number): number {
    let low = this.#head;
    let high = this.#starts.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.#seqAt(middle) > seq) high = middle;
      else low = middle + 1;
    }
    return low;
  }
}
