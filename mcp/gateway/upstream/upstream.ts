import type { Limits } from '@exec-server/protocol';
import { withDeadline } from '../../deadline.js';
import type { Call } from '../call.js';
import { type GatewayLog, reasonOf } from '../gateway-log.js';
import { pause } from '../pause.js';
import type { UpstreamConfig } from './config.js';
import { HealthCheck } from './health-check.js';
import { type InstanceListener, UpstreamInstance } from './instance.js';
import type { Link } from './link.js';
import type { Entry, ListKind } from './listing.js';
import { RestartPlan } from './restart-plan.js';
import { createRedactor, redactLog } from './secrets.js';
import { withinStartup } from './startup-limit.js';

export type UpstreamStatus = 'starting' | 'running' | 'restarting' | 'failed' | 'stopping';

export interface UpstreamOptions {
  readonly config: UpstreamConfig;
  /** A line that is not open yet, for one instance. Rejects when the place it is to run in is not there. */
  readonly createLink: (config: UpstreamConfig, log: GatewayLog) => Promise<Link>;
  readonly clientInfo: string;
  readonly limits: Limits;
  readonly log: GatewayLog;
  readonly onRequest: InstanceListener['request'];
  readonly onNotification: InstanceListener['notification'];
  /** Its status has changed; an instance of one session runs. */
  readonly onStatus: () => void;
  readonly onStarted: (instance: UpstreamInstance) => void;
  /** Its lists, its state, or what was set in it may have changed. */
  readonly onChanged: (upstream: Upstream, change: 'restarted' | 'renewed' | 'crashed' | 'failed') => void;
}

/**
 * One MCP server behind the gateway, through crashes and restarts:
 * `starting → running ⇄ restarting → failed`, and `stopping` from each of them.
 */
export class Upstream {
  readonly config: UpstreamConfig;
  /** Takes its secrets out of a text that is to be told or logged. */
  readonly redact: (text: string) => string;
  readonly #options: UpstreamOptions;
  readonly #plan: RestartPlan;
  readonly #life = new AbortController();
  #status: UpstreamStatus = 'starting';
  #shared: UpstreamInstance | null = null;
  /** Instances of single sessions, by session. */
  readonly #private = new Map<string, Promise<UpstreamInstance>>();
  /** Those of them that run. */
  readonly #running = new Set<UpstreamInstance>();
  readonly #closing = new Set<Promise<void>>();
  #restarting: Promise<void> | null = null;
  #startedMs = 0;
  #startedAt: Date | null = null;
  #restarts = 0;
  #lastError: string | null = null;
  #tools: readonly Entry[] = [];
  #prompts: readonly Entry[] = [];
  #stopping: Promise<void> | null = null;
  #health: HealthCheck | null = null;
  /** Lists that have changed while they could not be fetched again. */
  readonly #missed = new Set<ListKind>();

  constructor(options: UpstreamOptions) {
    this.config = options.config;
    this.redact = createRedactor(options.config);
    this.#options = { ...options, log: redactLog(options.log, this.redact) };
    this.#plan = new RestartPlan(options.limits);
  }

  get name(): string {
    return this.config.name;
  }

  get status(): UpstreamStatus {
    return this.#status;
  }

  get startedAt(): Date | null {
    return this.#startedAt;
  }

  get restarts(): number {
    return this.#restarts;
  }

  /** Why it is not running, or was not; null when it always was. */
  get lastError(): string | null {
    return this.#lastError;
  }

  /** As listed last, also while it is being restarted. Names as the upstream knows them. */
  get tools(): readonly Entry[] {
    return this.#tools;
  }

  get prompts(): readonly Entry[] {
    return this.#prompts;
  }

  /** For everybody; null while there is none. */
  get shared(): UpstreamInstance | null {
    return this.#status === 'running' ? this.#shared : null;
  }

