import { setMaxListeners } from 'node:events';
import type { Limits } from '@exec-server/protocol';
import type { Call } from '../call.js';
import { type GatewayLog, reasonOf } from '../gateway-log.js';
import { editObject, kindOf, splitObject, stringOf } from '../wire/json-text.js';
import {
  type CallMessage,
  errorCodes,
  errorText,
  type RawMessage,
  type ResponseMessage,
  writeError,
  writeNotification,
  writeRequest,
  writeResult,
} from '../wire/message.js';
import type { Link, LinkListener } from './link.js';

/** How a request ended: JSON text of its result, or of an error object. */
export type Outcome = { readonly result: string } | { readonly error: string };

export interface PeerRequest {
  readonly method: string;
  readonly params: string | null;
  readonly timeoutMs: number;
  /** What the request is called in errors, such as `tool echo`. */
  readonly what?: string;
  /** For whom the request is under way: whatever comes for it goes there. */
  readonly owner?: Call | undefined;
  /** The caller's progress token, as JSON text; null when it wants no progress. */
  readonly progressToken?: string | null;
  /** Cancels the request; nothing comes back for it then but an error. */
  readonly signal?: AbortSignal | undefined;
  readonly headers?: Readonly<Record<string, string>> | undefined;
  readonly isHandshake?: boolean;
}

interface Pending extends PeerRequest {
  readonly id: number;
  readonly abort: AbortController;
  readonly settle: (outcome: Outcome) => void;
}

export interface PeerListener {
  /** A request of the upstream; exactly one {@link Peer.respond} has to follow. */
  request(message: CallMessage & { readonly id: string }, owner: Call | null): void;
  /** A notification that is no progress. */
  notification(message: CallMessage, owner: Call | null): void;
  renew(): Promise<void>;
  closed(error: Error): void;
}

/** The two sides of a conversation with one upstream: numbers our requests, and finds the request that an answer is for. */
export class Peer implements LinkListener {
  readonly #link: Link;
  readonly #name: string;
  readonly #limits: Limits;
  readonly #log: GatewayLog;
  readonly #listener: PeerListener;
  readonly #pending = new Map<number, Pending>();
  /** So that a token of ours is never taken for one of somebody else. */
  readonly #tokenPrefix = `${crypto.randomUUID().slice(0, 8)}-`;
  readonly #over = new AbortController();
  #nextId = 1;
  #failure: Error | null = null;
  #lastHeardMs = performance.now();
  /** Whether cancelling is closing the stream of the request. */
  cancelsByClosing = false;

