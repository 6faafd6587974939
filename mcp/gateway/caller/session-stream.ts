import type { EventConnection } from './event-connection.js';
import type { EventStore } from './event-store.js';

/**
 * One stream of events of a session, over the connections that carry it one after another. What it says is numbered and
 * kept, so that a reader that comes back misses nothing and hears nothing twice.
 */
export class SessionStream {
  readonly number: number;
  readonly #store: EventStore;
  readonly #tag: string;
  #connection: EventConnection | null = null;
  #lastSeq = 0;
  #isFinished = false;

  /** @param tag a word of the session, so that the ids of its events are no ids in others */
  constructor(number: number, store: EventStore, tag: string) {
    this.number = number;
    this.#store = store;
    this.#tag = tag;
  }

  get isConnected(): boolean {
    return this.#connection?.isOpen ?? false;
  }

  get lastSeq(): number {
    return this.#lastSeq;
  }

  /** Nothing follows any more. */
  get isFinished(): boolean {
    return this.#isFinished;
  }

  idOf(seq: number): string {
    return `${this.#tag}.${this.number}-${seq}`;
  }

  /** Says something; what nobody reads now is kept. @param hasWaited as for a connection */
  send(text: string, hasWaited = false): void {
    const seq = ++this.#lastSeq;
    this.#store.add(this.number, seq, text);
    if (this.isConnected) this.#connection?.send(text, this.idOf(seq), hasWaited);
  }

  /** The answer has been said: ends the connection, or the next one when it has caught up. */
  finish(): void {
    this.#isFinished = true;
    this.#connection?.end();
  }

  /**
   * Goes on over another connection, in place of the one before.
   * @param afterSeq the last that its reader has
   * @returns false when some of what followed is gone; then nothing was changed
   */
  attach(connection: EventConnection, afterSeq: number): boolean {
    const missed = this.#store.after(this.number, afterSeq, this.#lastSeq);
    if (!missed) return false;
    this.#connection?.end();
    this.#connection = connection;
    for (const { seq, text } of missed) connection.send(text, this.idOf(seq), true);
    if (this.#isFinished) connection.end();
    return true;
  }

  /** Whether `attach` after this event would find everything. */
  holds(afterSeq: number): boolean {
    return afterSeq <= this.#lastSeq && this.#store.after(this.number, afterSeq, this.#lastSeq) !== null;
  }

  /** Ends the connection; the stream goes on over the next. */
  disconnect(): void {
    this.#connection?.end();
    this.#connection = null;
  }
}

/** The two numbers of an event's id; null for a text that is none of this session. @param tag the word of the session */
export function readEventId(id: string, tag: string): { readonly stream: number; readonly seq: number } | null {
  const [, found, stream, seq] = /^(\w{1,32})\.(\d{1,15})-(\d{1,15})$/.exec(id) ?? [];
  return found !== tag ? null : { stream: Number(stream), seq: Number(seq) };
}
