import {
  type Channel,
  type ChannelListener,
  type Limits,
  type MalformedMessage,
  type Message,
  readAscii,
  readMessage,
  readMessageBytes,
  type RequestMessage,
  RpcError,
  unreadableId,
  writeError,
} from '@exec-server/protocol';
import type { Gate } from '@exec-server/protocol/schemas';
import type { Session } from '../session/session.js';
import type { Logger } from '../telemetry/logger.js';
import type { Counters } from '../telemetry/metrics.js';
import { ConnectionScope, type ScopeOwner, type SharedScope } from './connection-scope.js';
import type { Dispatcher } from './dispatcher.js';
import { Holding } from './holding.js';
import type { Scope } from './method-map.js';
import { Outbox } from './outbox.js';
import { RequestCall } from './request-call.js';
import { RequestSlots } from './request-slots.js';

export type ConnectionState = 'opening' | 'ready' | 'closed';

export interface ConnectionOptions {
  readonly channel: Channel;
  readonly principal: string | null;
  readonly dispatcher: Dispatcher;
  readonly shared: SharedScope;
  readonly limits: Limits;
  readonly counters: Counters;
  readonly logger: Logger;
  readonly onClosed: (connection: Connection) => void;
}

/**
 * One peer on one channel: `opening` until the handshake is done, then `ready`, at last `closed`; back to `opening`
 * after `session/close`. It owns the channel, the outbox, the slots and the scope. It holds a session but does not own it.
 */
export class Connection implements ScopeOwner, ChannelListener {
  readonly principal: string | null;
  /** Settles when the connection is closed and nothing comes from it any more. */
  readonly ended: Promise<void>;
  readonly #options: ConnectionOptions;
  readonly #channel: Channel;
  readonly #outbox: Outbox;
  readonly #slots: RequestSlots;
  readonly #scope: ConnectionScope;
  /** Messages that came while too many requests were under way. */
  readonly #backlog: string[] = [];
  #state: ConnectionState = 'opening';
  #session: Session | null = null;
  #holding = new Holding();
  #handshakeTimer: NodeJS.Timeout | null = null;
  #requestsInFlight = 0;
  #bytesInFlight = 0;
  #settleEnded!: () => void;

