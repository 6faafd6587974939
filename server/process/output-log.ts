import type { StreamName } from './launch.js';
import { answerBytesOf, OutputBlock } from './output-block.js';
import type { OutputEntry } from './output-entries.js';
import type { OutputLogLimits } from './output-limits.js';
import { type OutputGap, OutputLoss } from './output-loss.js';
import type { RetentionBudget } from './retention-budget.js';
import type { SpillFile } from './spill-file.js';
import { WaitingReaders } from './waiting-readers.js';

/**
 * Everything a process has said, in order: gives out the sequence numbers and keeps the output, the newest in memory,
 * the rest on disk. Numbers are shared by output, exit and close; they start at 1 and have no gaps.
 * What was delivered gives way first, oldest first.
 */
export class OutputLog {
  readonly #limits: OutputLogLimits;
  readonly #budget: RetentionBudget;
  readonly #spill: SpillFile;
  readonly #onRoom: () => void;
  readonly #loss = new OutputLoss();
  /** Oldest first. */
  readonly #blocks: OutputBlock[] = [];
  /** At least so many blocks, from the first, are on disk. */
  #leftOnDisk = 0;
  #bytes = 0;
  #memoryBytes = 0;
  #undeliveredBytes = 0;
  #deliveredSeq = 0;
  /** Something before the newest output is undelivered. */
  #hasBacklog = false;
  #nextSeq = 1;
  readonly #readers = new WaitingReaders();

  /** @param onRoom called when the log is not full any more */
  constructor(limits: OutputLogLimits, budget: RetentionBudget, spill: SpillFile, onRoom: () => void = () => undefined) {
    this.#limits = limits;
    this.#budget = budget;
    this.#spill = spill;
    this.#onRoom = onRoom;
  }

  /** The number the next event will get. */
  get nextSeq(): number {
    return this.#nextSeq;
  }

  /** The oldest number whose output is still here; {@link nextSeq} when there is none. */
  get oldestSeq(): number {
    return this.#blocks[0]?.oldestSeq ?? this.#nextSeq;
  }

  get retainedBytes(): number {
    return this.#bytes;
  }

  get memoryBytes(): number {
    return this.#memoryBytes;
  }

