import type { Call } from './call.js';
import { kindOf, splitArray, splitObject, stringOf } from './wire/json-text.js';

/** Elicitations by URL that are remembered; the oldest are forgotten first. */
const mostRemembered = 1_000;

/** The error of a call that needs its user at some URLs first (MCP 2025-11-25, elicitation). */
const urlElicitationRequired = -32042;

/** Which session an elicitation by URL went to: the upstream tells that it is complete when the call may be long over. */
export class Elicitations {
  readonly #sessions = new Map<string, Call>();

  get size(): number {
    return this.#sessions.size;
  }

  /** An upstream asks a caller. @param params JSON text of the params of its request */
  asked(upstream: string, params: string | null, { caller: { lasting } }: Call): void {
    if (params !== null) this.#remember(upstream, params, lasting);
  }

  /** A call has failed. @param error JSON text of the error */
  failed(upstream: string, error: string, { caller: { lasting } }: Call): void {
    if (lasting === null || !error.includes(String(urlElicitationRequired))) return;
    const members = splitObject(error);
    const data = members.get('data');
    if (Number(members.get('code')) !== urlElicitationRequired || data === undefined || kindOf(data) !== 'object') return;
    const list = splitObject(data).get('elicitations');
    if (list === undefined || kindOf(list) !== 'array') return;
    for (const entry of splitArray(list).slice(0, mostRemembered)) if (kindOf(entry) === 'object') this.#remember(upstream, entry, lasting);
  }

  /** The session that an elicitation belongs to, as a call; null when that is not known. @param params JSON text of the notification's params */
  completed(upstream: string, params: string | null): Call | null {
    const id = params === null ? undefined : stringOf(splitObject(params).get('elicitationId'));
    if (id === undefined) return null;
    const key = keyOf(upstream, id);
    const session = this.#sessions.get(key) ?? null;
    this.#sessions.delete(key);
    return session;
  }

  /** A session has ended. */
  forget(sessionId: string): void {
    for (const [key, { caller }] of this.#sessions) if (caller.sessionId === sessionId) this.#sessions.delete(key);
  }

  #remember(upstream: string, members: string, session: Call | null): void {
    const id = stringOf(splitObject(members).get('elicitationId'));
    if (id === undefined || session === null) return;
    this.#sessions.set(keyOf(upstream, id), session);
    for (const oldest of this.#sessions.keys()) {
      if (this.#sessions.size <= mostRemembered) return;
      this.#sessions.delete(oldest);
    }
  }
}

function keyOf(upstream: string, id: string): string {
  return `${upstream} ${id}`;
}
