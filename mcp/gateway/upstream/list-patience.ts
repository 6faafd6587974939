import type { Limits } from '@exec-server/protocol';
import { withDeadline } from '../../deadline.js';
import type { Entry } from './listing.js';

/** How long a list of one upstream is waited for when callers want the lists of all. */
export class ListPatience {
  readonly #limits: Limits;
  /** When a list that is under way was asked for first. */
  readonly #askedMs = new WeakMap<Promise<readonly Entry[]>, number>();

  constructor(limits: Limits) {
    this.#limits = limits;
  }

  /**
   * The list; one that is late already is not waited for again, and is there for whoever asks after it has come.
   * @throws Error when it is late; what the list rejects with
   */
  async waitFor(list: Promise<readonly Entry[]>): Promise<readonly Entry[]> {
    const { mcpListWaitMs } = this.#limits;
    const sinceMs = this.#askedMs.get(list) ?? performance.now();
    this.#askedMs.set(list, sinceMs);
    let failure: unknown = new Error(`it does not answer within ${mcpListWaitMs} ms`);
    const settled = list.catch((error: unknown) => {
      failure = error;
      throw error;
    });
    const entries = await withDeadline(settled, Math.max(0, sinceMs + mcpListWaitMs - performance.now()));
    if (!entries) throw failure;
    return entries;
  }
}
