import type { Channel } from '@exec-server/protocol';

interface PendingReply {
  readonly write: () => string;
  readonly sent: () => void;
}

/**
 * What goes out on one connection. While too much waits for the network, answers wait in line, unwritten, and sources
 * are told to pause; when there is room again, answers go first.
 */
export class Outbox {
  readonly #channel: Channel;
  readonly #highWaterBytes: number;
  readonly #replies: PendingReply[] = [];
  #isClosed = false;

  constructor(channel: Channel, highWaterBytes: number) {
    this.#channel = channel;
    this.#highWaterBytes = highWaterBytes;
  }

  /** More waits for the network than should. */
  get isCongested(): boolean {
    return this.#channel.bufferedBytes > this.#highWaterBytes;
  }

  /**
   * Sends an answer as soon as there is room.
   * @param write puts it into words; called when it is sent, and not at all when the connection ends before
   * @param sent called after that, in either case
   */
  reply(write: () => string, sent: () => void): void {
    if (this.#isClosed || (this.#replies.length === 0 && !this.isCongested)) this.#send({ write, sent });
    else this.#replies.push({ write, sent });
  }

  /** Sends a notification now. Its source asks {@link isCongested} and pauses. */
  notify(frame: string | Uint8Array): void {
    if (!this.#isClosed) this.#channel.send(frame);
  }

  /** The network has taken everything. False when the answers that waited have filled it up again. */
  drained(): boolean {
    let sent = 0;
    for (; sent < this.#replies.length && !this.isCongested; sent++) this.#send(this.#replies[sent] as PendingReply);
    this.#replies.splice(0, sent);
    return !this.isCongested;
  }

  /** Nothing is sent any more. */
  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    for (const reply of this.#replies.splice(0)) this.#send(reply);
  }

  #send({ write, sent }: PendingReply): void {
    if (!this.#isClosed) this.#channel.send(write());
    sent();
  }
}
