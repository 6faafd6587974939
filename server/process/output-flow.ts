import type { OutputSource } from './launch.js';
import type { OutputLog } from './output-log.js';

/** `congested`: the connection has no room; `full`: the log has none; `credit`: the client has granted no more. */
export type HoldReason = 'congested' | 'full' | 'credit';

export interface OutputFlowOptions {
  readonly sources: readonly OutputSource[];
  readonly log: OutputLog;
  /** Output the client has room for, in bytes; null for no limit. */
  readonly creditBytes: number | null;
  /** A client that is back has this long to begin to read, in milliseconds. */
  readonly catchUpMs: number;
}

/** Whether the output of a process is read: its child blocks, once its pipe is full, as long as there is a reason. */
export class OutputFlow {
  readonly #log: OutputLog;
  readonly #catchUpMs: number;
  readonly #holds = new Set<HoldReason>();
  #sources: readonly OutputSource[];
  /** What the client has still room for; below zero when it has to catch up first. */
  #creditBytes: number | null;
  #catchUpTimer: NodeJS.Timeout | null = null;

  constructor({ sources, log, creditBytes, catchUpMs }: OutputFlowOptions) {
    this.#sources = sources;
    this.#log = log;
    this.#creditBytes = creditBytes;
    this.#catchUpMs = catchUpMs;
  }

  /** Stops reading, until every reason is taken back. */
  hold(reason: HoldReason): void {
    if (this.#holds.size === 0) for (const source of this.#sources) source.pause();
    this.#holds.add(reason);
  }

  release(reason: HoldReason): void {
    if (!this.#holds.delete(reason)) return;
    if (reason === 'full') this.#stopWaiting();
    if (this.#holds.size === 0) for (const source of this.#sources) source.resume();
  }

  /** Output was said. @param hasReader there is a client, which can grant more */
  spend(bytes: number, hasReader: boolean): void {
    if (this.#creditBytes === null) return;
    this.#creditBytes -= bytes;
    if (hasReader && this.#creditBytes <= 0) this.hold('credit');
  }

  /** The client has room for so much more. */
  grant(bytes: number): void {
    if (this.#creditBytes === null) return;
    this.#creditBytes = Math.min(this.#creditBytes + bytes, Number.MAX_SAFE_INTEGER);
    if (this.#creditBytes > 0) this.release('credit');
  }

  /** A client is there again. */
  readerCame(): void {
    this.spend(0, true);
    this.awaitReader();
  }

  /** The client is gone: nobody can grant, and nobody is waited for. */
  readerLeft(): void {
    this.release('credit');
    this.#stopWaiting();
  }

  /** A client is there, though what it has missed fills the log: when it does not begin to read, nobody waits for it. */
  awaitReader(): void {
    if (!this.#log.isFull) return;
    this.#catchUpTimer ??= setTimeout(() => this.#log.deliver(this.#log.nextSeq - 1), this.#catchUpMs);
    this.#catchUpTimer.unref();
  }

  /** There is no output any more. */
  close(): void {
    this.#sources = [];
    this.#stopWaiting();
  }

  #stopWaiting(): void {
    if (this.#catchUpTimer) clearTimeout(this.#catchUpTimer);
    this.#catchUpTimer = null;
  }
}
