import type { Limits } from '@exec-server/protocol';
import type { Outcome } from '../upstream/peer.js';
import { errorCodes, errorText, idKey, type ResponseMessage, writeNotification, writeRequest } from '../wire/message.js';

/** Requests of the gateway that a caller has still to answer. Ids are ours. */
export class Questions {
  readonly #limits: Limits;
  readonly #open = new Map<string, (outcome: Outcome) => void>();
  #count = 0;

  constructor(limits: Limits) {
    this.#limits = limits;
  }

  get length(): number {
    return this.#open.size;
  }

  /**
   * Asks and resolves with the answer, verbatim, or with an error. Never rejects.
   * @param signals each of them takes the question back
   * @param deliver sends a message to the caller; the second argument is called when it could not be delivered
   */
  ask(
    { method, params, signals }: { readonly method: string; readonly params: string | null; readonly signals: readonly AbortSignal[] },
    deliver: (text: string, onDropped: (() => void) | null) => void,
  ): Promise<Outcome> {
    if (this.#open.size >= this.#limits.mcpCallerRequests)
      return Promise.resolve({ error: errorText(errorCodes.serverError, 'busy: the client has too many requests to answer') });
    const id = JSON.stringify(`exec-server-${++this.#count}`);
    return new Promise((resolve) => {
      const settle = (outcome: Outcome): void => {
        if (!this.#open.delete(id)) return;
        clearTimeout(timer);
        for (const signal of signals) signal.removeEventListener('abort', takeBack);
        resolve(outcome);
      };
      const fail = (code: number, message: string): void => settle({ error: errorText(code, message) });
      const giveUp = (code: number, message: string): void => {
        deliver(writeNotification('notifications/cancelled', `{"requestId":${id},"reason":${JSON.stringify(message)}}`), null);
        fail(code, message);
      };
      const takeBack = (): void => giveUp(errorCodes.cancelled, 'the server has taken the request back');
      const timer = setTimeout(
        () => giveUp(errorCodes.timeout, 'timeout: the client did not answer in time'),
        this.#limits.mcpCallerRequestMs,
      );
      this.#open.set(id, settle);
      for (const signal of signals) signal.addEventListener('abort', takeBack);
      if (signals.some(({ aborted }) => aborted)) return fail(errorCodes.cancelled, 'the server has taken the request back');
      deliver(writeRequest(id, method, params), () => fail(errorCodes.serverError, 'the client does not read its messages'));
    });
  }

  /** The caller's answer. False when it answers nothing that was asked. */
  answered({ id, result, error }: ResponseMessage): boolean {
    const settle = this.#open.get(idKey(id));
    settle?.(error === null ? { result: result ?? 'null' } : { error });
    return settle !== undefined;
  }

  /** Nobody will answer any more. */
  close(reason: string): void {
    for (const settle of this.#open.values()) settle({ error: errorText(errorCodes.serverError, reason) });
  }
}
