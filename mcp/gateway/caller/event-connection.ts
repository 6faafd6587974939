import type { ServerResponse } from 'node:http';
import type { Limits } from '@exec-server/protocol';

/** An HTTP response that is an event stream. It is cut when its reader is too slow; a comment keeps it alive. */
export class EventConnection {
  readonly #response: ServerResponse;
  readonly #limits: Limits;
  readonly #onClosed: () => void;
  readonly #keepAlive: NodeJS.Timeout;
  /** Bytes on their way that say nothing about how fast the reader is. */
  #exemptBytes = 0;
  #isOver = false;

  /** Sends the head at once. @param onClosed called once when the connection is gone, or was ended */
  constructor(response: ServerResponse, limits: Limits, onClosed: () => void, headers: Readonly<Record<string, string>> = {}) {
    this.#response = response;
    this.#limits = limits;
    this.#onClosed = onClosed;
    response.writeHead(200, {
      'content-type': 'text/event-stream',
      'cache-control': 'no-cache, no-transform',
      'x-accel-buffering': 'no',
      ...headers,
    });
    response.flushHeaders();
    response.once('close', () => this.#finish());
    response.on('drain', () => (this.#exemptBytes = 0));
    this.#keepAlive = setInterval(() => this.#write(':\n\n'), limits.mcpKeepAliveMs);
  }

  get isOpen(): boolean {
    return !this.#isOver;
  }

  /**
   * Sends a message.
   * @param text one line of JSON
   * @param id null for a stream that cannot be taken up again
   * @param hasWaited whether it is one of many that are due at once because nobody was there
   */
  send(text: string, id: string | null, hasWaited = false): void {
    this.#write(`${id === null ? '' : `id: ${id}\n`}event: message\ndata: ${text}\n\n`, hasWaited);
  }

  /** Tells the reader where it stands before anything has been said, so that it can come back. */
  prime(id: string): void {
    this.#write(`id: ${id}\nretry: ${this.#limits.mcpRetryMs}\ndata: \n\n`);
  }

  /** Sends what is buffered and ends the response. */
  end(): void {
    if (this.#isOver) return;
    this.#finish();
    this.#response.end();
  }

  /** One message may be larger than what a reader may leave unread; that does not make the reader slow. */
  #write(text: string, isExempt = false): void {
    if (this.#isOver || this.#response.destroyed) return;
    const { mcpStreamBacklogBytes } = this.#limits;
    if (isExempt || text.length > mcpStreamBacklogBytes) this.#exemptBytes += Buffer.byteLength(text);
    this.#response.write(text);
    if (this.#response.writableLength > mcpStreamBacklogBytes + this.#exemptBytes) this.#response.destroy(); // 'close' follows
  }

  #finish(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    clearInterval(this.#keepAlive);
    this.#onClosed();
  }
}
