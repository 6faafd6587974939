import type { Limits } from '@exec-server/protocol';
import { withDeadline } from '../../deadline.js';
import { type GatewayLog, reasonOf } from '../gateway-log.js';
import { pause } from '../pause.js';
import { Catalog, toVisible, type VisibleEntry } from './catalog.js';
import type { UpstreamConfig } from './config.js';
import { ListPatience } from './list-patience.js';
import type { Entry, ListKind } from './listing.js';
import { UpstreamStartError } from './start-error.js';
import { Upstream, type UpstreamOptions } from './upstream.js';

export interface UpstreamsOptions extends Omit<UpstreamOptions, 'config' | 'onChanged'> {
  /** Lists that callers see have changed. */
  readonly onListsChanged: (kinds: readonly ChangeKind[]) => void;
  /** An upstream has a new session: what callers had set in the old one has to be set again. */
  readonly onAnew: (upstream: Upstream) => void;
  readonly onRemoved: (upstream: Upstream) => void;
  readonly limits: Limits;
  readonly log: GatewayLog;
}

const noEntries: readonly Entry[] = [];

/** What callers are told of: resources and templates change as one. */
export type ChangeKind = 'tools' | 'prompts' | 'resources';

/**
 * The upstreams of the gateway and what they offer together. Starting and stopping happens outside of the moment in
 * which one is put into the list or taken out of it, so that none is in the way of another.
 */
export class Upstreams {
  readonly #options: UpstreamsOptions;
  /** In the order of registration. */
  readonly #registered = new Map<string, Upstream>();
  /** Being started; their names are taken. */
  readonly #starting = new Map<string, Upstream>();
  readonly #removing = new Set<Promise<void>>();
  readonly #refreshing = new Map<string, { readonly upstream: Upstream; isWanted: boolean }>();
  readonly #merged = new Map<ListKind, { readonly parts: readonly (readonly Entry[])[]; readonly catalog: Catalog }>();
  readonly #patience: ListPatience;
  #tools: Catalog;
  #prompts: Catalog;
  #isClosed = false;

  constructor(options: UpstreamsOptions) {
    this.#options = options;
    this.#patience = new ListPatience(options.limits);
    this.#tools = new Catalog('tools', [], options.limits);
    this.#prompts = new Catalog('prompts', [], options.limits);
  }

  get tools(): Catalog {
    return this.#tools;
  }

  get prompts(): Catalog {
    return this.#prompts;
  }