  constructor(options: ConnectionOptions) {
    this.ended = new Promise((resolve) => (this.#settleEnded = resolve));
    this.#options = options;
    this.#channel = options.channel;
    this.principal = options.principal;
    this.#scope = new ConnectionScope(this, options.shared);
    this.#outbox = new Outbox(options.channel, options.limits);
    this.#slots = new RequestSlots(options.limits.workSlots);
    this.#awaitHandshake();
  }

  /** Starts to listen to the peer. */
  open(): void {
    this.#channel.open(this);
  }

  get state(): ConnectionState {
    return this.#state;
  }

  // What the session may ask

  get session(): Session {
    if (!this.#session) throw new RpcError('handshakeRequired', 'client must call initialize first');
    return this.#session;
  }

  get isCongested(): boolean {
    return this.#outbox.isCongested;
  }

  get isResponsive(): boolean {
    return this.#channel.isResponsive;
  }

  notify(frame: string | Uint8Array, sent?: () => void): void {
    this.#outbox.notify(frame, sent);
  }

  probe(): void {
    this.#channel.probe();
  }

  hold(session: Session): void {
    this.#session = session;
    this.#stopHandshakeTimer();
  }

  release(error: RpcError, isTaken: boolean): void {
    this.#session = null;
    this.#scope.close();
    this.#state = this.#state === 'closed' ? 'closed' : 'opening';
    this.#holding.end(error);
    this.#holding = new Holding();
    // Requests that wait for the session are told of its loss before this turn of the event loop is over.
    if (isTaken) setImmediate(() => this.close(this.#options.limits.closeGraceMs));
    else this.#awaitHandshake();
  }

  // What the channel tells

  message(text: string): void {
    if (this.#state === 'closed') return;
    if (this.#mustWait) this.#keep(text);
    else this.#receive(readMessage(text, this.#options.limits), text.length);
  }

  messageBytes(ascii: Uint8Array): void {
    if (this.#state === 'closed') return;
    if (this.#mustWait) this.#keep(readAscii(ascii));
    else this.#receive(readMessageBytes(ascii, this.#options.limits), ascii.length);
  }

  drained(): void {
    if (!this.#outbox.drained()) return;
    this.#session?.drained();
    this.#scope.drained();
  }

  closed(error?: Error): void {
    if (this.#state === 'closed') return;
    this.#state = 'closed';
    this.#stopHandshakeTimer();
    this.#backlog.length = 0;
    if (this.#session) this.#options.shared.registry.detach(this.#session, this);
    this.#session = null;
    this.#scope.close();
    this.#holding.end(connectionEnded);
    this.#slots.close();
    this.#outbox.close();
    this.#options.logger.debug({ peer: this.#channel.peer, error: error?.message }, 'connection closed');
    this.#options.onClosed(this);
    this.#settleEnded();
  }

  /** Sends what is buffered, for at most `graceMs`, and ends the connection. The session is detached. */
  close(graceMs: number): void {
    this.#channel.close(graceMs);
  }

  inspect() {
    return {
      state: this.#state,
      session: this.#session?.id ?? null,
      requestsInFlight: this.#requestsInFlight,
      bytesInFlight: this.#bytesInFlight,
      backlog: this.#backlog.length,
      bufferedBytes: this.#channel.bufferedBytes,
      ...this.#scope.inspect(),
    };
  }

  get #isSaturated(): boolean {
    const { maxRequestsInFlight, maxRequestBytesInFlight } = this.#options.limits;
    return this.#requestsInFlight >= maxRequestsInFlight || this.#bytesInFlight >= maxRequestBytesInFlight;
  }

  get #mustWait(): boolean {
    return this.#backlog.length > 0 || this.#isSaturated;
  }

  #keep(text: string): void {
    this.#backlog.push(text);
    this.#channel.pause();
  }

  #receive(message: Message | MalformedMessage, bytes: number): void {
    switch (message.kind) {
      case 'request':
        this.#request(message, bytes);
        return;
      case 'malformed':
        this.#refuse(message.reason, bytes);
        return;
      case 'notification':
        if (message.method === 'initialized' && this.#session) this.#state = 'ready';
        else this.#violation(`unexpected notification ${message.method.slice(0, 80)}`);
        return;
      default:
        this.#violation('a response to a request that was never sent');
    }
  }

  #request(message: RequestMessage, bytes: number): void {
    this.#enter(bytes);
    this.#options.counters.requests++;
    let heldBytes = bytes;
    const call = new RequestCall<Scope>(this.#scope, this.#holding, this.#slots, () => {
      this.#freed(heldBytes);
      heldBytes = 0;
    });
    void this.#options.dispatcher.dispatch(message, { admit: this.#admit, call }).then(({ write, isLong, isError, release }) => {
      if (isError) this.#options.counters.requestErrors++;
      const sent = (): void => {
        this.#leave(heldBytes);
        call.replied();
      };
      this.#outbox.reply({ write, isLong, sent, release });
    });
  }

  #refuse(reason: string, bytes: number): void {
    this.#enter(bytes);
    this.#options.counters.malformedMessages++;
    const carrier = this.#channel.peer.includes('websocket') ? 'websocket ' : '';
    const message = `failed to parse ${carrier}JSON-RPC message from ${this.#channel.peer}: ${reason}`;
    const write = (): string => writeError(unreadableId, new RpcError('malformedMessage', message).toWire());
    this.#outbox.reply({ write, isLong: false, sent: () => this.#leave(bytes) });
  }

  #enter(bytes: number): void {
    this.#requestsInFlight++;
    this.#bytesInFlight += bytes;
  }

  #leave(bytes: number): void {
    this.#requestsInFlight--;
    this.#freed(bytes);
  }

  #freed(bytes: number): void {
    this.#bytesInFlight -= bytes;
    if (this.#backlog.length > 0) queueMicrotask(() => this.#workOffBacklog());
  }

  #workOffBacklog(): void {
    while (this.#backlog.length > 0 && !this.#isSaturated && this.#state !== 'closed') {
      const text = this.#backlog.shift() as string;
      this.#receive(readMessage(text, this.#options.limits), text.length);
    }
    if (this.#backlog.length === 0) this.#channel.resume();
  }

  readonly #admit = (gate: Gate | null): void => {
    if (gate === null) {
      if (this.#session) throw new RpcError('alreadyInitialized', 'initialize may only be sent once per connection');
      return;
    }
    if (!this.#session) throw new RpcError('handshakeRequired', `client must call initialize before using ${gate} methods`);
    if (this.#state !== 'ready') throw new RpcError('handshakeRequired', `client must send initialized before using ${gate} methods`);
  };

  /** A peer that breaks the rules of the protocol is left without a word (base). */
  #violation(reason: string): void {
    this.#options.logger.warn({ peer: this.#channel.peer, reason }, 'connection ended for a protocol violation');
    this.close(this.#options.limits.closeGraceMs);
  }

  #awaitHandshake(): void {
    if (this.#state === 'closed') return;
    const { handshakeTimeoutMs, closeGraceMs } = this.#options.limits;
    this.#stopHandshakeTimer();
    this.#handshakeTimer = setTimeout(() => {
      this.#options.logger.info({ peer: this.#channel.peer, handshakeTimeoutMs }, 'connection without a session closed');
      this.close(closeGraceMs);
    }, handshakeTimeoutMs);
    this.#handshakeTimer.unref();
  }

  #stopHandshakeTimer(): void {
    if (this.#handshakeTimer) clearTimeout(this.#handshakeTimer);
    this.#handshakeTimer = null;
  }
}

/** Nobody gets to see it; one serves all. */
const connectionEnded = new RpcError('sessionEnded', 'the connection has ended');
