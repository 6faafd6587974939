import { RpcError } from '@exec-server/protocol';
import pLimit, { type LimitFunction } from 'p-limit';

/**
 * Room for the requests of one connection that work; those that only wait take none.
 * Requests get a slot in order of arrival.
 */
export class RequestSlots {
  readonly #slots: number;
  /** Made for the first request that works. */
  #limit: LimitFunction | null = null;

  /** @param slots requests that work at the same time, 1 or more */
  constructor(slots: number) {
    this.#slots = slots;
  }

  /** @throws RpcError `sessionEnded` when the connection ends before a slot is free */
  async run<Value>(task: () => Promise<Value>): Promise<Value> {
    let isStarted = false;
    try {
      this.#limit ??= pLimit({ concurrency: this.#slots, rejectOnClear: true });
      return await this.#limit(() => {
        isStarted = true;
        return task();
      });
    } catch (error) {
      throw isStarted ? error : new RpcError('sessionEnded', 'the connection ended before the request was carried out');
    }
  }

  /** Requests that wait for a slot fail; those that work go on. */
  close(): void {
    this.#limit?.clearQueue();
  }
}
