import {
  type Channel,
  type ChannelListener,
  type NotificationMessage,
  type Notifications,
  readTrustedMessage,
  writeError,
  writeNotification,
} from '@exec-server/protocol';
import { DisconnectedError } from '../errors.js';
import { Caller } from './caller.js';

export interface ConnectionListener {
  notification<Name extends keyof Notifications>(method: Name, params: Notifications[Name]): void;
  /** The connection is over; every call has failed. */
  closed(error: Error): void;
}

/** One channel to the server, from its opening to its end: `open → closed`. It owns the channel. */
export class Connection implements ChannelListener {
  readonly caller: Caller;
  /** Settles when the channel is gone. */
  readonly ended: Promise<void>;
  readonly #channel: Channel;
  readonly #listener: ConnectionListener;
  #settleEnded!: () => void;
  #reason: Error | null = null;
  #isPauseWanted = false;
  #isPaused = false;

  constructor(channel: Channel, listener: ConnectionListener, maxInFlight: number) {
    this.#channel = channel;
    this.#listener = listener;
    this.ended = new Promise((resolve) => (this.#settleEnded = resolve));
    this.caller = new Caller((text) => {
      channel.send(text);
      this.#adjustReading();
    }, maxInFlight);
    channel.open(this);
  }

  get peer(): string {
    return this.#channel.peer;
  }

  get isInProcess(): boolean {
    return this.#channel.isInProcess ?? false;
  }

  /** Why it is over; null while it is open. */
  get reason(): Error | null {
    return this.#reason;
  }

  notify<Name extends keyof Notifications>(method: Name, params: Notifications[Name]): void {
    this.#channel.send(writeNotification(method, params));
  }

  /**
   * Whether to hold the server back. While an answer is awaited reading goes on, or whoever waits for it
   * could be the one who has to read first.
   */
  holdBack(isWanted: boolean): void {
    this.#isPauseWanted = isWanted;
    this.#adjustReading();
  }

  close(error: Error): void {
    this.#end(error);
    this.#channel.close();
  }

  message(text: string): void {
    if (this.#reason) return;
    const message = readTrustedMessage(text);
    switch (message.kind) {
      case 'result':
      case 'error':
        this.caller.answer(message);
        this.#adjustReading();
        return;
      case 'notification':
        this.#notification(message);
        return;
      case 'request': // this client offers nothing
        this.#channel.send(
          writeError(message.id, { code: -32601, message: `exec-server client does not implement \`${message.method}\` yet` }),
        );
        return;
      case 'malformed':
        this.close(new DisconnectedError(`the server sent a message that cannot be read: ${message.reason}`));
    }
  }

  drained(): void {}

  closed(error?: Error): void {
    this.#end(new DisconnectedError('the connection to the server was lost', { cause: error }));
    this.#settleEnded();
  }

  /** What a server says is trusted unchecked; one that breaks the rules may end its connection, not this program. */
  #notification({ method, params }: NotificationMessage): void {
    try {
      this.#listener.notification(method as keyof Notifications, params);
    } catch (error) {
      this.close(new DisconnectedError(`the server sent a notification that cannot be read: ${method}`, { cause: error }));
    }
  }

  #adjustReading(): void {
    const shouldPause = this.#isPauseWanted && this.caller.inFlight === 0;
    if (shouldPause === this.#isPaused || this.#reason) return;
    this.#isPaused = shouldPause;
    if (shouldPause) this.#channel.pause();
    else this.#channel.resume();
  }

  #end(error: Error): void {
    if (this.#reason) return;
    this.#reason = error;
    this.caller.close(error);
    this.#listener.closed(error);
  }
}
