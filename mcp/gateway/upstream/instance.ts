import type { Limits } from '@exec-server/protocol';
import type { Call } from '../call.js';
import { type GatewayLog, reasonOf } from '../gateway-log.js';
import { tasksExtension } from '../revisions.js';
import { editObject, kindOf, splitObject } from '../wire/json-text.js';
import type { CallMessage } from '../wire/message.js';
import { ChangeStream } from './change-stream.js';
import type { UpstreamConfig } from './config.js';
import { type Introduction, shakeHands, writeEnvelope } from './handshake.js';
import type { Link } from './link.js';
import { HttpLink } from './http-link.js';
import { describeError, type Entry, fetchList, listKinds, type ListKind } from './listing.js';
import { writeModernHeaders } from './modern-headers.js';
import { findHeaderParams } from './param-headers.js';
import { type Outcome, Peer, type PeerRequest } from './peer.js';
import { createRedactor, withoutQuery } from './secrets.js';
import { UpstreamStartError } from './start-error.js';
import { withinStartup } from './startup-limit.js';

export interface InstanceListener {
  request(instance: UpstreamInstance, message: CallMessage & { readonly id: string }, owner: Call | null): void;
  notification(instance: UpstreamInstance, message: CallMessage, owner: Call | null): void;
  /** A session was made anew: what was set in the old one is gone. */
  renewed(instance: UpstreamInstance): void;
  /** It is gone without having been closed. */
  lost(instance: UpstreamInstance, error: Error): void;
}

export interface InstanceOptions {
  readonly config: UpstreamConfig;
  readonly link: Link;
  /** What the gateway calls itself, as JSON text. */
  readonly clientInfo: string;
  readonly limits: Limits;
  readonly log: GatewayLog;
  readonly listener: InstanceListener;
  /** The session it serves alone, as the call that its requests belong to; null for one that is shared. */
  readonly onlyCaller?: Call | null;
}

/** A request of a caller on its way to an upstream. */
export interface UpstreamCall extends Omit<PeerRequest, 'timeoutMs' | 'owner' | 'signal'> {
  readonly call: Call;
  /** Text for the envelope of a modern upstream. */
  readonly clientInfo: string | null;
  readonly logLevel: string | null;
  readonly timeoutMs?: number;
}

/** A running MCP server and the conversation with it, from the handshake to the close. Whoever creates it closes it. */
export class UpstreamInstance {
  readonly config: UpstreamConfig;
  readonly onlyCaller: Call | null;
  readonly #options: InstanceOptions;
  readonly #peer: Peer;
  readonly #lists = new Map<ListKind, Promise<readonly Entry[]>>();
  /** Definitions by name, for the headers that some arguments travel in. */
  #toolTexts: ReadonlyMap<string, string> = new Map();
  #introduction: Introduction | null = null;
  #subscribedUris: readonly string[] = [];
  readonly #changes: ChangeStream;
  #isClosing = false;

