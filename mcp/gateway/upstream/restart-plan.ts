import type { Limits } from '@exec-server/protocol';

/** When an upstream that has failed is started again. Decides only; the clock is the caller's. */
export class RestartPlan {
  readonly #limits: Limits;
  readonly #random: () => number;
  #failures = 0;

  /** @param random from 0 to 1 */
  constructor(limits: Limits, random: () => number = Math.random) {
    this.#limits = limits;
    this.#random = random;
  }

  /**
   * It has failed, or could not be started: milliseconds to wait before the next start, or null to give up.
   * @param livedMs how long it had run
   */
  failed(livedMs: number): number | null {
    const { mcpHealthyMs, mcpRestartAttempts, mcpRestartDelayMs, mcpRestartMaxDelayMs } = this.#limits;
    if (livedMs >= mcpHealthyMs) this.#failures = 0;
    this.#failures++;
    if (this.#failures > mcpRestartAttempts) return null;
    const delayMs = Math.min(mcpRestartDelayMs * 2 ** (this.#failures - 1), mcpRestartMaxDelayMs);
    return delayMs * (0.5 + this.#random() / 2);
  }
}
