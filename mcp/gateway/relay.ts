import type { Limits } from '@exec-server/protocol';
import { type Call, isLogLevel, type LogLevel } from './call.js';
import { Session } from './caller/session.js';
import type { Sessions } from './caller/sessions.js';
import type { Elicitations } from './elicitations.js';
import { type GatewayLog, reasonOf } from './gateway-log.js';
import { withDeadline } from '../deadline.js';
import { answerInputs } from './input-bridge.js';
import type { LogLevels } from './log-levels.js';
import type { CallEnd, GatewayMetrics } from './metrics.js';
import { ResourceOwners } from './resource-owners.js';
import { metaKeys } from './revisions.js';
import type { Subscriptions } from './subscriptions.js';
import type { Catalog } from './upstream/catalog.js';
import type { UpstreamInstance } from './upstream/instance.js';
import { listKinds, type ListKind } from './upstream/listing.js';
import type { Outcome } from './upstream/peer.js';
import type { Upstream } from './upstream/upstream.js';
import type { Upstreams } from './upstream/upstreams.js';
import { editObject, joinObject, kindOf, splitObject, stringOf } from './wire/json-text.js';
import { type CallMessage, errorCodes, errorText } from './wire/message.js';

export interface RelayOptions {
  readonly upstreams: Upstreams;
  readonly sessions: Sessions;
  readonly subscriptions: Subscriptions;
  readonly logLevels: LogLevels;
  readonly elicitations: Elicitations;
  readonly metrics: GatewayMetrics;
  readonly limits: Limits;
  readonly log: GatewayLog;
}

/** Where a request goes, and with which params. */
interface Forward {
  readonly upstream: Upstream;
  readonly method: string;
  /** JSON text of an object. */
  readonly params: string;
  /** What it is called in errors. */
  readonly what: string;
}

/** Messages of callers on their way to upstreams, and the answers back. */
export class Relay {
  readonly #options: RelayOptions;
  readonly #owners: ResourceOwners;

  constructor(options: RelayOptions) {
    this.#options = options;
    this.#owners = new ResourceOwners(options.upstreams);
  }

  /** Works on a request of either era and resolves with its outcome. Never rejects. */
  async handle(call: Call, { method, params }: CallMessage): Promise<Outcome> {
    try {
      return await this.#dispatch(call, method, params ?? '{}');
    } catch (error) {
      return { error: errorText(errorCodes.serverError, reasonOf(error)) };
    }
  }

