import type { Channel, Limits } from '@exec-server/protocol';
import type { Json } from '../handler.js';

/** An answer on its way out. */
export interface OutgoingReply {
  /** Puts it into words; called when it is sent, and not at all when the connection ends before. */
  readonly write: () => Json;
  /** It may be long: it waits as soon as there is congestion. */
  readonly isLong: boolean;
  /** Called when the network has taken all of it; not called when the connection ends before. */
  readonly release?: (() => void) | undefined;
  /** Called when it has been handed to the network, or when the connection has ended. */
  readonly sent: () => void;
}

/**
 * What goes out on one connection. While too much waits for the network, long answers wait in line, unwritten, and
 * sources are told to pause; when there is room again, answers go first. Short answers wait much later, so that a peer
 * that is held back by output still gets its requests done.
 */
export class Outbox {
  readonly #channel: Channel;
  readonly #limits: Pick<Limits, 'outboxHighWaterBytes' | 'outboxHardLimitBytes'>;
  readonly #waiting: OutgoingReply[] = [];
  #isClosed = false;

  constructor(channel: Channel, limits: Pick<Limits, 'outboxHighWaterBytes' | 'outboxHardLimitBytes'>) {
    this.#channel = channel;
    this.#limits = limits;
  }

  /** More waits for the network than should. */
  get isCongested(): boolean {
    return this.#channel.bufferedBytes > this.#limits.outboxHighWaterBytes;
  }

  /** Sends an answer as soon as there is room. */
  reply(reply: OutgoingReply): void {
    if (this.#isClosed || this.#hasRoomFor(reply)) this.#send(reply);
    else this.#waiting.push(reply);
  }

  /**
   * Sends a notification now. Its source asks {@link isCongested} and pauses.
   * @param sent as of {@link Channel.send}
   */
  notify(frame: string | Uint8Array, sent?: () => void): void {
    if (!this.#isClosed) this.#channel.send(frame, sent);
  }

  /** The network has taken everything. False when the answers that waited have filled it up again. */
  drained(): boolean {
    let sent = 0;
    for (; sent < this.#waiting.length && !this.isCongested; sent++) this.#send(this.#waiting[sent] as OutgoingReply);
    this.#waiting.splice(0, sent);
    return !this.isCongested;
  }

  /** Nothing is sent any more. */
  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    for (const reply of this.#waiting.splice(0)) this.#send(reply);
  }

  #hasRoomFor({ isLong }: OutgoingReply): boolean {
    if (isLong) return this.#waiting.length === 0 && !this.isCongested;
    return this.#channel.bufferedBytes <= this.#limits.outboxHardLimitBytes;
  }

  #send({ write, sent, release }: OutgoingReply): void {
    if (!this.#isClosed) this.#pass(write(), release);
    sent();
  }

  #pass(message: Json, release: () => void = () => undefined): void {
    if (typeof message !== 'string' && this.#channel.sendPieces) {
      this.#channel.sendPieces(message, release);
      return;
    }
    this.#channel.send(typeof message === 'string' ? message : Buffer.concat(message));
    release();
  }
}
