/** A call that cannot go out now. */
export interface WaitingCall {
  /** Its place among all calls of the session. */
  readonly order: number;
  readonly signal: AbortSignal | undefined;
  readonly send: () => void;
  readonly fail: (error: unknown) => void;
}

/** Calls that wait for a connection, each as long as its signal wants. */
export class WaitingCalls {
  /** Each with what to do when its signal aborts. */
  readonly #calls = new Map<WaitingCall, () => void>();

  add(call: WaitingCall): void {
    const { signal, fail } = call;
    if (signal?.aborted) return fail(signal.reason);
    const abort = (): void => {
      this.#calls.delete(call);
      fail(signal?.reason);
    };
    this.#calls.set(call, abort);
    signal?.addEventListener('abort', abort, { once: true });
  }

  /** Sends them within this call, in the order in which they were made: one that is repeated comes before later ones. */
  sendAll(): void {
    for (const { send } of this.#take().toSorted((a, b) => a.order - b.order)) send();
  }

  failAll(error: Error): void {
    for (const { fail } of this.#take()) fail(error);
  }

  #take(): readonly WaitingCall[] {
    const calls = [...this.#calls.keys()];
    for (const [{ signal }, abort] of this.#calls) signal?.removeEventListener('abort', abort);
    this.#calls.clear();
    return calls;
  }
}