  /** What the upstreams say about their use, together; null when none says anything. */
  instructions(): string | null {
    const texts = this.#options.upstreams.registered.flatMap(({ name, shared }) => {
      const text = shared?.introduction.instructions ?? '';
      return text === '' ? [] : [`${name}: ${text}`];
    });
    return texts.length === 0 ? null : texts.join('\n\n');
  }

  /** The roots of a session have changed: the upstreams it uses hear of it. */
  rootsChanged(session: Session): void {
    for (const name of session.usedUpstreams) {
      const instances = this.#options.upstreams.find(name)?.instances ?? [];
      const own = instances.filter(({ onlyCaller }) => onlyCaller === null || onlyCaller.caller.key === session.key);
      for (const instance of own) if (!instance.isModern) void instance.peer.notify('notifications/roots/list_changed', null);
    }
  }

  /** Subscribes, for a session or a listener. Never rejects. */
  async subscribe(call: Call, uri: string): Promise<Outcome> {
    const owner = await this.#owners.find(uri);
    if (owner) return this.#subscribeAt(owner, call, uri);
    for (const upstream of this.#owners.all()) {
      if (upstream.shared?.isModern) continue; // would not say whether it has it
      const outcome = await this.#subscribeAt(upstream, call, uri);
      if ('result' in outcome || call.signal.aborted) return outcome;
    }
    return notFound(call, uri);
  }

  async #subscribeAt(upstream: Upstream, call: Call, uri: string): Promise<Outcome> {
    try {
      const instance = await upstream.instanceFor(call);
      if (!instance.has('resources')) return notFound(call, uri);
      if (instance.onlyCaller) return await instance.ask('resources/subscribe', JSON.stringify({ uri }));
      return await this.#options.subscriptions.add(uri, call.caller.key, upstream, instance);
    } catch (error) {
      return { error: errorText(errorCodes.serverError, reasonOf(error)) };
    }
  }

  /** Sets at every upstream the level that is wanted now. One that does not answer is not waited for long. */
  async applyLogLevels(
    instances: readonly UpstreamInstance[] = this.#options.upstreams.registered.flatMap((upstream) => upstream.instances),
  ): Promise<void> {
    const { logLevels, sessions, limits } = this.#options;
    const level = logLevels.wanted(sessions.all);
    await withDeadline(Promise.all(instances.map((instance) => logLevels.apply(instance, level))), limits.mcpRestartWaitMs);
  }

  #dispatch(call: Call, method: string, params: string): Promise<Outcome> | Outcome {
    switch (method) {
      case 'ping':
        return { result: '{}' };
      case 'tools/list':
        return this.#list('tools', this.#options.upstreams.tools, params);
      case 'prompts/list':
        return this.#list('prompts', this.#options.upstreams.prompts, params);
      case 'resources/list':
        return this.#listMerged('resources', params);
      case 'resources/templates/list':
        return this.#listMerged('templates', params);
      case 'tools/call':
        return this.#callTool(call, params);
      case 'prompts/get':
        return this.#getPrompt(call, params);
      case 'resources/read':
        return this.#readResource(call, params);
      case 'resources/subscribe':
      case 'resources/unsubscribe':
        return this.#subscribe(call, method, params);
      case 'completion/complete':
        return this.#complete(call, params);
      case 'logging/setLevel':
        return this.#setLevel(call, params);
      default:
        return { error: errorText(errorCodes.methodNotFound, `unknown method ${method.slice(0, 128)}`) };
    }
  }

  #list(kind: ListKind, catalog: Catalog, params: string): Outcome {
    const cursor = splitObject(params).get('cursor');
    if (cursor !== undefined && kindOf(cursor) !== 'string') return invalid('`cursor` must be a string');
    const members = catalog.page(stringOf(cursor), listKinds[kind].member);
    return members ? { result: joinObject(members) } : invalid('the cursor does not hold any more: list from the start');
  }

  async #listMerged(kind: 'resources' | 'templates', params: string): Promise<Outcome> {
    return this.#list(kind, await this.#options.upstreams.merge(kind), params);
  }

  #callTool(call: Call, params: string): Promise<Outcome> | Outcome {
    const name = stringOf(splitObject(params).get('name'));
    if (name === undefined) return invalid('`name` must be a string');
    const entry = this.#options.upstreams.tools.find(name);
    if (!entry) return invalid(`unknown tool ${name.slice(0, 256)}`);
    // Tasks are not offered: the call runs as usual.
    const edited = editObject(params, { name: JSON.stringify(entry.originalKey), task: null });
    return this.#forward(call, { upstream: entry.upstream, method: 'tools/call', params: edited, what: `tool ${name}` });
  }

  #getPrompt(call: Call, params: string): Promise<Outcome> | Outcome {
    const name = stringOf(splitObject(params).get('name'));
    if (name === undefined) return invalid('`name` must be a string');
    const entry = this.#options.upstreams.prompts.find(name);
    if (!entry) return invalid(`unknown prompt ${name.slice(0, 256)}`);
    const edited = editObject(params, { name: JSON.stringify(entry.originalKey) });
    return this.#forward(call, { upstream: entry.upstream, method: 'prompts/get', params: edited, what: `prompt ${name}` });
  }

  /** The owner by its lists; a resource that nobody lists is asked for in order. */
  async #readResource(call: Call, params: string): Promise<Outcome> {
    const uri = stringOf(splitObject(params).get('uri'));
    if (uri === undefined) return invalid('`uri` must be a string');
    const owner = await this.#owners.find(uri);
    const candidates = owner ? [owner] : this.#owners.all();
    let last: Outcome | null = null;
    for (const upstream of candidates) {
      last = await this.#forward(call, { upstream, method: 'resources/read', params: editObject(params, {}), what: `resource ${uri}` });
      if ('result' in last || owner || call.signal.aborted) return last;
    }
    return notFound(call, uri);
  }

  async #subscribe(call: Call, method: string, params: string): Promise<Outcome> {
    const uri = stringOf(splitObject(params).get('uri'));
    if (uri === undefined) return invalid('`uri` must be a string');
    if (method === 'resources/subscribe') return this.subscribe(call, uri);
    const upstream = await this.#owners.find(uri);
    if (upstream?.config.isolation === 'session') return (await upstream.instanceFor(call)).ask(method, JSON.stringify({ uri }));
    return this.#options.subscriptions.remove(uri, call.caller.key);
  }

  async #complete(call: Call, params: string): Promise<Outcome> {
    const ref = splitObject(params).get('ref');
    const members = ref !== undefined && kindOf(ref) === 'object' ? splitObject(ref) : new Map<string, string>();
    const kind = stringOf(members.get('type'));
    if (kind === 'ref/prompt') {
      const name = stringOf(members.get('name'));
      const entry = name === undefined ? undefined : this.#options.upstreams.prompts.find(name);
      if (!ref || !entry) return invalid(`unknown prompt ${(name ?? '').slice(0, 256)}`);
      const edited = editObject(params, { ref: editObject(ref, { name: JSON.stringify(entry.originalKey) }) });
      return this.#forward(call, {
        upstream: entry.upstream,
        method: 'completion/complete',
        params: edited,
        what: `completion of prompt ${name ?? ''}`,
      });
    }
    const uri = stringOf(members.get('uri'));
    if (kind !== 'ref/resource' || uri === undefined) return invalid('`ref` must name a prompt, or a resource template by its `uri`');
    const upstream = (await this.#options.upstreams.merge('templates')).find(uri)?.upstream ?? (await this.#owners.find(uri));
    if (!upstream) return invalid(`unknown resource template ${uri.slice(0, 256)}`);
    return this.#forward(call, { upstream, method: 'completion/complete', params: editObject(params, {}), what: `completion of ${uri}` });
  }

  async #setLevel(call: Call, params: string): Promise<Outcome> {
    const level = stringOf(splitObject(params).get('level'));
    if (!isLogLevel(level)) return invalid('`level` must be a log level, such as "info"');
    if (call.caller instanceof Session) call.caller.logLevel = level;
    await this.applyLogLevels();
    return { result: '{}' };
  }

  async #forward(call: Call, forward: Forward): Promise<Outcome> {
    const { upstream, method, what } = forward;
    const startedMs = performance.now();
    const { sessionId, logLevel } = call.caller;
    const release = sessionId === null && logLevel !== null ? await this.#holdLevel(logLevel) : null;
    try {
      if (call.caller instanceof Session) call.caller.usedUpstreams.add(upstream.name);
      const instance = await upstream.instanceFor(call);
      const outcome = await this.#send(call, instance, forward);
      if ('error' in outcome) this.#options.elicitations.failed(upstream.name, outcome.error, call);
      this.#options.metrics.callEnded(upstream.name, classify(outcome), (performance.now() - startedMs) / 1_000);
      return outcome;
    } catch (error) {
      this.#options.metrics.callEnded(upstream.name, 'error', (performance.now() - startedMs) / 1_000);
      this.#options.log.debug({ upstream: upstream.name, method }, 'a call could not be sent on');
      return { error: errorText(errorCodes.serverError, `${what}: ${reasonOf(error)}`) };
    } finally {
      release?.();
    }
  }

  /** A caller without a session wants this level as long as its call lasts. */
  async #holdLevel(level: LogLevel): Promise<() => void> {
    const release = this.#options.logLevels.hold(level);
    await this.applyLogLevels();
    return release;
  }

  async #send(call: Call, instance: UpstreamInstance, { method, params, what }: Forward): Promise<Outcome> {
    const meta = splitObject(params).get('_meta');
    const metaMembers = meta !== undefined && kindOf(meta) === 'object' ? splitObject(meta) : null;
    const progressToken = metaMembers?.get('progressToken') ?? null;
    const clientInfo = metaMembers?.get(metaKeys.clientInfo) ?? null;
    if (!instance.isModern && call.caller.era === 'modern' && splitObject(params).has('requestState'))
      return invalid('the `requestState` is unknown, was used before, or is too old');
    const cleaned = call.caller.era === 'modern' && metaMembers ? stripEnvelope(params, metaMembers) : params;
    const request = { call, method, what, progressToken, clientInfo, logLevel: call.caller.logLevel };
    const first = await instance.call({ ...request, params: cleaned });
    if (!instance.isModern || call.caller.era === 'modern') return first;
    return answerInputs(call, first, (members) => instance.call({ ...request, params: editObject(cleaned, members) }));
  }
}

/** The envelope of a modern request is for us; other members of `_meta` travel on. */
function stripEnvelope(params: string, meta: ReadonlyMap<string, string>): string {
  const kept = [...meta].filter(([name]) => !name.startsWith(metaKeys.prefix));
  return editObject(params, { _meta: kept.length === 0 ? null : joinObject(kept) });
}

function classify(outcome: Outcome): CallEnd {
  if ('result' in outcome) return 'result';
  const code = Number(splitObject(outcome.error).get('code'));
  if (code === errorCodes.timeout) return 'timeout';
  if (code === errorCodes.cancelled) return 'cancelled';
  return outcome.error.includes('is busy') ? 'busy' : 'error';
}

function invalid(message: string): Outcome {
  return { error: errorText(errorCodes.invalidParams, message) };
}

function notFound(call: Call, uri: string): Outcome {
  const code = call.caller.era === 'modern' ? errorCodes.invalidParams : errorCodes.resourceNotFound;
  return { error: errorText(code, `there is no resource ${uri.slice(0, 512)}`, JSON.stringify({ uri })) };
}
