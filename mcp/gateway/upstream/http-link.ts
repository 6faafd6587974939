import type { Limits } from '@exec-server/protocol';
import { withDeadline } from '../../deadline.js';
import { pause } from '../pause.js';
import { type GatewayLog, reasonOf } from '../gateway-log.js';
import { mediaType } from '../wire/media-types.js';
import { type CallMessage, readMessage, writeError } from '../wire/message.js';
import type { HttpUpstreamConfig } from './config.js';
import { readEvents } from './event-reader.js';
import { describeAnswer, readAnswer, toError } from './http-answer.js';
import { fetchSameOrigin } from './http-fetch.js';
import type { Link, LinkListener, SendOptions } from './link.js';

export interface HttpLinkOptions {
  readonly config: HttpUpstreamConfig;
  /** Carries the requests: those of this machine, or of an executor. */
  readonly fetch: typeof fetch;
  readonly limits: Limits;
  readonly log: GatewayLog;
}

/** How often a stream that broke before its answer is taken up again without having said anything new. */
const mostResumptions = 5;
/** Pause before a stream that said nothing at all is taken up again, in milliseconds, whatever the upstream asks for. */
const leastPauseMs = 20;

/** An upstream that speaks Streamable HTTP. */
export class HttpLink implements Link {
  readonly pid = null;
  readonly stderrTail = '';
  readonly isAttributing = true;
  readonly #options: HttpLinkOptions;
  /** Exchanges and streams under way. */
  readonly #active = new Set<AbortController>();
  #isClosed = false;
  #listener: LinkListener | null = null;
  #sessionId: string | null = null;
  #revision: string | null = null;
  #renewal: Promise<void> | null = null;
  #hasGeneralStream = false;
  #closing: Promise<void> | null = null;

  constructor(options: HttpLinkOptions) {
    this.#options = options;
  }

  open(listener: LinkListener): Promise<void> {
    this.#listener = listener;
    return Promise.resolve();
  }

  established(revision: string): void {
    this.#revision = revision;
  }