  constructor(options: { link: Link; name: string; limits: Limits; log: GatewayLog; listener: PeerListener }) {
    setMaxListeners(0, this.#over.signal); // one for each question
    this.#link = options.link;
    this.#name = options.name;
    this.#limits = options.limits;
    this.#log = options.log;
    this.#listener = options.listener;
  }

  /** Aborts when the upstream is gone, or given up. */
  get over(): AbortSignal {
    return this.#over.signal;
  }

  /** Owners of the requests under way; a request without one is of the gateway itself. */
  get owners(): Call[] {
    return [...this.#pending.values()].flatMap(({ owner }) => (owner ? [owner] : []));
  }

  get requestsInFlight(): number {
    return this.#pending.size;
  }

  /** Milliseconds since the upstream was heard. */
  get silenceMs(): number {
    return performance.now() - this.#lastHeardMs;
  }

  /** Sends a request and resolves with how it ended. Never rejects. */
  request(request: PeerRequest): Promise<Outcome> {
    if (this.#failure) return Promise.resolve({ error: errorText(errorCodes.serverError, this.#failure.message) });
    if (request.signal?.aborted) return Promise.resolve({ error: errorText(errorCodes.cancelled, 'cancelled') });
    if (request.owner && this.#pending.size >= this.#limits.mcpCallsPerUpstream)
      return Promise.resolve({ error: errorText(errorCodes.serverError, `upstream ${this.#name} is busy: too many calls at once`) });
    const id = this.#nextId++;
    return new Promise<Outcome>((resolve) => {
      const abort = new AbortController();
      const cancel = (): void => this.#cancel(id, errorCodes.cancelled, reasonOf(request.signal?.reason));
      const timer = setTimeout(() => this.#timeOut(id), request.timeoutMs);
      const settle = (outcome: Outcome): void => {
        clearTimeout(timer);
        request.signal?.removeEventListener('abort', cancel);
        this.#pending.delete(id);
        resolve(outcome);
      };
      request.signal?.addEventListener('abort', cancel);
      this.#pending.set(id, { ...request, id, abort, settle });
      this.#send(id, request, abort.signal);
    });
  }

  /** Sends a notification; resolves when the upstream has it. Never rejects: what prevents it is logged. */
  async notify(method: string, params: string | null): Promise<void> {
    if (this.#failure) return;
    const message: CallMessage = { kind: 'notification', id: null, method, params };
    await this.#link.sendCall(message, writeNotification(method, params)).catch((error: unknown) => this.#warn('a notification', error));
  }

  /** Answers a request of the upstream. @param id its id, as it came */
  respond(id: string, outcome: Outcome): void {
    if (this.#failure) return;
    const text = 'result' in outcome ? writeResult(id, outcome.result) : writeError(id, outcome.error);
    this.#link.sendResponse(text).catch((error: unknown) => this.#warn('an answer', error));
  }

  /** Fails everything under way, and whatever is still to come. */
  fail(error: Error): void {
    if (this.#failure) return;
    this.#failure = error;
    this.#over.abort(error);
    for (const { settle, abort } of this.#pending.values()) {
      abort.abort(error);
      settle({ error: errorText(errorCodes.serverError, error.message) });
    }
  }

  // From the link

  message(message: RawMessage, origin: number | null): void {
    this.#lastHeardMs = performance.now();
    if (message.kind === 'response') {
      this.#answered(message);
      return;
    }
    const owner = (origin === null ? this.#hinted(message)?.owner : this.#pending.get(origin)?.owner) ?? null;
    if (message.kind === 'request' && message.id !== null) {
      this.#listener.request({ ...message, id: message.id }, owner);
    } else if (message.method === 'notifications/progress') this.#progressed(message);
    else this.#listener.notification(message, owner);
  }

  failed(id: number, error: Error): void {
    this.#pending.get(id)?.settle({ error: errorText(errorCodes.serverError, `upstream ${this.#name}: ${reasonOf(error)}`) });
  }

  renew(): Promise<void> {
    return this.#listener.renew();
  }

  closed(error: Error): void {
    this.fail(error);
    this.#listener.closed(error);
  }

  /** Ids of ours are whole numbers: anything else answers nothing. */
  #answered({ id, result, error }: ResponseMessage): void {
    const pending = /^[1-9]\d{0,15}$/.test(id) ? this.#pending.get(Number(id)) : undefined;
    if (pending) pending.settle(error === null ? { result: result ?? 'null' } : { error });
    else this.#log.debug({ upstream: this.#name, id: id.slice(0, 64) }, 'an answer of an upstream fits no request');
  }

  #send(id: number, request: PeerRequest, signal: AbortSignal): void {
    const params = this.#withToken(id, request);
    const message: CallMessage = { kind: 'request', id: String(id), method: request.method, params };
    const { headers, isHandshake = false } = request;
    this.#link
      .sendCall(message, writeRequest(String(id), request.method, params), { signal, headers, isHandshake })
      .catch((error: unknown) => this.failed(id, error as Error));
  }

  /** The caller's progress token is replaced by one of ours, or two callers could have the same. */
  #withToken(id: number, { params, progressToken = null }: PeerRequest): string | null {
    if (progressToken === null || params === null) return params;
    const meta = splitObject(params).get('_meta') ?? '{}';
    return editObject(params, { _meta: editObject(meta, { progressToken: JSON.stringify(`${this.#tokenPrefix}${id}`) }) });
  }

  /** The request whose progress token a message carries in its `_meta`, as servers on stdio may tell what it belongs to. */
  #hinted({ params }: CallMessage): Pending | undefined {
    if (params === null || !params.includes(this.#tokenPrefix)) return undefined;
    const meta = splitObject(params).get('_meta');
    return meta !== undefined && kindOf(meta) === 'object' ? this.#withTokenOf(splitObject(meta)) : undefined;
  }

  #withTokenOf(members: ReadonlyMap<string, string>): Pending | undefined {
    const token = stringOf(members.get('progressToken'));
    return token?.startsWith(this.#tokenPrefix) ? this.#pending.get(Number(token.slice(this.#tokenPrefix.length))) : undefined;
  }

  /** Progress of a request that is over, or of none, is left out. */
  #progressed({ params }: CallMessage): void {
    const pending = params === null ? undefined : this.#withTokenOf(splitObject(params));
    if (params === null || !pending?.progressToken) return;
    pending.owner?.notify(writeNotification('notifications/progress', editObject(params, { progressToken: pending.progressToken })));
  }

  #timeOut(id: number): void {
    const pending = this.#pending.get(id);
    const what = pending?.what ?? pending?.method ?? '';
    this.#cancel(id, errorCodes.timeout, `timeout: ${what} of upstream ${this.#name} took longer than ${pending?.timeoutMs} ms`);
  }

  /** Tells the upstream that nobody waits any more; the handshake cannot be cancelled. */
  #cancel(id: number, code: number, reason: string): void {
    const pending = this.#pending.get(id);
    if (!pending) return;
    pending.settle({ error: errorText(code, reason) });
    if (!pending.isHandshake && !this.cancelsByClosing)
      void this.notify('notifications/cancelled', `{"requestId":${id},"reason":${JSON.stringify(reason)}}`);
    pending.abort.abort(new Error(reason));
  }

  #warn(what: string, error: unknown): void {
    this.#log.warn({ upstream: this.#name, reason: reasonOf(error) }, `${what} could not be sent to an upstream`);
  }
}
