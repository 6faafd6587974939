import { limits } from '@exec-server/protocol';
import type { ResponseBody } from './response-body.js';

/**
 * Bodies that wait for their readers, from servers that wait for none. While a reader is behind, the connection is not
 * read, unless another reader has nothing to read: it could be the one the first is waiting for.
 */
export class UndeliveredBodies {
  readonly #holdBack: (isWanted: boolean) => void;
  readonly #waiting = new Map<ResponseBody, number>();
  #allBytes = 0;

  constructor(holdBack: (isWanted: boolean) => void) {
    this.#holdBack = holdBack;
  }

  /** To be called when a body has changed. False when there is too much now, and this one has to go. */
  changed(body: ResponseBody): boolean {
    if (body.hasCredit) return true;
    const before = this.#waiting.get(body) ?? 0;
    this.#allBytes += body.waitingBytes - before;
    if (body.waitingBytes > 0 || body.isStarving) this.#waiting.set(body, body.waitingBytes);
    else this.#waiting.delete(body);
    const bodies = [...this.#waiting.keys()];
    this.#holdBack(
      bodies.some(({ waitingBytes }) => waitingBytes > limits.readerHighWaterBytes) && !bodies.some(({ isStarving }) => isStarving),
    );
    return body.waitingBytes <= before || this.#allBytes <= limits.undeliveredBodyBytes;
  }
}
