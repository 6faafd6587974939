import type { Logger } from '../telemetry/logger.js';
import type { ProcessGroup } from './process-group.js';

export interface TerminateOptions {
  /** Ask first, with SIGTERM, and kill after so many milliseconds; 0 kills at once. */
  readonly graceMs: number;
  /** Also what the group of a program that has ended has left behind. */
  readonly orphans: boolean;
}

/**
 * How a process is brought to its end from outside: `none → asked → killed`, or `none → killed`. It has the timers of
 * the grace and of the deadline; the process owns it and closes it.
 */
export class Termination {
  readonly #group: ProcessGroup;
  readonly #onOver: () => void;
  readonly #logger: Logger;
  #state: 'none' | 'asked' | 'killed' = 'none';
  #grace: { readonly timer: NodeJS.Timeout; readonly endsAtMs: number } | null = null;
  #deadline: NodeJS.Timeout | null = null;
  #hasTimedOut = false;

  /** @param onOver called when nobody is waited for any more: the program has ended, and the group was killed or is empty */
  constructor(group: ProcessGroup, onOver: () => void, logger: Logger) {
    this.#group = group;
    this.#onOver = onOver;
    this.#logger = logger;
  }

  /** The deadline was what killed the program, before anything else did. */
  get hasTimedOut(): boolean {
    return this.#hasTimedOut;
  }

  /** Kills the group after so long, in milliseconds, from now. */
  setDeadline(timeoutMs: number): void {
    this.#deadline = setTimeout(() => this.#timeOut(), timeoutMs);
  }

  /**
   * Kills the group, or asks it to end first. False when there was nobody, or it was killed before.
   * @throws RpcError `signalFailed` when the system refuses
   */
  begin({ graceMs, orphans }: TerminateOptions): boolean {
    if (this.#state === 'killed' && this.#group.hasLeader) return false;
    if (!this.#group.hasLeader && !orphans) return false;
    return graceMs === 0 ? this.#kill() : this.#ask(graceMs);
  }

  /** Kills whatever is left. What the system refuses is logged: there is nobody to tell. */
  killNow(): void {
    try {
      this.#kill();
    } catch (error) {
      this.#logger.error({ error: (error as Error).message }, 'a process could not be killed');
    }
  }

  /** The program has ended. */
  leaderEnded(): void {
    if (this.#state === 'none' || (this.#state === 'asked' && this.#group.hasOrphans)) return;
    this.#stopGrace();
    this.#onOver();
  }

  /** The process is closed: there is no output any more that the deadline could end. */
  processClosed(): void {
    if (this.#deadline) clearTimeout(this.#deadline);
    this.#deadline = null;
  }

  /** Nothing is killed any more. */
  close(): void {
    this.processClosed();
    this.#stopGrace();
  }

  #ask(graceMs: number): boolean {
    const endsAtMs = performance.now() + graceMs;
    if (this.#grace && this.#grace.endsAtMs <= endsAtMs) return true;
    const wasReached = this.#grace !== null || this.#group.signal('SIGTERM');
    if (!wasReached && !this.#group.hasLeader) {
      this.#onOver();
      return false;
    }
    this.#stopGrace();
    this.#state = 'asked';
    this.#grace = { timer: setTimeout(() => this.killNow(), graceMs), endsAtMs };
    return true;
  }

  #kill(): boolean {
    const hadLeader = this.#group.hasLeader;
    const wasReached = this.#group.kill();
    this.#state = 'killed';
    this.#stopGrace();
    if (!hadLeader) this.#onOver();
    return hadLeader || wasReached;
  }

  #timeOut(): void {
    this.#deadline = null;
    this.#hasTimedOut = this.#group.hasLeader && this.#state !== 'killed';
    this.killNow();
  }

  #stopGrace(): void {
    if (this.#grace) clearTimeout(this.#grace.timer);
    this.#grace = null;
  }
}
