/** What a channel tells its owner. Calls never overlap, and nothing is called after `closed`. */
export interface ChannelListener {
  /** One whole inbound message. */
  message(text: string): void;
  /**
   * The same for a long one of ASCII, whose bytes are used for something else when this returns. Optional: without it
   * `message` gets its text.
   */
  messageBytes?(ascii: Uint8Array): void;
  /** Everything handed to `send` has left for the network after `bufferedBytes` had been high. */
  drained(): void;
  /** The channel is gone; `error` says why when it was not an orderly end. */
  closed(error?: Error): void;
}

/**
 * A pipe of text messages between two peers, whatever carries it.
 * The one who opened a channel closes it; `close` ends it for both sides.
 */
export interface Channel {
  /** Names the peer in messages and logs, such as `exec-server websocket 127.0.0.1:4711`. */
  readonly peer: string;
  /** True when the peer is in this process, so that what it does is done on this machine; absent otherwise. */
  readonly isInProcess?: boolean;
  /** Bytes accepted by `send` that the network has not taken yet. */
  readonly bufferedBytes: number;
  /** False from a missed ping until the peer is heard again. */
  readonly isResponsive: boolean;
  /** Starts delivery. Called once, before anything else. */
  open(listener: ChannelListener): void;
  /**
   * Sends one message. Text that is handed over as bytes has to be UTF-8.
   * After `closed` it does nothing.
   * @param sent called when the bytes may be used for something else; it may be never when the channel ends before
   */
  send(message: string | Uint8Array, sent?: () => void): void;
  /**
   * Sends one message whose UTF-8 comes in pieces, and calls `sent` when they may be used for something else.
   * Optional: without it `send` gets them joined, which takes twice the memory.
   */
  sendPieces?(pieces: readonly Uint8Array[], sent?: () => void): void;
  /** Asks the peer for a sign of life; the answer shows in `isResponsive`. */
  probe(): void;
  /** Stops reading, so that the network holds the peer back. A few messages under way may still arrive. */
  pause(): void;
  resume(): void;
  /** Sends what is buffered, for at most `graceMs` (default 0: drops it), and ends the channel. Safe to call twice. */
  close(graceMs?: number): void;
}
