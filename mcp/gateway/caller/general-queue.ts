import type { Limits } from '@exec-server/protocol';

interface Waiting {
  readonly text: string;
  /** Called when a request has to go undelivered; null for a notification. */
  readonly onDropped: (() => void) | null;
}

/** Messages for a session that has no stream to hear them on. The oldest notifications give way first, then requests, which fail. */
export class GeneralQueue {
  readonly #limits: Limits;
  #waiting: Waiting[] = [];
  #bytes = 0;
  /** Messages that had to go. */
  dropped = 0;

  constructor(limits: Limits) {
    this.#limits = limits;
  }

  get length(): number {
    return this.#waiting.length;
  }

  /** That a list has changed is not put in a second time while it waits: it would say nothing new. */
  add(text: string, onDropped: (() => void) | null): void {
    if (onDropped === null && text.includes('/list_changed"') && this.#waiting.some((waiting) => waiting.text === text)) return;
    this.#waiting.push({ text, onDropped });
    this.#bytes += Buffer.byteLength(text);
    while (this.#waiting.length > 1 && (this.#waiting.length > this.#limits.mcpQueuedMessages || this.#bytes > this.#limits.mcpStoredBytes))
      this.#dropOne();
  }

  /** Takes everything out, the oldest first. */
  takeAll(): string[] {
    const texts = this.#waiting.map(({ text }) => text);
    this.#waiting = [];
    this.#bytes = 0;
    return texts;
  }

  #dropOne(): void {
    const oldestNotification = this.#waiting.findIndex(({ onDropped }) => onDropped === null);
    const [gone] = this.#waiting.splice(Math.max(oldestNotification, 0), 1);
    this.#bytes -= Buffer.byteLength(gone?.text ?? '');
    this.dropped++;
    gone?.onDropped?.();
  }
}
