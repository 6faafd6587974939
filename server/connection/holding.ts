import { setMaxListeners } from 'node:events';

/** The time in which a connection holds a session, or waits to. Most connections never make use of its signal. */
export class Holding {
  #controller: AbortController | null = null;
  #end: Error | null = null;

  /** Aborts when the time is over. */
  get signal(): AbortSignal {
    this.#controller ??= this.#createController();
    return this.#controller.signal;
  }

  /** @param reason what requests that wait fail with */
  end(reason: Error): void {
    this.#end = reason;
    this.#controller?.abort(reason);
  }

  #createController(): AbortController {
    const controller = new AbortController();
    setMaxListeners(0, controller.signal); // one for each request that waits
    if (this.#end) controller.abort(this.#end);
    return controller;
  }
}