  /** Opens the stream for messages that belong to no request, of a legacy upstream. */
  openGeneralStream(): void {
    if (this.#hasGeneralStream) return;
    this.#hasGeneralStream = true;
    this.#within(undefined, (signal) => this.#followGeneralStream(signal)).catch(() => (this.#hasGeneralStream = false));
  }

  async sendCall(message: CallMessage, text: string, options: SendOptions = {}): Promise<void> {
    if (message.id === null) return this.#notify(text, { ...options, isHandshake: message.method === 'notifications/initialized' });
    const id = Number(message.id);
    this.#within(options.signal, (signal) => this.#exchange(id, text, { ...options, signal })).catch((error: unknown) => {
      if (!options.signal?.aborted) this.#listener?.failed(id, error as Error);
    });
  }

  async sendResponse(text: string): Promise<void> {
    await this.#notify(text, {});
  }

  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  #notify(text: string, options: SendOptions): Promise<void> {
    return this.#within(AbortSignal.timeout(this.#options.limits.mcpPingTimeoutMs), async (signal) => {
      const response = await this.#post(text, { ...options, signal });
      if (!response.ok) throw await toError(response, this.#options);
      await response.body?.cancel();
    });
  }

  /** Runs an exchange that ends with the link, or with `outer`. */
  async #within<Result>(outer: AbortSignal | undefined, exchange: (signal: AbortSignal) => Promise<Result>): Promise<Result> {
    if (this.#isClosed) throw new Error(`upstream ${this.#options.config.name} is closed`);
    const controller = new AbortController();
    const abort = (): void => controller.abort(outer?.reason);
    if (outer?.aborted) abort();
    outer?.addEventListener('abort', abort);
    this.#active.add(controller);
    try {
      return await exchange(controller.signal);
    } finally {
      outer?.removeEventListener('abort', abort);
      this.#active.delete(controller);
    }
  }

  /** Sends a request and passes on everything that comes on its stream, up to the answer. */
  async #exchange(id: number, text: string, options: SendOptions): Promise<void> {
    const response = await this.#post(text, options);
    const type = mediaType(response.headers.get('content-type'));
    if (type === 'text/event-stream' && response.ok) return this.#followAnswer(id, response, options);
    const { config, limits } = this.#options;
    const body = await readAnswer(response, limits);
    const message = type === 'application/json' ? readMessage(body) : null;
    if (message?.kind === 'response' && (response.ok || message.error !== null)) {
      // An error that does not tell which request it is for is for this one.
      const isOurs = message.id === String(id) || message.id === 'null';
      if (!isOurs) throw new Error(`the answer has id ${message.id.slice(0, 64)} instead of ${id}`);
      const answer = message.id === 'null' && message.error !== null ? readMessage(writeError(String(id), message.error)) : message;
      if (answer.kind !== 'fault') this.#listener?.message(answer, id);
      return;
    }
    throw describeAnswer(response, type, body, config, limits);
  }

  async #followAnswer(id: number, first: Response, options: SendOptions): Promise<void> {
    const { limits } = this.#options;
    let lastEventId: string | null = null;
    let retryMs = limits.mcpRetryMs;
    let isAnswered = false;
    let attempts = 0;
    for (let response: Response | null = first; ;) {
      let hasData = false;
      try {
        await this.#readStream(response, {
          onData: (data) => {
            hasData = true;
            if (!isAnswered) isAnswered = this.#take(data, id);
            return isAnswered;
          },
          onId: (eventId) => {
            lastEventId = eventId === '' ? null : eventId;
            attempts = 0;
          },
          onRetry: (ms) => (retryMs = Math.min(ms, limits.mcpRestartMaxDelayMs)),
        });
      } catch (error) {
        if (isAnswered) return;
        if (lastEventId === null || error instanceof RangeError || options.signal?.aborted) throw error;
      }
      if (isAnswered) return;
      if (lastEventId === null || attempts++ >= mostResumptions) throw new Error('the event stream ended before the answer');
      // Whoever says that it may be asked again at once, and then says nothing, is not asked in a tight loop.
      await pause(hasData ? retryMs : Math.max(retryMs, leastPauseMs), options.signal);
      response = await this.#resume(lastEventId, attempts, options.signal);
    }
  }

  /** Takes a stream up again; null when the upstream cannot be reached just now. */
  async #resume(lastEventId: string, attempts: number, signal: AbortSignal | undefined): Promise<Response | null> {
    const response = await this.#get(lastEventId, signal).catch((error: unknown) => {
      if (signal?.aborted || attempts >= mostResumptions) throw error;
      return null;
    });
    if (response && (!response.ok || mediaType(response.headers.get('content-type')) !== 'text/event-stream'))
      throw await toError(response, this.#options);
    return response;
  }

  /** Reads until the stream ends, or `onData` says that it is enough. */
  async #readStream(
    response: Response | null,
    on: {
      readonly onData: (data: string) => boolean;
      readonly onId: (id: string) => void;
      readonly onRetry: (ms: number) => void;
    },
  ): Promise<void> {
    if (!response?.body) return;
    await readEvents(response.body, { maxLength: this.#options.limits.mcpMessageBytes, ...on });
  }

  /** Passes a message on; true when it answers the request. */
  #take(data: string, id: number | null): boolean {
    const { log, config } = this.#options;
    const message = readMessage(data);
    if (message.kind === 'fault') {
      log.debug({ upstream: config.name, problem: message.message }, 'an event of an upstream is no message');
      const isOurs = id !== null && message.isAnswer && message.id === String(id);
      if (isOurs) this.#listener?.failed(id, new Error(`its answer is no JSON-RPC: ${message.message}`));
      return isOurs;
    }
    if (message.kind === 'response' && message.id !== String(id)) {
      log.warn({ upstream: config.name, id: message.id.slice(0, 64) }, 'an answer to no request on this stream was left out');
      return false;
    }
    this.#listener?.message(message, id);
    return message.kind === 'response';
  }

  async #followGeneralStream(signal: AbortSignal): Promise<void> {
    const { limits, log, config } = this.#options;
    let lastEventId: string | null = null;
    let delayMs = limits.mcpRestartDelayMs;
    while (!signal.aborted) {
      try {
        const response = await this.#get(lastEventId, signal);
        if (
          [404, 405, 501].includes(response.status) ||
          (response.ok && mediaType(response.headers.get('content-type')) !== 'text/event-stream')
        ) {
          await response.body?.cancel();
          if (response.status === 404) log.debug({ upstream: config.name }, 'an upstream does not know the session of its event stream');
          this.#hasGeneralStream = false;
          return; // it has none; after a renewal it is asked again
        }
        if (!response.ok) throw await toError(response, this.#options);
        await this.#readStream(response, {
          onData: (data) => {
            this.#take(data, null);
            delayMs = limits.mcpRestartDelayMs;
            return false;
          },
          onId: (eventId) => (lastEventId = eventId === '' ? null : eventId),
          onRetry: (ms) => (delayMs = Math.min(ms, limits.mcpRestartMaxDelayMs)),
        });
      } catch (error) {
        if (signal.aborted) return;
        log.debug({ upstream: config.name, reason: reasonOf(error) }, 'the event stream of an upstream broke');
      }
      await pause(delayMs, signal).catch(() => undefined); // the loop ends
      delayMs = Math.min(delayMs * 2, limits.mcpRestartMaxDelayMs);
    }
  }

  /** Posts a message; a session that the upstream has lost is made anew once, by one for all. */
  async #post(text: string, options: SendOptions): Promise<Response> {
    if (!options.isHandshake) await this.#renewal;
    const used = this.#sessionId;
    const response = await this.#fetch('POST', text, options);
    if (options.isHandshake) {
      const given = response.headers.get('mcp-session-id');
      if (given !== null) this.#sessionId = given;
    }
    if (response.status !== 404 || used === null || options.isHandshake) return response;
    await response.body?.cancel();
    if (this.#sessionId === used) {
      this.#renewal ??= this.#renew().finally(() => (this.#renewal = null));
      await this.#renewal;
    } else await this.#renewal;
    return this.#fetch('POST', text, options);
  }

  /** When it fails the lost session stays, so that the next request finds it lost and tries again. */
  async #renew(): Promise<void> {
    const [sessionId, revision] = [this.#sessionId, this.#revision];
    this.#sessionId = null;
    this.#revision = null;
    try {
      await this.#listener?.renew();
    } catch (error) {
      [this.#sessionId, this.#revision] = [sessionId, revision];
      throw error;
    }
  }

  #fetch(method: 'POST' | 'GET' | 'DELETE', body: string | null, options: SendOptions): Promise<Response> {
    const { config, fetch } = this.#options;
    const headers = new Headers(config.headers);
    if (method === 'POST') headers.set('content-type', 'application/json');
    if (method !== 'DELETE') headers.set('accept', method === 'POST' ? 'application/json, text/event-stream' : 'text/event-stream');
    if (this.#sessionId !== null) headers.set('mcp-session-id', this.#sessionId);
    if (this.#revision !== null) headers.set('mcp-protocol-version', this.#revision);
    for (const [name, value] of Object.entries(options.headers ?? {})) headers.set(name, value);
    const { signal } = options;
    return fetchSameOrigin(fetch, config.url, { method, headers, body, signal });
  }

  #get(lastEventId: string | null, signal: AbortSignal | undefined): Promise<Response> {
    return this.#fetch('GET', null, { signal, headers: lastEventId === null ? {} : { 'last-event-id': lastEventId } });
  }

  /** Streams first, then the session; whatever the upstream says to that is ignored. */
  async #close(): Promise<void> {
    const { limits, log, config } = this.#options;
    this.#isClosed = true;
    this.#listener = null;
    for (const controller of this.#active) controller.abort(new Error(`upstream ${config.name} is closed`));
    if (this.#sessionId === null) return;
    const ended = this.#fetch('DELETE', null, { signal: AbortSignal.timeout(limits.mcpCloseTimeoutMs) }).then((response) =>
      response.body?.cancel(),
    );
    ended.catch((error: unknown) =>
      log.warn({ upstream: config.name, reason: reasonOf(error) }, 'the session of an upstream could not be ended'),
    );
    await withDeadline(ended, limits.mcpCloseTimeoutMs);
  }
}
