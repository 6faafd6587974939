import { longestTimerMs } from '@exec-server/protocol';

/** Long polls that wait for an event. */
export class WaitingReaders {
  readonly #wakes = new Set<() => void>();

  /**
   * Resolves at the next event or after `timeoutMs`.
   * @throws the reason of `signal` when it aborts first
   */
  wait(timeoutMs: number, signal: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      const stop = (): void => {
        clearTimeout(timer);
        this.#wakes.delete(wake);
        signal.removeEventListener('abort', abort);
      };
      const wake = (): void => {
        stop();
        resolve();
      };
      const abort = (): void => {
        stop();
        reject(signal.reason as Error);
      };
      const timer = setTimeout(wake, Math.min(timeoutMs, longestTimerMs));
      if (signal.aborted) {
        abort();
        return;
      }
      this.#wakes.add(wake);
      signal.addEventListener('abort', abort);
    });
  }

  wake(): void {
    if (this.#wakes.size === 0) return;
    for (const wake of [...this.#wakes]) wake();
  }
}