  /** All instances that run. */
  get instances(): UpstreamInstance[] {
    return [...(this.shared ? [this.shared] : []), ...this.#running];
  }

  /** Starts it for the first time. @throws UpstreamStartError; nothing is left of it then */
  async start(signal: AbortSignal): Promise<void> {
    const abort = (): void => this.#life.abort(signal.reason);
    signal.addEventListener('abort', abort);
    if (signal.aborted) abort();
    try {
      await this.#launch();
      this.#become('running');
    } catch (error) {
      this.#lastError = reasonOf(error);
      await this.close();
      throw error;
    } finally {
      signal.removeEventListener('abort', abort);
    }
  }

  /** Is listed as failed, and nothing else: a configured upstream that did not start. */
  failedToStart(error: unknown): void {
    this.#lastError = reasonOf(error);
    this.#become('failed');
  }

  /**
   * The instance that serves a call; one that is being restarted is waited for, but not for long.
   * @throws Error that names the upstream
   */
  async instanceFor(call: Call): Promise<UpstreamInstance> {
    if (this.#status === 'restarting' && this.#restarting) await withDeadline(this.#restarting, this.#options.limits.mcpRestartWaitMs);
    if (!this.shared) throw new Error(`upstream ${this.name} is ${this.#status}${this.#lastError === null ? '' : `: ${this.#lastError}`}`);
    const { sessionId } = call.caller;
    if (this.config.isolation === 'shared' || sessionId === null) return this.shared;
    let own = this.#private.get(sessionId);
    if (!own) {
      own = this.#launchInstance(call.caller.lasting, this.#life.signal);
      this.#private.set(sessionId, own);
      own.then(
        (instance) => {
          this.#running.add(instance);
          this.#options.onStarted(instance);
        },
        () => this.#private.delete(sessionId), // the caller gets the error
      );
    }
    return own;
  }

  /** A session has ended: its own instance goes with it. */
  sessionEnded(sessionId: string): void {
    const own = this.#private.get(sessionId);
    this.#private.delete(sessionId);
    if (!own) return;
    const ended = own.then((instance) => {
      this.#running.delete(instance);
      return instance.close('the session has ended');
    });
    this.#closeLater(ended);
  }

  /** Fetches its tools and prompts again. @throws ListingError */
  async refresh(kind: ListKind): Promise<void> {
    const instance = this.shared;
    if (!instance) return;
    instance.forget(kind);
    const entries = await instance.list(kind);
    if (this.shared !== instance) return;
    if (kind === 'tools') this.#tools = entries;
    if (kind === 'prompts') this.#prompts = entries;
  }

  /** It says that lists have changed while it is being started: they may have been fetched before. */
  missed(kinds: readonly ListKind[]): void {
    for (const kind of kinds) this.#missed.add(kind);
  }

  /** The lists that have to be fetched again now that it runs; asked once. */
  takeMissed(): ListKind[] {
    const kinds = [...this.#missed];
    this.#missed.clear();
    return kinds;
  }

  /** Ends it; resolves when nothing is left of it. Never throws. */
  close(): Promise<void> {
    this.#stopping ??= this.#close();
    return this.#stopping;
  }

  async #close(): Promise<void> {
    this.#become('stopping');
    this.#health?.stop();
    this.#life.abort(new Error(`upstream ${this.name} was removed`));
    if (this.#shared) this.#closeLater(this.#shared.close());
    for (const sessionId of [...this.#private.keys()]) this.sessionEnded(sessionId);
    await this.#restarting;
    while (this.#closing.size > 0) await Promise.all(this.#closing);
  }

  /** Starts the shared instance. */
  async #launch(): Promise<void> {
    const instance = await this.#launchInstance(null, this.#life.signal);
    this.#shared = instance;
    this.#tools = await instance.list('tools');
    this.#prompts = await instance.list('prompts').catch(() => []); // told by the instance
    this.#startedMs = performance.now();
    this.#startedAt = new Date();
    this.#health = new HealthCheck(instance, this.#options.limits);
  }

  async #launchInstance(onlyCaller: Call | null, signal: AbortSignal): Promise<UpstreamInstance> {
    const { createLink, clientInfo, limits, log, onRequest, onNotification, config } = { ...this.#options };
    const instance = new UpstreamInstance({
      config,
      link: await withinStartup(createLink(config, log), config, signal),
      clientInfo,
      limits,
      log,
      onlyCaller,
      listener: {
        request: onRequest,
        notification: onNotification,
        renewed: () => this.#options.onChanged(this, 'renewed'),
        lost: (lost, error) => this.#lost(lost, error),
      },
    });
    try {
      await instance.start(signal);
      signal.throwIfAborted();
      return instance;
    } catch (error) {
      const closed = instance.close(reasonOf(error));
      this.#closeLater(closed);
      await closed;
      throw error;
    }
  }

  #lost(instance: UpstreamInstance, error: Error): void {
    if (instance !== this.#shared) {
      const sessionId = instance.onlyCaller?.caller.sessionId;
      if (sessionId !== null && sessionId !== undefined) this.sessionEnded(sessionId); // the next call starts another
      this.#options.log.warn({ upstream: this.name, reason: error.message }, 'an instance of an upstream is gone');
      return;
    }
    if (this.#status !== 'running') return;
    this.#shared = null;
    this.#health?.stop();
    this.#closeLater(instance.close(error.message));
    this.#lastError = error.message;
    this.#options.log.warn({ upstream: this.name, reason: error.message }, 'an upstream is gone');
    this.#restarting = this.#restart(performance.now() - this.#startedMs).finally(() => (this.#restarting = null));
  }

  async #restart(firstLivedMs: number): Promise<void> {
    const { log, onChanged } = this.#options;
    for (let livedMs = firstLivedMs; ; livedMs = 0) {
      const delayMs = this.config.restart === 'never' ? null : this.#plan.failed(livedMs);
      if (delayMs === null) {
        this.#become('failed');
        onChanged(this, 'failed');
        return;
      }
      this.#become('restarting');
      if (livedMs === firstLivedMs) onChanged(this, 'crashed');
      try {
        await pause(delayMs, this.#life.signal);
        await this.#launch();
        this.#restarts++;
        this.#become('running');
        onChanged(this, 'restarted');
        return;
      } catch (error) {
        if (this.#life.signal.aborted) return;
        this.#lastError = reasonOf(error);
        log.warn({ upstream: this.name, reason: this.#lastError }, 'an upstream could not be started again');
      }
    }
  }

  #closeLater(closed: Promise<void>): void {
    const settled: Promise<void> = closed.catch(() => undefined).then(() => void this.#closing.delete(settled));
    this.#closing.add(settled);
  }

  #become(status: UpstreamStatus): void {
    if (this.#status === status || this.#status === 'stopping') return;
    this.#status = status;
    this.#options.onStatus();
    this.#options.log.info({ upstream: this.name, status }, 'state of an upstream');
  }
}
