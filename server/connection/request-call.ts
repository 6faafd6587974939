import type { Call } from '../handler.js';
import type { Holding } from './holding.js';
import type { RequestSlots } from './request-slots.js';

/** What one request may use. */
export class RequestCall<Scope> implements Call<Scope> {
  readonly scope: Scope;
  readonly #holding: Holding;
  readonly #slots: RequestSlots;
  readonly #onShrunk: () => void;
  #tasks: (() => void)[] | null = null;

  /** @param onShrunk called when the request does not hold any more what it has brought */
  constructor(scope: Scope, holding: Holding, slots: RequestSlots, onShrunk: () => void) {
    this.scope = scope;
    this.#holding = holding;
    this.#slots = slots;
    this.#onShrunk = onShrunk;
  }

  get signal(): AbortSignal {
    return this.#holding.signal;
  }

  work<Value>(task: () => Promise<Value>): Promise<Value> {
    return this.#slots.run(task);
  }

  shrink(): void {
    this.#onShrunk();
  }

  afterReply(task: () => void): void {
    (this.#tasks ??= []).push(task);
  }

  /** Runs what the handler asked for. */
  replied(): void {
    for (const task of this.#tasks ?? []) task();
  }
}
