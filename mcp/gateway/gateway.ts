import { setMaxListeners } from 'node:events';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { ExecClient } from '@exec-server/client';
import { limits as defaultLimits, type Limits } from '@exec-server/protocol';
import { withDeadline } from '../deadline.js';
import { Announcements } from './announcements.js';
import { LegacyEndpoint } from './caller/legacy-endpoint.js';
import { ModernEndpoint } from './caller/modern-endpoint.js';
import { Sessions } from './caller/sessions.js';
import { Elicitations } from './elicitations.js';
import { type GatewayLog, silentLog } from './gateway-log.js';
import { createLocalFetch } from './local-fetch.js';
import { LogLevels } from './log-levels.js';
import { Management } from './management.js';
import { GatewayMetrics, type MetricSample } from './metrics.js';
import { Relay } from './relay.js';
import { Routes } from './routes.js';
import { Subscriptions } from './subscriptions.js';
import { checkUpstreamConfig, type UpstreamConfig } from './upstream/config.js';
import { HttpLink } from './upstream/http-link.js';
import type { Link } from './upstream/link.js';
import { StdioLink } from './upstream/stdio-link.js';
import { UpstreamStartError } from './upstream/start-error.js';
import { Upstreams } from './upstream/upstreams.js';
import { UpstreamQuestions } from './upstream-questions.js';

export interface GatewayOptions {
  /**
   * The exec-server that runs the subprocesses of an environment; `local` is the one that has the gateway. Its clients
   * stay the caller's. Rejects when there is none.
   */
  readonly executor: (environment: string) => Promise<ExecClient>;
  /** Carries the requests to HTTP upstreams of environments other than `local`. Rejects when there is none. */
  readonly fetch?: ((environment: string) => Promise<typeof globalThis.fetch>) | undefined;
  /** What it calls itself. */
  readonly name?: string | undefined;
  readonly version?: string | undefined;
  /** Numbers to use in place of the defaults in `limits.ts`. */
  readonly limits?: Partial<Limits> | undefined;
  /** Nothing is logged by default. */
  readonly log?: GatewayLog | undefined;
}

/**
 * One MCP endpoint with any number of MCP servers behind it. The root owner of its upstreams and of the sessions of its
 * callers; mount {@link handle} on an HTTP server that has checked who asks. Whoever creates it closes it.
 */
export class McpGateway implements AsyncDisposable {
  readonly #options: GatewayOptions;
  readonly #limits: Limits;
  readonly #log: GatewayLog;
  readonly #upstreams: Upstreams;
  readonly #sessions: Sessions;
  readonly #modern: ModernEndpoint;
  readonly #metrics = new GatewayMetrics();
  readonly #announcements: Announcements;
  readonly #routes: Routes;
  readonly #localFetch = createLocalFetch();
  readonly #life = new AbortController();
  #closing: Promise<void> | null = null;

