export interface BackOffOptions {
  /** Pause after the first failure, in milliseconds. */
  readonly delayMs: number;
  /** Longest pause, in milliseconds. */
  readonly maxDelayMs: number;
  /** No attempt starts later than this after the beginning, in milliseconds. */
  readonly windowMs: number;
}

/**
 * When to try again: pauses double up to a limit and are shortened by up to a half at random, so that many clients
 * that lost the same server do not come back in step.
 */
export class BackOff {
  readonly #options: BackOffOptions;
  readonly #startedMs: number;
  #delayMs: number;

  constructor(options: BackOffOptions, nowMs: number) {
    this.#options = options;
    this.#startedMs = nowMs;
    this.#delayMs = options.delayMs;
  }

  /**
   * The next pause in milliseconds, or null when the window is over.
   * @param random 0 up to 1
   */
  next(nowMs: number, random: number): number | null {
    const pauseMs = this.#delayMs * (1 - random / 2);
    if (nowMs + pauseMs - this.#startedMs > this.#options.windowMs) return null;
    this.#delayMs = Math.min(this.#delayMs * 2, this.#options.maxDelayMs);
    return pauseMs;
  }
}
