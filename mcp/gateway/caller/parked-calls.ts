import { createHash, randomBytes } from 'node:crypto';
import type { Limits } from '@exec-server/protocol';
import { joinObject, splitObject } from '../wire/json-text.js';
import type { ModernCall } from './modern-call.js';

interface Parked {
  readonly call: ModernCall;
  readonly digest: string;
  readonly timer: NodeJS.Timeout;
}

/** Calls whose callers are looking for answers. A state is a secret, holds once, and only for the same request of the same principal. */
export class ParkedCalls {
  readonly #limits: Limits;
  readonly #parked = new Map<string, Parked>();
  /** States of this gateway begin so; those of upstreams do not, other gateways of this kind among them. */
  readonly #prefix = `exec-server.${randomBytes(6).toString('base64url')}.`;

  constructor(limits: Limits) {
    this.#limits = limits;
  }

  get size(): number {
    return this.#parked.size;
  }

  /** @returns the state to give to the caller; null when too many are kept */
  park(call: ModernCall, digest: string): string | null {
    if (this.#parked.size >= this.#limits.mcpParkedCalls) return null;
    const state = `${this.#prefix}${randomBytes(24).toString('base64url')}`;
    const timer = setTimeout(() => {
      this.#parked.delete(state);
      call.cancel('the client did not come back in time');
    }, this.#limits.mcpParkedMs);
    this.#parked.set(state, { call, digest, timer });
    return state;
  }

  /** Whether a state is one of ours, that holds or has held. */
  knows(state: string): boolean {
    return state.startsWith(this.#prefix);
  }

  /** The call a state was given for; null when it does not hold. */
  take(state: string, digest: string): ModernCall | null {
    const parked = this.#parked.get(state);
    if (!parked || parked.digest !== digest) return null;
    clearTimeout(parked.timer);
    this.#parked.delete(state);
    return parked.call;
  }

  close(): void {
    for (const { call, timer } of this.#parked.values()) {
      clearTimeout(timer);
      call.cancel('the gateway is closing');
    }
    this.#parked.clear();
  }
}

/** The same for the same request of the same principal, whatever answers come with it. @param params JSON text of an object */
export function digestRequest(principal: string | null, method: string, params: string): string {
  const members = [...splitObject(params)].filter(([name]) => !['_meta', 'inputResponses', 'requestState'].includes(name));
  const sorted = joinObject(members.toSorted(([one], [other]) => (one < other ? -1 : 1)));
  return createHash('sha256')
    .update(JSON.stringify([principal, method, sorted]))
    .digest('base64url');
}
