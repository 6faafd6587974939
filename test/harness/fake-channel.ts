import type { Channel, ChannelListener } from '@exec-server/protocol';
import type { WireMessage } from './wire-client.js';

/** A channel of the server whose network and peer are the test. */
export class FakeChannel implements Channel {
  peer = 'exec-server websocket 127.0.0.1:4711';
  bufferedBytes = 0;
  isResponsive = true;
  isPaused = false;
  isClosed = false;
  probes = 0;
  /** How long the server has granted its last words, when it has closed; null before. */
  graceMs: number | null = null;
  /** What has been sent before the close, in order. */
  readonly sent: string[] = [];
  #listener: ChannelListener | null = null;

  open(listener: ChannelListener): void {
    this.#listener = listener;
  }

  send(message: string | Uint8Array): void {
    if (!this.isClosed) this.sent.push(typeof message === 'string' ? message : Buffer.from(message).toString('utf8'));
  }

  probe(): void {
    this.probes++;
  }

  pause(): void {
    this.isPaused = true;
  }

  resume(): void {
    this.isPaused = false;
  }

  close(graceMs = 0): void {
    if (this.isClosed) return;
    this.isClosed = true;
    this.graceMs = graceMs;
    setImmediate(() => this.lose());
  }

  /** The messages sent so far. */
  get messages(): WireMessage[] {
    return this.sent.map((text) => JSON.parse(text) as WireMessage);
  }

  /** A message arrives, within this call. */
  deliver(message: unknown): void {
    this.#listener?.message(typeof message === 'string' ? message : JSON.stringify(message));
  }

  /** The network takes everything. */
  drain(): void {
    this.bufferedBytes = 0;
    this.#listener?.drained();
  }

  /** The line is gone, within this call. */
  lose(error?: Error): void {
    this.isClosed = true;
    const listener = this.#listener;
    this.#listener = null;
    listener?.closed(error);
  }
}
