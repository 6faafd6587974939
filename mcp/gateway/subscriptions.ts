import type { Limits } from '@exec-server/protocol';
import type { UpstreamInstance } from './upstream/instance.js';
import type { Outcome } from './upstream/peer.js';
import type { Upstream } from './upstream/upstream.js';
import { errorCodes, errorText } from './wire/message.js';

interface Subscription {
  readonly upstream: Upstream;
  /** Sessions and listeners, by key. */
  readonly subscribers: Set<string>;
  /** What the upstream has said to it; never rejects. */
  readonly told: Promise<Outcome>;
}

/** Resources that somebody wants to hear of, counted: the first subscriber subscribes at the upstream, the last one takes it back. */
export class Subscriptions {
  readonly #limits: Limits;
  readonly #byUri = new Map<string, Subscription>();

  constructor(limits: Limits) {
    this.#limits = limits;
  }

  get size(): number {
    return this.#byUri.size;
  }

  /** Who wants to hear of a resource of this upstream; a subscription holds for what is below its URI, too. */
  subscribersOf(upstream: Upstream, uri: string): ReadonlySet<string> {
    const found = new Set<string>();
    const add = (subscribed: string): void => {
      const subscription = this.#byUri.get(subscribed);
      if (subscription?.upstream === upstream) for (const subscriber of subscription.subscribers) found.add(subscriber);
    };
    add(uri);
    for (const { index } of uri.matchAll(/[/?#]/g)) {
      add(uri.slice(0, index));
      if (index + 1 < uri.length) add(uri.slice(0, index + 1));
    }
    return found;
  }

  /** Resolves with the upstream's answer, for all who subscribe while it is under way; with an empty result when it knows already. */
  async add(uri: string, subscriber: string, upstream: Upstream, instance: UpstreamInstance): Promise<Outcome> {
    const known = this.#byUri.get(uri);
    if (known) {
      known.subscribers.add(subscriber);
      return known.told;
    }
    if (this.#byUri.size >= this.#limits.mcpSubscriptions)
      return { error: errorText(errorCodes.serverError, 'busy: too many resources are subscribed to') };
    // Later, when the list of what this upstream is to tell of has it.
    const told = Promise.resolve().then(() => this.#tell(instance, upstream, uri, 'resources/subscribe'));
    const subscription = { upstream, subscribers: new Set([subscriber]), told };
    this.#byUri.set(uri, subscription);
    const outcome = await told;
    if ('error' in outcome && this.#byUri.get(uri) === subscription) this.#byUri.delete(uri);
    return outcome;
  }

  async remove(uri: string, subscriber: string): Promise<Outcome> {
    const known = this.#byUri.get(uri);
    if (!known?.subscribers.delete(subscriber) || known.subscribers.size > 0) return { result: '{}' };
    await known.told;
    // Somebody may have come meanwhile, or have taken it back already.
    if (known.subscribers.size > 0 || this.#byUri.get(uri) !== known) return { result: '{}' };
    this.#byUri.delete(uri);
    const instance = known.upstream.shared;
    return instance ? this.#tell(instance, known.upstream, uri, 'resources/unsubscribe') : { result: '{}' };
  }

  /** A subscriber is gone. */
  async removeAll(subscriber: string): Promise<void> {
    const uris = [...this.#byUri].filter(([, { subscribers }]) => subscribers.has(subscriber)).map(([uri]) => uri);
    await Promise.all(uris.map((uri) => this.remove(uri, subscriber)));
  }

  /** An upstream has begun anew: it is told again. */
  async renew(upstream: Upstream, instance: UpstreamInstance): Promise<void> {
    const uris = this.#urisOf(upstream);
    if (instance.isModern) instance.listenTo(uris);
    else await Promise.all(uris.map((uri) => instance.ask('resources/subscribe', JSON.stringify({ uri }))));
  }

  /** An upstream is gone for good. */
  forget(upstream: Upstream): void {
    for (const uri of this.#urisOf(upstream)) this.#byUri.delete(uri);
  }

  #tell(instance: UpstreamInstance, upstream: Upstream, uri: string, method: string): Promise<Outcome> {
    if (!instance.isModern) return instance.ask(method, JSON.stringify({ uri }));
    instance.listenTo(this.#urisOf(upstream));
    return Promise.resolve({ result: '{}' });
  }

  #urisOf(upstream: Upstream): string[] {
    return [...this.#byUri].filter(([, subscription]) => subscription.upstream === upstream).map(([uri]) => uri);
  }
}
