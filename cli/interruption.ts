import { setMaxListeners } from 'node:events';
import { constants } from 'node:os';

const endings = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/** The user, or the system, wants this program to end. */
export class InterruptionError extends Error {
  override readonly name = 'InterruptionError';
  /** As shells report it: 128 plus the number of the signal. */
  readonly exitCode: number;

  constructor(signal: (typeof endings)[number]) {
    super(`ended by ${signal}`);
    this.exitCode = 128 + constants.signals[signal];
  }
}

/** Turns the first signal that asks the program to end into an abort, while the block lasts; the second one ends it on the spot. */
export class Interruption implements Disposable {
  readonly #controller = new AbortController();

  constructor() {
    setMaxListeners(Infinity, this.#controller.signal); // every request under way listens
    for (const signal of endings) process.on(signal, this.#interrupt);
  }

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  [Symbol.dispose](): void {
    for (const signal of endings) process.removeListener(signal, this.#interrupt);
  }

  readonly #interrupt = (signal: NodeJS.Signals): void => {
    const error = new InterruptionError(signal as (typeof endings)[number]);
    if (this.#controller.signal.aborted) process.exit(error.exitCode);
    this.#controller.abort(error);
  };
}
