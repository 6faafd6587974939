import { randomBytes } from 'node:crypto';
import { setMaxListeners } from 'node:events';
import type { Limits } from '@exec-server/protocol';
import type { Call, Caller, CallerCapabilities, LogLevel } from '../call.js';
import type { Outcome } from '../upstream/peer.js';
import type { ResponseMessage } from '../wire/message.js';
import type { EventConnection } from './event-connection.js';
import { EventStore } from './event-store.js';
import { GeneralQueue } from './general-queue.js';
import { Questions } from './questions.js';
import { readEventId, SessionStream } from './session-stream.js';

export interface SessionOptions {
  readonly id: string;
  /** Who opened it; nobody else may use it. */
  readonly principal: string | null;
  readonly revision: string;
  readonly capabilities: CallerCapabilities;
  /** JSON text. */
  readonly clientInfo: string;
  readonly limits: Limits;
}

/** A call of a session: what cancels it. */
export interface SessionCall {
  cancel(reason: string): void;
}

/** A caller with a handshake: its calls, its streams and what is asked of it. Ended by DELETE, by idleness or with the gateway. */
export class Session implements Caller {
  readonly era = 'legacy';
  readonly sessionId: string;
  readonly principal: string | null;
  readonly revision: string;
  readonly capabilities: CallerCapabilities;
  readonly clientInfo: string;
  logLevel: LogLevel | null = null;
  /** Calls under way, by the key of their id. */
  readonly calls = new Map<string, SessionCall>();
  /** Resources it wants to hear of. */
  readonly subscriptions = new Set<string>();
  /** Names of upstreams it has called. */
  readonly usedUpstreams = new Set<string>();
  readonly questions: Questions;
  readonly #limits: Limits;
  readonly #store: EventStore;
  readonly #queue: GeneralQueue;
  readonly #eventTag = randomBytes(6).toString('hex');
  readonly #streams = new Map<number, SessionStream>();
  readonly #general: SessionStream;
  readonly #life = new AbortController();
  #nextStream = 0;
  #lastUsedMs = performance.now();
  #isClosed = false;

  constructor(options: SessionOptions) {
    setMaxListeners(0, this.#life.signal); // one for each thing under way in an instance of its own
    this.sessionId = options.id;
    this.principal = options.principal;
    this.revision = options.revision;
    this.capabilities = options.capabilities;
    this.clientInfo = options.clientInfo;
    this.#limits = options.limits;
    this.#store = new EventStore(options.limits);
    this.#queue = new GeneralQueue(options.limits);
    this.questions = new Questions(options.limits);
    this.#general = this.openStream();
  }

  get key(): string {
    return this.sessionId;
  }

  get queueDrops(): number {
    return this.#queue.dropped;
  }

  get isClosed(): boolean {
    return this.#isClosed;
  }

  /** Milliseconds since it was used; 0 while it has a call or a stream. */
  idleMs(now: number = performance.now()): number {
    const isInUse = this.calls.size > 0 || [...this.#streams.values()].some(({ isConnected }) => isConnected);
    return isInUse ? 0 : now - this.#lastUsedMs;
  }

  used(): void {
    this.#lastUsedMs = performance.now();
  }

  /** A stream for the messages of one call. */
  openStream(): SessionStream {
    const stream = new SessionStream(this.#nextStream++, this.#store, this.#eventTag);
    this.#streams.set(stream.number, stream);
    this.#forgetStreams();
    return stream;
  }

  /** Takes up the stream an event id speaks of. False when the id is unknown here, or what followed is not there any more. */
  resume(eventId: string, connect: () => EventConnection): boolean {
    const event = readEventId(eventId, this.#eventTag);
    const stream = event && this.#streams.get(event.stream);
    if (!event || !stream?.holds(event.seq)) return false;
    if (stream === this.#general) this.listen(connect(), event.seq);
    else stream.attach(connect(), event.seq);
    return true;
  }

  /** Whether somebody listens to the stream for messages that belong to no call. */
  get hasGeneralConnection(): boolean {
    return this.#general.isConnected;
  }

  /** Begins to listen, in place of whoever did before; what has waited is delivered. @param afterSeq null for a fresh listener */
  listen(connection: EventConnection, afterSeq: number | null): void {
    const general = this.#general;
    general.attach(connection, afterSeq ?? general.lastSeq);
    for (const text of this.#queue.takeAll()) general.send(text, true);
  }

  /** Delivers a message that belongs to no call. @param onDropped for a request: called when it cannot be delivered */
  tell(text: string, onDropped: (() => void) | null = null): void {
    if (this.#isClosed) onDropped?.();
    else if (this.#general.isConnected) this.#general.send(text);
    else this.#queue.add(text, onDropped);
  }

  /** Asks the caller outside of a call. */
  ask(method: string, params: string | null, signal: AbortSignal): Promise<Outcome> {
    return this.questions.ask({ method, params, signals: [signal] }, (text, onDropped) => this.tell(text, onDropped));
  }

  answered(message: ResponseMessage): boolean {
    return this.questions.answered(message);
  }

  /** For an upstream instance of its own. */
  get lasting(): Call {
    return {
      caller: this,
      signal: this.#life.signal,
      isHeard: this.hasGeneralConnection,
      notify: (text) => this.tell(text),
      ask: (method, params, asking) => this.ask(method, params, asking),
      lacksCapability: () => undefined,
    };
  }

  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#life.abort(new Error('the session has ended'));
    this.questions.close('the session has ended');
    for (const call of [...this.calls.values()]) call.cancel('the session has ended');
    for (const stream of this.#streams.values()) stream.disconnect();
    this.#streams.clear();
  }

  inspect() {
    return {
      id: this.sessionId,
      calls: this.calls.size,
      questions: this.questions.length,
      storedBytes: this.#store.bytes,
      queued: this.#queue.length,
    };
  }

  /** Finished streams are kept as long as their events are, in number at most as many as there may be events. */
  #forgetStreams(): void {
    for (const stream of this.#streams.values()) {
      if (this.#streams.size <= this.#limits.mcpStoredEvents) return;
      if (stream.isFinished && !stream.isConnected) this.#streams.delete(stream.number);
    }
  }
}
