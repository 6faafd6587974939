import type { OutputLog } from './output-log.js';

export interface RetentionLimits {
  readonly memoryBytes: number;
  readonly diskBytes: number;
}

/**
 * Room for the retained output of all processes of a server, in memory and on disk.
 * When memory is used up, closed processes move theirs to disk, those closed longest before others; then whoever is
 * speaking. When the disk is used up, closed processes lose theirs in the same order.
 */
export class RetentionBudget {
  readonly #limits: RetentionLimits;
  /** Closed longest first. */
  readonly #closed = new Set<OutputLog>();
  /** Those of them that may still have something in memory. */
  readonly #closedInMemory = new Set<OutputLog>();
  /** Output retained, wherever; the logs count it. */
  bytes = 0;
  #memoryBytes = 0;
  #diskBytes = 0;

  constructor(limits: RetentionLimits) {
    this.#limits = limits;
  }

  get memoryBytes(): number {
    return this.#memoryBytes;
  }

  takeMemory(bytes: number, speaker: OutputLog): void {
    this.#memoryBytes += bytes;
    if (this.#memoryBytes > this.#limits.memoryBytes) this.#relieveMemory(speaker);
  }

  giveMemory(bytes: number): void {
    this.#memoryBytes -= bytes;
  }

  /** False when there is no room, even after closed processes have lost theirs. */
  takeDisk(bytes: number, taker: OutputLog): boolean {
    for (const log of this.#closed) {
      if (this.#diskBytes + bytes <= this.#limits.diskBytes) break;
      if (log !== taker) this.forget(log);
    }
    if (this.#diskBytes + bytes > this.#limits.diskBytes) return false;
    this.#diskBytes += bytes;
    return true;
  }

  giveDisk(bytes: number): void {
    this.#diskBytes -= bytes;
  }

  /** From now on this log is among the first to give way. */
  noteClosed(log: OutputLog): void {
    this.#closed.add(log);
    this.#closedInMemory.add(log);
  }

  /** Drops the log's output and forgets it. */
  forget(log: OutputLog): void {
    this.#closed.delete(log);
    this.#closedInMemory.delete(log);
    log.clear();
  }

  #relieveMemory(speaker: OutputLog): void {
    let excess = this.#memoryBytes - this.#limits.memoryBytes;
    for (const log of this.#closedInMemory) {
      if (excess <= 0) return;
      this.#closedInMemory.delete(log);
      excess -= log.memoryBytes;
      log.leaveMemory(true);
    }
    if (excess > 0) speaker.leaveMemory(false);
  }
}
