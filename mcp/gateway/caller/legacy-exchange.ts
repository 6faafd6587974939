import { setMaxListeners } from 'node:events';
import type { ServerResponse } from 'node:http';
import type { Limits } from '@exec-server/protocol';
import type { Call } from '../call.js';
import type { Outcome } from '../upstream/peer.js';
import type { Accepted } from '../wire/media-types.js';
import { sendJson } from '../wire/http-body.js';
import { errorCodes, errorText, writeError, writeResult } from '../wire/message.js';
import { EventConnection } from './event-connection.js';
import type { Session, SessionCall } from './session.js';
import type { SessionStream } from './session-stream.js';

/** Callers of earlier revisions take an event without data for a broken message. */
const firstPrimedRevision = '2025-11-25';

export interface LegacyExchangeOptions {
  readonly response: ServerResponse;
  readonly accepted: Accepted;
  readonly session: Session;
  /** JSON text of the caller's id. */
  readonly id: string;
  readonly limits: Limits;
}

/**
 * The answer to one request of a session: plain JSON when nothing is to be said before it, an event stream otherwise, or
 * after some seconds of silence. A broken connection does not end the call: what is still to be said waits in the session.
 */
export class LegacyExchange implements Call, SessionCall {
  readonly caller: Session;
  readonly #options: LegacyExchangeOptions;
  readonly #abort = new AbortController();
  readonly #silence: NodeJS.Timeout | null;
  #stream: SessionStream | null = null;
  #isOver = false;

  constructor(options: LegacyExchangeOptions) {
    this.#options = options;
    this.caller = options.session;
    setMaxListeners(0, this.#abort.signal); // one for each question, and for each upstream that is asked
    this.#silence = options.accepted.eventStream ? setTimeout(() => this.#openStream(), options.limits.mcpSilenceMs) : null;
  }

  get signal(): AbortSignal {
    return this.#abort.signal;
  }

  get isHeard(): boolean {
    const { response, accepted } = this.#options;
    return this.#stream?.isConnected ?? (accepted.eventStream && !response.destroyed);
  }

  notify(text: string): void {
    if (this.#isOver) return;
    const stream = this.#openStream();
    if (stream) stream.send(text);
    else this.caller.tell(text);
  }

  /** A question goes where somebody listens: on the stream of this call, or on the general one. */
  ask(method: string, params: string | null, signal: AbortSignal): Promise<Outcome> {
    return this.caller.questions.ask({ method, params, signals: [signal, this.#abort.signal] }, (text, onDropped) => {
      const stream = this.#isOver ? null : this.#openStream();
      if (stream && (stream.isConnected || !this.caller.hasGeneralConnection)) stream.send(text);
      else this.caller.tell(text, onDropped);
    });
  }

  lacksCapability(): void {} // the upstream is told, and goes on as it can

  /** The end of the call. */
  finish(outcome: Outcome): void {
    const { id } = this.#options;
    this.#conclude('result' in outcome ? writeResult(id, outcome.result) : writeError(id, outcome.error));
  }

  /** The caller has lost interest: the exchange ends without a result. */
  cancel(reason: string): void {
    if (this.#isOver) return;
    if (this.#stream) {
      this.#end();
      this.#stream.finish();
    } else this.#conclude(writeError(this.#options.id, errorText(errorCodes.cancelled, reason)));
    this.#abort.abort(new Error(reason));
  }

  #conclude(text: string): void {
    if (this.#isOver) return;
    this.#end();
    const { response, accepted } = this.#options;
    const isGone = response.destroyed || response.socket === null;
    if (!this.#stream && accepted.json && !isGone) {
      sendJson(response, 200, text);
      return;
    }
    const stream = this.#stream ?? this.#begin();
    stream.send(text);
    stream.finish();
  }

  #end(): void {
    this.#isOver = true;
    if (this.#silence) clearTimeout(this.#silence);
  }

  /** Null when the caller takes no event stream. */
  #openStream(): SessionStream | null {
    if (this.#stream || !this.#options.accepted.eventStream) return this.#stream;
    return this.#begin();
  }

  #begin(): SessionStream {
    const { response, session, limits } = this.#options;
    if (this.#silence) clearTimeout(this.#silence);
    const stream = session.openStream();
    this.#stream = stream;
    if (response.destroyed || response.headersSent) return stream; // the caller is gone: it can come back for it
    const connection = new EventConnection(response, limits, () => session.used());
    if (session.revision >= firstPrimedRevision) connection.prime(stream.idOf(0));
    stream.attach(connection, 0);
    return stream;
  }
}