  /** Whether the process should say nothing more until somebody has read, or the disk has kept up. */
  get isFull(): boolean {
    const { maxBytes, maxMemoryBytes, maxUnwrittenBytes, maxUndeliveredBytes, whenFull } = this.#limits;
    return (
      this.#memoryBytes > maxMemoryBytes + maxUnwrittenBytes ||
      (whenFull === 'pause' && (this.#bytes > maxBytes || this.#undeliveredBytes > maxUndeliveredBytes))
    );
  }

  /** Keeps a copy of a chunk and returns its number. */
  append(stream: StreamName, chunk: Buffer): number {
    const seq = this.#nextSeq++;
    let block = this.#blocks.at(-1);
    if (!block?.isLoose || !block.hasRoomFor(chunk.length, this.#limits.blockBytes)) {
      block = new OutputBlock(seq, this.#spill);
      this.#blocks.push(block);
    }
    this.#change(block, () => block.push(seq, stream, chunk));
    this.#hasBacklog = this.#undeliveredBytes > 0;
    this.#undeliveredBytes += answerBytesOf(chunk.length);
    this.#trim();
    if (this.#memoryBytes > this.#limits.maxMemoryBytes) this.#spillDown(this.#limits.maxMemoryBytes);
    this.#readers.wake();
    return seq;
  }

  /** There will be no output any more. */
  end(): void {
    const last = this.#blocks.at(-1);
    if (last) this.#change(last, () => last.shrink());
  }

  /** Numbers an event that carries no output. */
  mark(): number {
    const seq = this.#nextSeq++;
    this.#readers.wake();
    return seq;
  }

  /**
   * Resolves at the next event or after `timeoutMs`.
   * @throws the reason of `signal` when it aborts first
   */
  waitForEvent(timeoutMs: number, signal: AbortSignal): Promise<void> {
    return this.#readers.wait(timeoutMs, signal);
  }

  /** This number was pushed to a client. It counts as delivered unless the client has still to read what was before. */
  sent(seq: number): void {
    if (!this.#hasBacklog) this.deliver(seq);
  }

  /** Everything up to this number has been sent to a client, which has it or may ask for it again. */
  deliver(seq: number): void {
    if (seq <= this.#deliveredSeq) return;
    this.#deliveredSeq = seq;
    this.#undeliveredBytes = seq >= this.#nextSeq - 1 ? 0 : this.#countUndelivered();
    this.#trim();
    if (this.isFull) this.#spillDown(this.#limits.maxMemoryBytes);
    if (!this.isFull) this.#onRoom();
  }

  hasAfter(afterSeq: number): boolean {
    return (this.#blocks.at(-1)?.lastSeq ?? 0) > afterSeq;
  }

  /** What a reader with this cursor has missed for good. */
  gapAfter(afterSeq: number): OutputGap | null {
    return this.#loss.after(afterSeq);
  }

  /**
   * Entries after a cursor, oldest first. Dropped ones are missing: {@link gapAfter} tells.
   * @param afterSeq last number the reader has; 0 reads from the start
   * @param maxBytes stop before exceeding this, but return at least one entry
   * @param maxAnswerBytes the same for what the answer takes
   */
  readAfter(afterSeq: number, maxBytes: number, maxAnswerBytes = Infinity): OutputEntry[] {
    const entries: OutputEntry[] = [];
    let bytes = 0;
    let answerBytes = 0;
    for (let at = this.#firstBlockAfter(afterSeq); at < this.#blocks.length; at++) {
      const read = this.#readBlock(this.#blocks[at] as OutputBlock, afterSeq);
      if (read === null) return this.readAfter(afterSeq, maxBytes, maxAnswerBytes);
      for (const entry of read) {
        bytes += entry.chunk.length;
        answerBytes += answerBytesOf(entry.chunk.length);
        if (entries.length > 0 && (bytes > maxBytes || answerBytes > maxAnswerBytes)) return entries;
        entries.push(entry);
        if (bytes >= maxBytes) return entries;
      }
    }
    return entries;
  }

  /**
   * Moves all that is in memory to disk.
   * @param mayLose without a disk it is dropped instead
   */
  leaveMemory(mayLose: boolean): void {
    this.#spillDown(0);
    if (mayLose && this.#blocks.some((block) => block.isInMemory && !block.isWriting)) this.clear();
  }

  /** Drops all output; the numbers go on. */
  clear(): void {
    while (this.#dropOldest());
    this.#undeliveredBytes = 0;
  }

  /** Drops what is too much, but nothing that nobody has got unless that is wanted. */
  #trim(): void {
    while (this.#bytes > this.#limits.maxBytes && this.#mayDropOldest() && this.#dropOldest());
  }

  #mayDropOldest(): boolean {
    const oldest = this.#blocks[0];
    if (!oldest || this.#limits.whenFull === 'dropOldest') return oldest !== undefined;
    return (oldest.isLoose ? oldest.oldestSeq : oldest.lastSeq) <= this.#deliveredSeq;
  }

  /** Drops one entry, or a whole block when it is on disk or on its way; false when there is none. */
  #dropOldest(): boolean {
    const block = this.#blocks[0];
    if (!block) return false;
    if (block.isLoose) {
      const dropped = this.#change(block, () => block.shift());
      if (dropped) this.#loss.note(dropped.seq, dropped.chunk.length);
      if (!block.isEmpty) return true;
    } else {
      this.#loss.note(block.lastSeq, block.bytes);
      this.#leftOnDisk = Math.max(0, this.#leftOnDisk - 1);
      if (!block.isWriting) this.#budget.giveDisk(block.bytes); // else when it is written
    }
    this.#blocks.shift();
    this.#change(block, () => block.discard());
    return true;
  }

  /** Starts to move the oldest output to disk, until what stays in memory is no more than this. */
  #spillDown(maxMemoryBytes: number): void {
    let stays = this.#memoryBytes;
    while (this.#blocks[this.#leftOnDisk]?.isInMemory === false) this.#leftOnDisk++;
    for (let at = this.#leftOnDisk; at < this.#blocks.length; at++) {
      const block = this.#blocks[at] as OutputBlock;
      if (stays <= maxMemoryBytes) return;
      if (!block.isInMemory) continue;
      stays -= block.memoryBytes;
      if (block.isWriting || this.#spillBlock(block)) continue;
      // No disk: what was delivered gives way, what was not makes the log full.
      while (this.#hasTooMuch && this.#mayDropOldest() && this.#dropOldest());
      return;
    }
  }

  /** For a log without a disk. Buffers are often larger than what is in them, and a client that comes back wants what may be kept. */
  get #hasTooMuch(): boolean {
    const { maxMemoryBytes, maxUnwrittenBytes } = this.#limits;
    if (this.#memoryBytes > maxMemoryBytes + maxUnwrittenBytes) return true;
    let bytes = 0;
    for (let at = this.#leftOnDisk; at < this.#blocks.length; at++) bytes += this.#blocks[at]?.keptBytes ?? 0;
    return bytes > maxMemoryBytes;
  }

  #spillBlock(block: OutputBlock): boolean {
    const { bytes, memoryBytes } = block;
    if (!this.#spill.isUsable || !this.#budget.takeDisk(bytes, this)) return false;
    block.spill((isOnDisk) => {
      const isDropped = !this.#blocks.includes(block);
      if (!isOnDisk || isDropped) this.#budget.giveDisk(bytes);
      if (isOnDisk || isDropped) this.#countMemory(-memoryBytes);
      if (isDropped) {
        block.discard();
        return;
      }
      if (!isOnDisk) this.#spillDown(this.#limits.maxMemoryBytes);
      if (!this.isFull) this.#onRoom();
    });
    return true;
  }

  /** Null when the disk has failed: the block and what is older are lost then. */
  #readBlock(block: OutputBlock, afterSeq: number): readonly OutputEntry[] | null {
    try {
      return block.readAfter(afterSeq);
    } catch {
      while (this.#blocks.includes(block)) this.#dropOldest();
      return null;
    }
  }

  #countUndelivered(): number {
    let bytes = 0;
    for (let at = this.#firstBlockAfter(this.#deliveredSeq); at < this.#blocks.length; at++) bytes += this.#blocks[at]?.answerBytes ?? 0;
    return bytes;
  }

  /** Index of the first block with a number above `afterSeq`, by bisection. */
  #firstBlockAfter(afterSeq: number): number {
    let low = 0;
    let high = this.#blocks.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.#blocks[middle] as OutputBlock).lastSeq > afterSeq) high = middle;
      else low = middle + 1;
    }
    return low;
  }

  /** Does something to a block and counts what it changes. */
  #change<Result>(block: OutputBlock, change: () => Result): Result {
    const { bytes, memoryBytes } = block;
    const result = change();
    this.#bytes += block.bytes - bytes;
    this.#budget.bytes += block.bytes - bytes;
    this.#countMemory(block.memoryBytes - memoryBytes);
    return result;
  }

  #countMemory(bytes: number): void {
    this.#memoryBytes += bytes;
    if (bytes > 0) this.#budget.takeMemory(bytes, this);
    else this.#budget.giveMemory(-bytes);
  }
}