  /** Those that callers reach, in the order of registration. */
  get registered(): Upstream[] {
    return [...this.#registered.values()];
  }

  /** With those being started, by name. */
  get all(): Upstream[] {
    return [...this.#registered.values(), ...this.#starting.values()].toSorted((one, other) => (one.name < other.name ? -1 : 1));
  }

  find(name: string): Upstream | undefined {
    return this.#registered.get(name) ?? this.#starting.get(name);
  }

  /**
   * Starts an upstream and makes it visible, all at once.
   * @throws UpstreamStartError; then nothing is left of it
   */
  async add(config: UpstreamConfig, signal: AbortSignal): Promise<Upstream> {
    const upstream = this.#reserve(config);
    try {
      await upstream.start(signal);
      signal.throwIfAborted();
      this.#insert(upstream);
      return upstream;
    } catch (error) {
      await upstream.close();
      throw error;
    } finally {
      this.#starting.delete(config.name);
    }
  }

  /** As {@link add}, for one of a file: when it fails it is listed as failed. Never rejects. */
  async addConfigured(config: UpstreamConfig, signal: AbortSignal): Promise<void> {
    try {
      await this.add(config, signal);
    } catch (error) {
      this.#options.log.error({ upstream: config.name, reason: reasonOf(error) }, 'a configured upstream could not be started');
      if (this.#isClosed || this.find(config.name)) return;
      const upstream = this.#create(config);
      upstream.failedToStart(error);
      this.#registered.set(config.name, upstream);
    }
  }

  /** Takes an upstream out of the lists at once, and resolves when it is gone, or after 10 s. False when there is none. */
  async remove(name: string): Promise<boolean> {
    const starting = this.#starting.get(name);
    const upstream = this.#registered.get(name) ?? starting;
    if (!upstream || upstream.status === 'stopping') return false; // somebody else is removing it
    if (!starting) {
      this.#registered.delete(name);
      this.#changed(['tools', 'prompts', 'resources']);
      this.#options.onRemoved(upstream);
    }
    await withDeadline(this.#end(upstream), this.#options.limits.mcpShutdownMs - 500);
    return true;
  }

  /** Resources or templates of all that have them; whoever does not answer is left out. */
  async merge(kind: 'resources' | 'templates'): Promise<Catalog> {
    const lists = await Promise.all(
      this.registered.map(async (upstream) => {
        try {
          const list = upstream.shared?.list(kind);
          if (!list) throw new Error(`it is ${upstream.status}`);
          return { upstream, entries: await this.#patience.waitFor(list) };
        } catch (error) {
          this.#options.log.warn({ upstream: upstream.name, reason: reasonOf(error) }, `the ${kind} of an upstream are left out`);
          return { upstream, entries: noEntries };
        }
      }),
    );
    const parts = lists.map(({ entries }) => entries);
    const known = this.#merged.get(kind);
    if (known && known.parts.length === parts.length && known.parts.every((part, at) => part === parts[at])) return known.catalog;
    const catalog = new Catalog(
      kind,
      lists.flatMap(({ upstream, entries }) => toVisible(upstream, kind, entries)),
      this.#options.limits,
    );
    this.#merged.set(kind, { parts, catalog });
    return catalog;
  }

  /** An upstream says that a list of its has changed. A burst becomes one fetch, and one more at most. */
  async refresh(upstream: Upstream, kinds: readonly ListKind[]): Promise<void> {
    const key = `${upstream.name} ${kinds[0] ?? ''}`;
    const under = this.#refreshing.get(key);
    if (under?.upstream === upstream) {
      under.isWanted = true;
      return;
    }
    const state = { upstream, isWanted: true };
    this.#refreshing.set(key, state);
    while (state.isWanted) {
      await pause(this.#options.limits.mcpCoalesceMs);
      state.isWanted = false;
      await this.#fetchAgain(upstream, kinds);
      if (this.#registered.get(upstream.name) !== upstream) break;
      this.#changed([kinds[0] === 'templates' ? 'resources' : (kinds[0] ?? 'tools')]);
    }
    if (this.#refreshing.get(key) === state) this.#refreshing.delete(key);
  }

  async #fetchAgain(upstream: Upstream, kinds: readonly ListKind[]): Promise<void> {
    try {
      for (const kind of kinds) {
        if (kind === 'tools' || kind === 'prompts') await upstream.refresh(kind);
        else upstream.shared?.forget(kind);
      }
    } catch (error) {
      const reason = upstream.redact(reasonOf(error));
      this.#options.log.warn({ upstream: upstream.name, reason }, 'a changed list could not be fetched');
    }
  }

  /** Ends all of them at once, those that are being started too. Never throws. */
  async close(): Promise<void> {
    this.#isClosed = true;
    const all = [...this.#registered.values(), ...this.#starting.values()];
    this.#registered.clear();
    for (const upstream of all) void this.#end(upstream);
    while (this.#removing.size > 0) await Promise.all(this.#removing);
  }

  #reserve(config: UpstreamConfig): Upstream {
    const { limits } = this.#options;
    if (this.#isClosed) throw new UpstreamStartError(503, 'closing', 'the gateway is closing');
    if (this.find(config.name))
      throw new UpstreamStartError(409, 'name_taken', `conflict: an upstream called ${config.name} is registered already`);
    if (this.#registered.size + this.#starting.size >= limits.mcpUpstreams)
      throw new UpstreamStartError(429, 'too_many_upstreams', `there are ${limits.mcpUpstreams} upstreams already`);
    const upstream = this.#create(config);
    this.#starting.set(config.name, upstream);
    return upstream;
  }

  #create(config: UpstreamConfig): Upstream {
    return new Upstream({
      ...this.#options,
      config,
      onChanged: (upstream, change) => {
        if (this.#registered.get(upstream.name) !== upstream) return;
        if (change === 'crashed') return; // what it offers stays listed while it is started again
        void this.#compare(upstream, change === 'renewed');
        if (change !== 'failed') this.#options.onAnew(upstream);
      },
    });
  }

  /** Nothing is awaited between the check and the insertion. */
  #insert(upstream: Upstream): void {
    if (this.#isClosed || this.#starting.get(upstream.name) !== upstream || upstream.status !== 'running')
      throw new UpstreamStartError(
        502,
        'upstream_failed',
        `upstream ${upstream.name} is ${upstream.status}: ${upstream.lastError ?? 'it was removed'}`,
      );
    this.#refuseConflict('tool', this.#tools, toVisible(upstream, 'tools', upstream.tools));
    this.#refuseConflict('prompt', this.#prompts, toVisible(upstream, 'prompts', upstream.prompts));
    this.#registered.set(upstream.name, upstream);
    this.#changed(['tools', 'prompts', 'resources']);
    this.#options.onAnew(upstream);
    this.#catchUp(upstream);
  }

  /** What has changed while it was being started is fetched again. */
  #catchUp(upstream: Upstream): void {
    const missed = upstream.takeMissed();
    for (const kind of ['tools', 'prompts'] as const) if (missed.includes(kind)) void this.refresh(upstream, [kind]);
    if (missed.includes('resources')) void this.refresh(upstream, ['templates', 'resources']);
  }

  /** An upstream has begun anew, or has come to its end: callers are told if they see anything else now. */
  async #compare(upstream: Upstream, isStale: boolean): Promise<void> {
    if (isStale) await this.#fetchAgain(upstream, ['tools', 'prompts']);
    const [tools, prompts] = [this.#tools, this.#prompts];
    this.#rebuild(['tools', 'prompts']);
    const changed: ChangeKind[] = [];
    if (!this.#tools.equals(tools)) changed.push('tools');
    if (!this.#prompts.equals(prompts)) changed.push('prompts');
    if (changed.length > 0) this.#options.onListsChanged(changed);
    this.#catchUp(upstream);
    // Those are fetched when somebody asks; who never did knows nothing that could have changed.
    for (const [kind, { catalog }] of this.#merged) {
      if (kind !== 'resources' && kind !== 'templates') continue;
      if (!(await this.merge(kind)).equals(catalog)) return this.#options.onListsChanged(['resources']);
    }
  }

  #refuseConflict(what: string, catalog: Catalog, entries: readonly VisibleEntry[]): void {
    for (const { key } of entries) {
      const owner = catalog.find(key)?.upstream.name;
      if (owner !== undefined)
        throw new UpstreamStartError(
          409,
          'name_conflict',
          `conflict: the ${what} ${key} belongs to upstream ${owner}; a toolPrefix makes it another`,
        );
    }
  }

  #changed(kinds: readonly ChangeKind[]): void {
    this.#rebuild(kinds);
    this.#options.onListsChanged(kinds);
  }

  #rebuild(kinds: readonly ChangeKind[]): void {
    if (kinds.includes('tools')) this.#tools = this.#build('tools', (upstream) => upstream.tools);
    if (kinds.includes('prompts')) this.#prompts = this.#build('prompts', (upstream) => upstream.prompts);
  }

  #build(kind: 'tools' | 'prompts', entriesOf: (upstream: Upstream) => readonly Entry[]): Catalog {
    const offering = this.registered.filter(({ status }) => status === 'running' || status === 'restarting');
    const entries = offering.flatMap((upstream) => {
      try {
        return toVisible(upstream, kind, entriesOf(upstream));
      } catch (error) {
        this.#options.log.warn({ upstream: upstream.name, reason: reasonOf(error) }, `the ${kind} of an upstream are left out`);
        return [];
      }
    });
    const catalog = new Catalog(kind, entries, this.#options.limits);
    for (const upstream of offering) {
      const hidden = catalog.hiddenOf(upstream);
      if (hidden.length > 0)
        this.#options.log.warn({ upstream: upstream.name, [kind]: hidden }, 'names that belong to another upstream are hidden');
    }
    return catalog;
  }

  #end(upstream: Upstream): Promise<void> {
    const ended: Promise<void> = upstream.close().then(() => void this.#removing.delete(ended));
    this.#removing.add(ended);
    return ended;
  }
}
