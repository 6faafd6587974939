import type { Requests } from '@exec-server/protocol';
import type { methods } from '@exec-server/protocol/schemas';
import type { z } from 'zod';

/** Params of a request as its handler gets them: checked, bytes decoded, defaults filled in. */
export type CheckedParams<Name extends keyof Requests> = z.output<(typeof methods)[Name]['params']>;

/** What a request may use besides its params. `Scope` is what the family works on. */
export interface Call<Scope> {
  /** The objects of the session, or of the connection, that the family works on. */
  readonly scope: Scope;
  /** Aborts when the connection ends or loses its session. Nobody gets the answer from then on. */
  readonly signal: AbortSignal;
  /**
   * Runs `task` in one of the connection's work slots, in order of arrival. Requests that only wait need none.
   * @throws RpcError when the connection ends before a slot is free
   */
  work<Value>(task: () => Promise<Value>): Promise<Value>;
  /** What the request has brought is dealt with: while it waits for its answer it takes no more room than a small one. */
  shrink(): void;
  /** Runs `task` as soon as the answer is queued for the peer, or when there is nobody to answer any more. */
  afterReply(task: () => void): void;
}

/** JSON, as text or as pieces of UTF-8: what is large never becomes one string. */
export type Json = string | readonly Uint8Array[];

/** A result that is JSON already, or is put into words only when the connection has room for it. */
export class Answer {
  constructor(readonly toJson: () => Json) {}
}

/** Does one request. It starts in order of arrival; what it returns later does not hold up others. */
export type Handler<Name extends keyof Requests, Scope> = (
  params: CheckedParams<Name>,
  call: Call<Scope>,
) => Requests[Name]['result'] | Answer | Promise<Requests[Name]['result'] | Answer>;

/** The handlers of one family. */
export type Handlers<Name extends keyof Requests, Scope> = { readonly [Method in Name]: Handler<Method, Scope> };
