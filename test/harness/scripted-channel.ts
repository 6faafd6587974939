import type { Channel, ChannelListener } from '@exec-server/protocol';

/** A channel whose far end is the test: it sees what is sent, says what arrives, and when the line breaks. */
export class ScriptedChannel implements Channel {
  readonly peer = 'a scripted server';
  readonly bufferedBytes = 0;
  readonly isResponsive = true;
  /** What the client has sent, in order. */
  readonly sent: string[] = [];
  /** How often the client has paused the channel. */
  pauses = 0;
  isPaused = false;
  isClosed = false;
  readonly #onSend: (text: string) => void;
  readonly #held: string[] = [];
  #listener: ChannelListener | null = null;

  /** @param onSend called with every message of the client */
  constructor(onSend: (text: string) => void = () => undefined) {
    this.#onSend = onSend;
  }

  // For the client

  open(listener: ChannelListener): void {
    this.#listener = listener;
  }

  send(message: string | Uint8Array): void {
    if (this.isClosed) return;
    const text = typeof message === 'string' ? message : new TextDecoder().decode(message);
    this.sent.push(text);
    this.#onSend(text);
  }

  probe(): void {}

  pause(): void {
    this.isPaused = true;
    this.pauses++;
  }

  resume(): void {
    this.isPaused = false;
    setImmediate(() => {
      while (!this.isPaused && this.#held.length > 0) this.#listener?.message(this.#held.shift() as string);
    });
  }

  close(): void {
    if (this.isClosed) return;
    this.isClosed = true;
    setImmediate(() => this.#end(undefined));
  }

  // For the test

  /** The messages sent so far, parsed. */
  get messages(): readonly Readonly<Record<string, unknown>>[] {
    return this.sent.map((text) => JSON.parse(text) as Record<string, unknown>);
  }

  /** A message arrives, within this call; while the channel is paused it waits, unless it was under way by then. */
  deliver(message: unknown, isUnderWay = false): void {
    const text = typeof message === 'string' ? message : JSON.stringify(message);
    if (this.isPaused && !isUnderWay) this.#held.push(text);
    else this.#listener?.message(text);
  }

  /** The line breaks, within this call. */
  lose(error?: Error): void {
    this.isClosed = true;
    this.#end(error);
  }

  #end(error: Error | undefined): void {
    const listener = this.#listener;
    this.#listener = null;
    listener?.closed(error);
  }
}
