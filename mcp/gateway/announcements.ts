import type { Limits } from '@exec-server/protocol';
import type { Call } from './call.js';
import type { ModernEndpoint } from './caller/modern-endpoint.js';
import type { Sessions } from './caller/sessions.js';
import type { Elicitations } from './elicitations.js';
import { type GatewayLog, reasonOf } from './gateway-log.js';
import type { LogLevels } from './log-levels.js';
import type { Relay } from './relay.js';
import { metaKeys } from './revisions.js';
import type { Subscriptions } from './subscriptions.js';
import { callsToTell, ownerOf, wantsLevel } from './upstream-questions.js';
import type { UpstreamInstance } from './upstream/instance.js';
import type { Upstream } from './upstream/upstream.js';
import type { ChangeKind, Upstreams } from './upstream/upstreams.js';
import { editObject, kindOf, splitObject, stringOf } from './wire/json-text.js';
import { type CallMessage, writeNotification } from './wire/message.js';

export interface AnnouncementsOptions {
  readonly upstreams: Upstreams;
  readonly sessions: Sessions;
  readonly modern: ModernEndpoint;
  readonly subscriptions: Subscriptions;
  readonly logLevels: LogLevels;
  readonly elicitations: Elicitations;
  readonly relay: Relay;
  readonly limits: Limits;
  readonly log: GatewayLog;
}

/** What upstreams tell without being asked, on its way to the callers whom it concerns. */
export class Announcements {
  readonly #options: AnnouncementsOptions;
  readonly #changed = new Set<ChangeKind>();
  #timer: NodeJS.Timeout | null = null;

  constructor(options: AnnouncementsOptions) {
    this.#options = options;
  }

  /** @param owner the call on whose stream it came, when the line tells */
  notification(instance: UpstreamInstance, message: CallMessage, owner: Call | null): void {
    switch (message.method) {
      case 'notifications/tools/list_changed':
        return this.#refresh(instance, ['tools']);
      case 'notifications/prompts/list_changed':
        return this.#refresh(instance, ['prompts']);
      case 'notifications/resources/list_changed':
        return this.#refresh(instance, ['templates', 'resources']);
      case 'notifications/resources/updated':
        return this.#resourceUpdated(instance, message.params ?? '{}');
      case 'notifications/message':
        return this.#logMessage(instance, message, owner);
      case 'notifications/elicitation/complete':
        return this.#pass(instance, message, owner ?? this.#options.elicitations.completed(instance.config.name, message.params));
      case 'notifications/subscriptions/acknowledged':
        return undefined;
      default:
        return this.#pass(instance, message, owner);
    }
  }

  /** Lists have changed: everybody is told, a little later and once for all that happens meanwhile. */
  listsChanged(kinds: readonly ChangeKind[]): void {
    for (const kind of kinds) this.#changed.add(kind);
    this.#timer ??= setTimeout(() => this.#tellChanges(), this.#options.limits.mcpCoalesceMs);
  }

  /** An upstream has begun anew and knows nothing of what callers had set. */
  begunAnew(upstream: Upstream): void {
    const { logLevels, relay, subscriptions, log } = this.#options;
    const instance = upstream.shared;
    if (!instance) return;
    logLevels.forget(instance);
    Promise.all([relay.applyLogLevels([instance]), subscriptions.renew(upstream, instance)]).catch((error: unknown) =>
      log.warn({ upstream: upstream.name, reason: reasonOf(error) }, 'what callers had set could not be set again'),
    );
  }

  close(): void {
    if (this.#timer) clearTimeout(this.#timer);
  }

  #tellChanges(): void {
    this.#timer = null;
    const kinds = [...this.#changed];
    this.#changed.clear();
    for (const kind of kinds) {
      const text = writeNotification(`notifications/${kind}/list_changed`, null);
      for (const session of this.#options.sessions.all) session.tell(text);
      for (const listener of this.#options.modern.listeners) listener.listChanged(kind);
    }
  }

  /** An instance of one session has its lists from the shared one. */
  #refresh(instance: UpstreamInstance, kinds: readonly ('tools' | 'prompts' | 'templates' | 'resources')[]): void {
    const upstream = this.#options.upstreams.find(instance.config.name);
    if (!upstream || instance.onlyCaller) return;
    if (upstream.shared === instance) void this.#options.upstreams.refresh(upstream, kinds);
    else upstream.missed(kinds);
  }

  #resourceUpdated(instance: UpstreamInstance, params: string): void {
    const uri = stringOf(splitObject(params).get('uri'));
    if (uri === undefined) return;
    const text = writeNotification('notifications/resources/updated', withoutSubscription(params));
    if (instance.onlyCaller) return instance.onlyCaller.notify(text);
    const { sessions, subscriptions, modern, upstreams } = this.#options;
    const upstream = upstreams.find(instance.config.name);
    if (!upstream) return;
    const subscribers = subscriptions.subscribersOf(upstream, uri);
    if (subscribers.size === 0) return;
    for (const session of sessions.all) if (subscribers.has(session.key)) session.tell(text);
    for (const listener of modern.listeners) if (subscribers.has(listener.key)) listener.resourceUpdated(params);
  }

  #logMessage(instance: UpstreamInstance, { params }: CallMessage, owner: Call | null): void {
    const level = params === null ? undefined : stringOf(splitObject(params).get('level'));
    const text = writeNotification('notifications/message', params);
    const isIdle = instance.peer.owners.length === 0;
    const only = owner ?? (isIdle ? instance.onlyCaller : null);
    if (only) {
      if (wantsLevel(only.caller, level)) only.notify(text);
      return;
    }
    if (!isIdle) {
      for (const call of callsToTell(instance, level)) call.notify(text);
      return;
    }
    for (const session of this.#options.sessions.all) if (session.logLevel !== null && wantsLevel(session, level)) session.tell(text);
  }

  /** A notification we know nothing of belongs to the call it came with. */
  #pass(instance: UpstreamInstance, { method, params }: CallMessage, owner: Call | null): void {
    const call = ownerOf(instance, owner);
    if (call === null || call === 'several') {
      this.#options.log.debug(
        { upstream: instance.config.name, method: method.slice(0, 128) },
        'a notification of an upstream is for nobody',
      );
      return;
    }
    call.notify(writeNotification(method, params));
  }
}

/** The subscription that a modern upstream names is ours, and none of the caller's. */
function withoutSubscription(params: string): string {
  const meta = splitObject(params).get('_meta');
  if (meta === undefined || kindOf(meta) !== 'object' || !splitObject(meta).has(metaKeys.subscriptionId)) return params;
  const kept = editObject(meta, { [metaKeys.subscriptionId]: null });
  return editObject(params, { _meta: kept === '{}' ? null : kept });
}
