import { type ErrorMessage, type RequestId, type Requests, type ResultMessage, RpcError, writeRequest } from '@exec-server/protocol';
import { CallTimeoutError, DisconnectedError, OutcomeUnknownError } from '../errors.js';

export interface CallOptions {
  /** Stops waiting for the answer; what was asked for may happen all the same. */
  readonly signal?: AbortSignal | undefined;
  /** Longest wait for the answer, in milliseconds; none by default. */
  readonly timeoutMs?: number | undefined;
  /** Does not wait in line behind other calls: for calls that are to end or ease something. */
  readonly isUrgent?: boolean | undefined;
  /** Its answer may take as long as it likes: it takes no place among the calls under way. */
  readonly takesLong?: boolean | undefined;
  /** Called when the request goes out, which may be after some time in line; again for each time it is repeated. */
  readonly onSent?: (() => void) | undefined;
}

interface PendingCall {
  readonly method: string;
  readonly settle: (result: unknown) => void;
  readonly fail: (error: unknown) => void;
}

interface WaitingCall {
  readonly send: () => void;
  readonly fail: (error: unknown) => void;
}

/** Requests of one connection: numbers them, matches the answers, holds back what would be too many at a time. */
export class Caller {
  readonly #send: (text: string) => void;
  readonly #pending = new Map<RequestId, PendingCall>();
  readonly #waiting = new Set<WaitingCall>();
  #maxInFlight: number;
  /** Calls under way, without those that take long. */
  #counted = 0;
  #nextId = 1;
  #end: Error | null = null;

  /** @param maxInFlight requests that wait for their answer at the same time; urgent ones are not counted out */
  constructor(send: (text: string) => void, maxInFlight: number) {
    this.#send = send;
    this.#maxInFlight = maxInFlight;
  }

  /** Requests sent and not answered. */
  get inFlight(): number {
    return this.#pending.size;
  }

  set maxInFlight(count: number) {
    this.#maxInFlight = count;
    this.#sendWaiting();
  }

  /**
   * Sends a request and resolves with its result.
   * @throws RpcError when the server refuses; OutcomeUnknownError when the connection ends after it was sent,
   *   DisconnectedError when it ends before; CallTimeoutError; the signal's reason
   */
  call<Name extends keyof Requests>(
    method: Name,
    params: Requests[Name]['params'],
    options: CallOptions = {},
  ): Promise<Requests[Name]['result']> {
    return new Promise((resolve, reject) => {
      const { signal, timeoutMs } = options;
      if (this.#end) return reject(new DisconnectedError(this.#end.message, { cause: this.#end }));
      if (signal?.aborted) return reject(signal.reason as Error);
      const id = this.#nextId++;
      const weight = options.takesLong ? 0 : 1;
      let timer: ReturnType<typeof setTimeout> | undefined;
      const leave = (): void => {
        clearTimeout(timer);
        signal?.removeEventListener('abort', abort);
        this.#waiting.delete(waiting);
        if (!this.#pending.delete(id)) return;
        this.#counted -= weight;
        this.#sendWaiting();
      };
      const fail = (error: unknown): void => {
        leave();
        reject(error);
      };
      const settle = (result: unknown): void => {
        leave();
        resolve(result as Requests[Name]['result']);
      };
      const abort = (): void => fail(signal?.reason);
      const send = (): void => {
        this.#waiting.delete(waiting);
        this.#pending.set(id, { method, settle, fail });
        this.#counted += weight;
        options.onSent?.();
        this.#send(writeRequest(id, method, params));
      };
      const waiting: WaitingCall = { send, fail };
      signal?.addEventListener('abort', abort);
      if (timeoutMs !== undefined) timer = setTimeout(() => fail(new CallTimeoutError(method, timeoutMs)), timeoutMs);
      if (options.isUrgent || (this.#waiting.size === 0 && this.#counted < this.#maxInFlight)) send();
      else this.#waiting.add(waiting);
    });
  }

  /** Hands an answer to its call. Answers nobody waits for any more are dropped. */
  answer(message: ResultMessage | ErrorMessage): void {
    const call = this.#pending.get(message.id);
    if (!call) return;
    if (message.kind === 'result') call.settle(message.result);
    else call.fail(new RpcError(message.error));
  }

  /** Fails everything under way, and every later call. */
  close(error: Error): void {
    if (this.#end) return;
    this.#end = error;
    for (const call of [...this.#waiting]) call.fail(new DisconnectedError(error.message, { cause: error }));
    for (const call of [...this.#pending.values()]) call.fail(new OutcomeUnknownError(call.method, { cause: error }));
  }

  #sendWaiting(): void {
    if (this.#end) return;
    for (const call of this.#waiting) {
      if (this.#counted >= this.#maxInFlight) return;
      call.send();
    }
  }
}
