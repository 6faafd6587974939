import type { ChannelListener } from '@exec-server/protocol';

/** Keeps what a channel tells. */
export class ChannelRecorder implements ChannelListener {
  readonly messages: string[] = [];
  /** How often the end was told. */
  ends = 0;
  /** Settles with the error, if any, when the channel is gone. */
  readonly ended: Promise<Error | undefined>;
  #settleEnded!: (error: Error | undefined) => void;
  #wake: (() => void) | null = null;

  constructor() {
    this.ended = new Promise((resolve) => (this.#settleEnded = resolve));
  }

  message(text: string): void {
    this.messages.push(text);
    this.#wake?.();
  }

  drained(): void {}

  closed(error?: Error): void {
    this.ends++;
    this.#settleEnded(error);
  }

  /** Resolves with all messages once there are so many. */
  async received(count: number): Promise<readonly string[]> {
    while (this.messages.length < count) await new Promise<void>((resolve) => (this.#wake = resolve));
    return this.messages;
  }
}
