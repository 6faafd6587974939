import type { ServerResponse } from 'node:http';
import type { Limits } from '@exec-server/protocol';
import type { Accepted } from '../wire/media-types.js';
import { sendJson } from '../wire/http-body.js';
import { EventConnection } from './event-connection.js';

export interface ModernExchangeOptions {
  readonly response: ServerResponse;
  readonly accepted: Accepted;
  /** JSON text of the caller's id. */
  readonly id: string;
  readonly limits: Limits;
  /** The caller has closed the stream before the answer: it wants it no more. */
  readonly onClosed: () => void;
}

/** The answer to one request without a session: JSON, or an event stream when there is something to say before it. */
export class ModernExchange {
  readonly id: string;
  readonly #options: ModernExchangeOptions;
  readonly #silence: NodeJS.Timeout | null;
  readonly #closed: () => void;
  #connection: EventConnection | null = null;
  #isOver = false;

  constructor(options: ModernExchangeOptions) {
    this.#options = options;
    this.id = options.id;
    this.#silence = options.accepted.eventStream ? setTimeout(() => this.#open(), options.limits.mcpSilenceMs) : null;
    this.#closed = () => {
      if (this.#isOver) return;
      this.#end();
      options.onClosed();
    };
    options.response.once('close', this.#closed);
  }

  /** Whether the status of the answer is not decided yet. */
  get isSilent(): boolean {
    return this.#connection === null;
  }

  notify(text: string): void {
    if (!this.#isOver && this.#options.accepted.eventStream) this.#open().send(text, null);
  }

  /** The last message. @param status of the answer, if nothing was sent before */
  finish(text: string, status = 200): void {
    if (this.#isOver) return;
    this.#end();
    const { response, accepted } = this.#options;
    if (!this.#connection && (accepted.json || status !== 200)) return sendJson(response, status, text);
    const connection = this.#open();
    connection.send(text, null);
    connection.end();
  }

  #open(): EventConnection {
    if (this.#silence) clearTimeout(this.#silence);
    this.#connection ??= new EventConnection(this.#options.response, this.#options.limits, () => undefined);
    return this.#connection;
  }

  #end(): void {
    this.#isOver = true;
    if (this.#silence) clearTimeout(this.#silence);
  }
}
