import { performance } from 'node:perf_hooks';
import { setImmediate } from 'node:timers/promises';

/** Work goes on in one turn of the event loop for about so long, in milliseconds. */
const turnMs = 8;

/** Cuts long work into turns of the event loop. */
export class Pace {
  #sinceMs = performance.now();

  /** It is time for somebody else. */
  get isDue(): boolean {
    return performance.now() - this.#sinceMs >= turnMs;
  }

  /** Lets everybody else have a turn. */
  async rest(): Promise<void> {
    await setImmediate();
    this.#sinceMs = performance.now();
  }
}
