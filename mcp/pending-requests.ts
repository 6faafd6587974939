import type { JSONRPCMessage } from '@modelcontextprotocol/client';

type RequestId = string | number;

interface Pending {
  readonly settle: () => void;
  readonly fail: (error: Error) => void;
}

/** Requests that a client has sent and whose answers it awaits. */
export class PendingRequests {
  readonly #pending = new Map<RequestId, Pending>();

  get size(): number {
    return this.#pending.size;
  }

  /**
   * Notes a message of the client. Returns what settles with the answer to a request, or with the reason why there will be
   * none; null for other messages. A request the client cancels is not awaited any more.
   */
  sent(message: JSONRPCMessage): Promise<void> | null {
    if (!('method' in message)) return null;
    if (!('id' in message)) {
      if (message.method === 'notifications/cancelled') this.settle(message.params?.['requestId'] as RequestId);
      return null;
    }
    const answered = new Promise<void>((settle, fail) => this.#pending.set(message.id, { settle, fail }));
    answered.catch(() => undefined); // nobody has to look at it
    return answered;
  }

  /** Notes a message of the server. */
  received(message: JSONRPCMessage): void {
    if (!('method' in message) && message.id !== undefined) this.settle(message.id);
  }

  /** The request is not awaited any more. */
  settle(id: RequestId): void {
    this.#pending.get(id)?.settle();
    this.#pending.delete(id);
  }

  fail(id: RequestId, error: Error): void {
    this.#pending.get(id)?.fail(error);
    this.#pending.delete(id);
  }

  /** There will be no answers any more. Without an error nobody has to be told why. */
  end(error: Error | null): void {
    for (const { settle, fail } of this.#pending.values()) {
      if (error) fail(error);
      else settle();
    }
    this.#pending.clear();
  }
}