  constructor(options: InstanceOptions) {
    const { config, link, limits, log } = options;
    this.config = config;
    this.onlyCaller = options.onlyCaller ?? null;
    this.#options = options;
    this.#peer = new Peer({
      link,
      name: config.name,
      limits,
      log,
      listener: {
        request: (message, owner) => options.listener.request(this, message, owner),
        notification: (message, owner) => options.listener.notification(this, message, owner),
        renew: () => this.#renew(),
        closed: (error) => {
          this.#changes.close();
          if (!this.#isClosing) options.listener.lost(this, error);
        },
      },
    });
    this.#changes = new ChangeStream({
      limits,
      ask: (params, timeoutMs, signal) => this.#askListening(params, timeoutMs, signal),
      onFailed: (error) => this.#warn(`it tells of no changes: ${describeError(error)}`),
    });
  }

  /** What it said of itself. @throws Error before the handshake is done */
  get introduction(): Introduction {
    if (!this.#introduction) throw new Error(`upstream ${this.config.name} has not introduced itself`);
    return this.#introduction;
  }

  get isModern(): boolean {
    return this.#introduction?.era === 'modern';
  }

  get pid(): number | null {
    return this.#options.link.pid;
  }

  get peer(): Peer {
    return this.#peer;
  }

  has(capability: string): boolean {
    return this.#introduction?.capabilities.has(capability) ?? false;
  }

  /**
   * Starts it, introduces us, and fetches its tools and prompts.
   * @throws UpstreamStartError 502 or 504, with what it said on stderr; then it has still to be closed
   */
  async start(signal: AbortSignal): Promise<void> {
    const { config, link } = this.#options;
    try {
      await withinStartup(this.#introduce(), config, signal, () => quote(link.stderrTail));
    } catch (error) {
      if (error instanceof UpstreamStartError) throw error;
      const where = config.transport === 'stdio' ? config.command : withoutQuery(config.url);
      const message = `upstream ${config.name} (${where}) cannot be used: ${createRedactor(config)(reasonOf(error))}`;
      throw new UpstreamStartError(502, 'upstream_failed', `${message}${quote(link.stderrTail)}`, { cause: error });
    }
  }

  /** A list, fetched once and kept, an empty one too. Empty without the capability. @throws ListingError */
  list(kind: ListKind): Promise<readonly Entry[]> {
    let list = this.#lists.get(kind);
    if (!list) {
      list = this.#fetchList(kind);
      this.#lists.set(kind, list);
      list.catch(() => this.#lists.delete(kind)); // the next one who asks tries again
    }
    return list;
  }

  /** Forgets a list: the next one who asks gets a new one. */
  forget(kind: ListKind): void {
    this.#lists.delete(kind);
  }

  /** Sends a caller's request on and resolves with how it ended. Never rejects. */
  call({ call, clientInfo, logLevel, timeoutMs, ...request }: UpstreamCall): Promise<Outcome> {
    const shared = { ...request, owner: call, signal: call.signal, timeoutMs: timeoutMs ?? this.config.callTimeoutMs };
    if (!this.isModern) return this.#peer.request(shared);
    const params = request.params ?? '{}';
    const meta = splitObject(params).get('_meta') ?? null;
    const envelope = writeEnvelope(meta, {
      capabilities: this.#restrict(call.caller.capabilities.text),
      clientInfo: clientInfo ?? this.#options.clientInfo,
      logLevel,
    });
    return this.#peer.request({
      ...shared,
      params: editObject(params, { _meta: envelope }),
      headers: { ...request.headers, ...this.#headersFor(request.method, params) },
    });
  }

  /** Sends a request of the gateway's own. Never rejects. */
  ask(method: string, params: string | null, timeoutMs: number = this.config.startupTimeoutMs): Promise<Outcome> {
    if (!this.isModern) return this.#peer.request({ method, params, timeoutMs });
    const { clientInfo } = this.#options;
    const text = params ?? '{}';
    const meta = writeEnvelope(splitObject(text).get('_meta') ?? null, { capabilities: '{}', clientInfo, logLevel: null });
    return this.#peer.request({ method, params: editObject(text, { _meta: meta }), timeoutMs, headers: this.#headersFor(method, text) });
  }

  /** Which resources the gateway wants to hear of. For a modern upstream, which is told all of them at once. */
  listenTo(uris: readonly string[]): void {
    this.#subscribedUris = uris;
    if (this.isModern) this.#changes.listen(uris);
  }

  /** Ends it; resolves when nothing is left. Never throws. */
  close(reason = `upstream ${this.config.name} was removed`): Promise<void> {
    this.#isClosing = true;
    this.#changes.close();
    this.#peer.fail(new Error(reason));
    return this.#options.link.close();
  }

  /** Treats it as gone: it gives no sign of life. */
  abandon(error: Error): void {
    if (this.#isClosing) return;
    this.#isClosing = true;
    this.#changes.close();
    this.#peer.fail(error);
    this.#options.listener.lost(this, error);
  }

  async #introduce(): Promise<void> {
    await this.#options.link.open(this.#peer);
    await this.#shakeHands();
    await this.list('tools');
    await this.list('prompts').catch((error: unknown) => this.#warn(`its prompts cannot be listed: ${reasonOf(error)}`));
  }

  async #shakeHands(): Promise<void> {
    const { config, link, clientInfo } = this.#options;
    // A subprocess that does not answer the question for its era is asked in the old way while there is time.
    const timeoutMs =
      config.protocol === 'auto' && config.transport === 'stdio' ? Math.ceil(config.startupTimeoutMs / 3) : config.startupTimeoutMs;
    this.#introduction = await shakeHands(this.#peer, { config, clientInfo, timeoutMs });
    link.established(this.#introduction.revision);
    this.#peer.cancelsByClosing = this.isModern && config.transport === 'http';
    if (this.isModern) this.#changes.listen(this.#subscribedUris);
    else {
      await this.#peer.notify('notifications/initialized', null);
      if (link instanceof HttpLink) link.openGeneralStream();
    }
  }

  async #renew(): Promise<void> {
    await this.#shakeHands();
    for (const kind of Object.keys(listKinds) as ListKind[]) this.forget(kind);
    this.#options.listener.renewed(this);
  }

  async #fetchList(kind: ListKind): Promise<readonly Entry[]> {
    const { method, capability } = listKinds[kind];
    if (!this.has(capability)) return [];
    const { limits } = this.#options;
    const entries = await fetchList(kind, { limits, ask: (params) => this.ask(method, params), warn: (problem) => this.#warn(problem) });
    if (kind !== 'tools') return entries;
    this.#toolTexts = new Map(entries.map(({ key, text }) => [key, text]));
    if (!this.isModern || this.config.transport !== 'http') return entries;
    // A client must not offer what it could not call in the right way (SEP-2243).
    const callable = entries.filter(({ text }) => findHeaderParams(text) !== null);
    for (const { key } of entries.filter((entry) => !callable.includes(entry)))
      this.#warn(`tool ${key} is left out: it marks arguments for headers that cannot be`);
    return callable;
  }

  #askListening(text: string, timeoutMs: number, signal: AbortSignal): Promise<Outcome> {
    const meta = writeEnvelope(null, { capabilities: '{}', clientInfo: this.#options.clientInfo, logLevel: null });
    const params = editObject(text, { _meta: meta });
    const headers = this.#headersFor('subscriptions/listen', params);
    return this.#peer.request({ method: 'subscriptions/listen', params, timeoutMs, signal, headers });
  }

  /** What the caller can do, less what this upstream may not ask for, and less tasks: nobody could ask for them afterwards. */
  #restrict(capabilities: string): string {
    const denied = (['sampling', 'elicitation', 'roots'] as const).filter((kind) => !this.config.serverRequests.includes(kind));
    const extensions = splitObject(capabilities).get('extensions');
    const edits: Record<string, string | null> = Object.fromEntries([...denied, 'tasks'].map((kind) => [kind, null]));
    if (extensions !== undefined && kindOf(extensions) === 'object')
      edits['extensions'] = editObject(extensions, { [tasksExtension]: null });
    return editObject(capabilities, edits);
  }

  #headersFor(method: string, params: string): Record<string, string> {
    return this.config.transport === 'http' ? writeModernHeaders(method, params, (tool) => this.#toolTexts.get(tool)) : {};
  }

  #warn(problem: string): void {
    this.#options.log.warn({ upstream: this.config.name, problem }, 'an upstream does not do as it should');
  }
}

function quote(stderr: string): string {
  return stderr === '' ? '' : `\nstderr: ${stderr}`;
}
