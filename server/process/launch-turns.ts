/**
 * Spreads launches over turns of the event loop: each blocks the loop for the time of a `fork`,
 * and between them sockets, pipes and answers have to get on.
 */
export class LaunchTurns {
  readonly #perTurn: number;
  readonly #waiting: (() => void)[] = [];
  #left: number;
  #nextTurn: NodeJS.Immediate | null = null;

  constructor(perTurn: number) {
    this.#perTurn = perTurn;
    this.#left = perTurn;
  }

  /** Resolves in order of the calls, at once while this turn has launches left. */
  take(): Promise<void> {
    this.#nextTurn ??= setImmediate(() => this.#turn());
    if (this.#left > 0 && this.#waiting.length === 0) {
      this.#left--;
      return Promise.resolve();
    }
    return new Promise((resolve) => this.#waiting.push(resolve));
  }

  #turn(): void {
    this.#left = this.#perTurn;
    for (; this.#left > 0 && this.#waiting.length > 0; this.#left--) this.#waiting.shift()?.();
    this.#nextTurn = this.#waiting.length > 0 ? setImmediate(() => this.#turn()) : null;
  }
}
