import type { CallMessage, RawMessage } from '../wire/message.js';

/** What a link tells its owner. Nothing is called after `closed`. */
export interface LinkListener {
  /** @param origin id of the request of ours on whose stream it came; null when the line does not tell */
  message(message: RawMessage, origin: number | null): void;
  /** The request of ours cannot be answered any more. */
  failed(id: number, error: Error): void;
  /** The upstream has lost our session: make a new one on this link. Rejects when that is not possible. */
  renew(): Promise<void>;
  /** The upstream is gone. */
  closed(error: Error): void;
}

export interface SendOptions {
  /** Gives the exchange up: nothing is heard of it any more. */
  readonly signal?: AbortSignal | undefined;
  /** Headers for this message, on lines that have headers. */
  readonly headers?: Readonly<Record<string, string>> | undefined;
  /** Part of a handshake: never an occasion to make a new session. */
  readonly isHandshake?: boolean | undefined;
}

/** The line to one upstream. Whoever opens it closes it. */
export interface Link {
  /** Process on this machine or on the executor; null when there is none. */
  readonly pid: number | null;
  /** Last lines on stderr; empty when there are none. */
  readonly stderrTail: string;
  /** Whether the stream a message came on tells which request it belongs to. */
  readonly isAttributing: boolean;
  /** @throws Error when the program cannot be started */
  open(listener: LinkListener): Promise<void>;
  /** The upstream has accepted us, with this revision. */
  established(revision: string): void;
  /** Sends a request, or a notification; for a request everything else is told by the listener. */
  sendCall(message: CallMessage, text: string, options?: SendOptions): Promise<void>;
  /** Sends the answer to a request of the upstream. */
  sendResponse(text: string): Promise<void>;
  /** Resolves when nothing is left of it. Never throws; safe to call twice. */
  close(): Promise<void>;
}