  constructor(options: GatewayOptions) {
    setMaxListeners(0, this.#life.signal); // one for each upstream of a file
    this.#options = options;
    this.#limits = { ...defaultLimits, ...options.limits };
    this.#log = options.log ?? silentLog;
    const limits = this.#limits;
    const log = this.#log;
    const info = JSON.stringify({ name: options.name ?? 'exec-server', version: options.version ?? '0.0.0' });
    const subscriptions = new Subscriptions(limits);
    const logLevels = new LogLevels();
    const elicitations = new Elicitations();
    const questions = new UpstreamQuestions(log, elicitations);
    this.#sessions = new Sessions({
      limits,
      log,
      onEnded: (session) => {
        void subscriptions.removeAll(session.key);
        elicitations.forget(session.sessionId);
        if (session.logLevel !== null) void relay.applyLogLevels();
        for (const upstream of this.#upstreams.registered) upstream.sessionEnded(session.sessionId);
      },
    });
    this.#upstreams = new Upstreams({
      limits,
      log,
      clientInfo: info,
      createLink: (config, upstreamLog) => this.#createLink(config, upstreamLog),
      onRequest: (instance, message, owner) => void questions.answer(instance, message, owner),
      onNotification: (instance, message, owner) => {
        if (message.method === 'notifications/cancelled') questions.cancel(instance, message);
        else this.#announcements.notification(instance, message, owner);
      },
      onStatus: () => void this.#metrics.stateChanges++,
      onStarted: (instance) => void relay.applyLogLevels([instance]),
      onListsChanged: (kinds) => this.#announcements.listsChanged(kinds),
      onAnew: (upstream) => this.#announcements.begunAnew(upstream),
      onRemoved: (upstream) => {
        subscriptions.forget(upstream);
        this.#metrics.forget(upstream.name);
      },
    });
    const relay = new Relay({
      upstreams: this.#upstreams,
      sessions: this.#sessions,
      subscriptions,
      logLevels,
      elicitations,
      metrics: this.#metrics,
      limits,
      log,
    });
    this.#modern = new ModernEndpoint({ relay, upstreams: this.#upstreams, subscriptions, serverInfo: info, limits });
    this.#announcements = new Announcements({
      upstreams: this.#upstreams,
      sessions: this.#sessions,
      modern: this.#modern,
      subscriptions,
      logLevels,
      elicitations,
      relay,
      limits,
      log,
    });
    this.#routes = new Routes({
      legacy: new LegacyEndpoint({ sessions: this.#sessions, relay, serverInfo: info, limits, log }),
      modern: this.#modern,
      management: new Management({ upstreams: this.#upstreams, limits, log }),
      limits,
      log,
    });
  }

  /**
   * Answers a request for `/mcpproxy` or something below it. Never rejects.
   * @param principal who asks; null when everybody may
   */
  handle(request: IncomingMessage, response: ServerResponse, principal: string | null): Promise<void> {
    return this.#routes.handle(request, response, principal);
  }

  /**
   * Starts the upstreams of a file, all at once; those that fail are logged and listed as failed. Never rejects.
   * @returns why, by name, for those that failed
   */
  async load(configs: readonly UpstreamConfig[]): Promise<ReadonlyMap<string, string>> {
    await Promise.all(configs.map((config) => this.#upstreams.addConfigured(config, this.#life.signal)));
    const failed = configs.flatMap(({ name }) => {
      const upstream = this.#upstreams.find(name);
      return upstream?.status === 'failed' ? [[name, upstream.lastError ?? 'it failed'] as const] : [];
    });
    return new Map(failed);
  }

  /** Registers an upstream, as over REST. @throws UpstreamConfigError, UpstreamStartError */
  async add(config: unknown): Promise<void> {
    await this.#upstreams.add(checkUpstreamConfig(config, this.#limits), this.#life.signal);
  }

  /** What is measured, for a page of metrics. */
  samples(): MetricSample[] {
    return this.#metrics.samples({
      sessions: this.#sessions.size,
      sessionsOpened: this.#sessions.opened,
      queueDrops: this.#sessions.queueDrops,
      upstreams: this.#upstreams.all.map(({ name, status, restarts }) => ({ name, status, restarts })),
    });
  }

  /** What lives, as plain data. */
  inspect() {
    return {
      sessions: [...this.#sessions.all].map((session) => session.inspect()),
      modern: this.#modern.inspect(),
      upstreams: this.#upstreams.all.map(({ name, status, shared }) => ({
        name,
        status,
        pid: shared?.pid ?? null,
        requestsInFlight: shared?.peer.requestsInFlight ?? 0,
      })),
    };
  }

  /** Ends streams, calls and every upstream; resolves when nothing is left, or after 10 s. Never throws. */
  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async #close(): Promise<void> {
    this.#routes.close();
    this.#life.abort(new Error('the gateway is closing'));
    this.#announcements.close();
    this.#modern.close();
    const upstreams = this.#upstreams.close();
    this.#sessions.close();
    await withDeadline(upstreams, this.#limits.mcpShutdownMs);
    await this.#localFetch.close();
  }

  async #createLink(config: UpstreamConfig, log: GatewayLog): Promise<Link> {
    const limits = this.#limits;
    try {
      if (config.transport === 'stdio')
        return new StdioLink({ config, executor: await this.#options.executor(config.environment), limits, log });
      return new HttpLink({ config, fetch: await this.#fetchFor(config.environment), limits, log });
    } catch (error) {
      const message = `upstream ${config.name} cannot run in environment ${config.environment}: ${error instanceof Error ? error.message : String(error)}`;
      throw new UpstreamStartError(502, 'environment_unavailable', message, { cause: error });
    }
  }

  /** What is to leave from elsewhere never leaves from here. */
  #fetchFor(environment: string): Promise<typeof globalThis.fetch> {
    if (environment === 'local') return Promise.resolve(this.#localFetch.fetch);
    if (!this.#options.fetch) throw new Error('there is no such environment');
    return this.#options.fetch(environment);
  }
}
