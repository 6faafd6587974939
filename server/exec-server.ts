import { performance } from 'node:perf_hooks';
import type { Channel, ServerStatusResult } from '@exec-server/protocol';
import type { SharedScope } from './connection/connection-scope.js';
import { Connection } from './connection/connection.js';
import { Dispatcher } from './connection/dispatcher.js';
import { createMethodMap } from './connection/method-map.js';
import { describeEnvironment } from './environment/environment-info.js';
import { findLoginShell } from './environment/shell.js';
import { FsHost } from './fs/fs-host.js';
import { HttpHost } from './http/http-host.js';
import { HttpListener } from './listen/http-listener.js';
import { createMemoryChannels } from './listen/memory-channel.js';
import { isLoopback } from './listen/request-guard.js';
import { type CheckedOptions, checkOptions, type ExecServerOptions, type ListenOptions } from './options.js';
import { ProcessHost } from './process/process-host.js';
import { SessionRegistry } from './session/session-registry.js';
import { createCounters, type Gauges } from './telemetry/metrics.js';
import { ownRequire } from './own-require.js';

const { version } = ownRequire('../package.json') as { version: string };

/** Builds a server; nothing runs until a client can reach it. The caller closes it. */
export function createExecServer(options: ExecServerOptions = {}): ExecServer {
  return new ExecServer(options);
}

/**
 * Runs commands for its clients. The root of the ownership tree: listeners, connections, sessions and their processes.
 * `close` ends them in this order.
 */
export class ExecServer implements AsyncDisposable {
  readonly #options: CheckedOptions;
  readonly #startedMs = performance.now();
  readonly #counters = createCounters();
  readonly #host: ProcessHost;
  readonly #registry: SessionRegistry;
  readonly #dispatcher: Dispatcher;
  readonly #shared: SharedScope;
  readonly #listeners = new Set<HttpListener>();
  readonly #connections = new Set<Connection>();
  #closing: Promise<void> | null = null;

  constructor(options: ExecServerOptions) {
    this.#options = checkOptions(options);
    const { limits, logger, environment, outbound, headerVariables } = this.#options;
    const counters = this.#counters;
    const shell = findLoginShell();
    this.#host = new ProcessHost({ limits, counters, logger, environment, loginShell: shell.path });
    this.#registry = new SessionRegistry({ host: this.#host, limits, counters, logger });
    this.#shared = {
      registry: this.#registry,
      httpHost: new HttpHost({ limits, counters, environment, outbound, headerVariables }),
      fsHost: new FsHost(limits),
      environmentInfo: describeEnvironment(version, shell, environment),
      status: () => this.#status(),
    };
    this.#dispatcher = new Dispatcher(createMethodMap(this.#shared.environmentInfo, environment), logger, limits);
  }

  /**
   * Opens a WebSocket listener and resolves with its URL, such as `ws://127.0.0.1:4711`. May be called more than once.
   * @throws Error for an address others can reach without an authenticator; the system's error when binding fails
   */
  async listen({ host = '127.0.0.1', port = 0, allowUnauthenticated = false, routes = [] }: ListenOptions = {}): Promise<string> {
    if (this.#closing) throw new Error('the server is closed');
    if (!isLoopback(host) && !this.#options.authenticator && !allowUnauthenticated) {
      throw new Error(
        `refusing to listen on ${host} without authentication: everybody who can reach it could run commands here. ` +
          'Set up authentication, listen on 127.0.0.1, or allow it explicitly',
      );
    }
    const listener = new HttpListener({
      ...this.#options,
      host,
      port,
      routes,
      health: {
        counters: this.#counters,
        gauges: () => this.#gauges(),
        samples: () => routes.flatMap((route) => route.samples?.() ?? []),
        isReady: true,
      },
      onChannel: (channel, principal) => this.accept(channel, principal),
    });
    this.#listeners.add(listener); // before it is bound, so that `close` finds it
    let url: string;
    try {
      url = await listener.listen();
    } catch (error) {
      this.#listeners.delete(listener);
      throw error;
    }
    if (this.#closing) throw new Error('the server is closed');
    this.#options.logger.info({ url, authenticated: this.#options.authenticator !== null }, 'listening');
    return url;
  }

  /**
   * Serves a peer that arrived in another way, such as over stdio, and takes ownership of the channel.
   * @param principal who it is; sessions are taken up again only by the same
   * @param onClosed called when it is gone
   */
  accept(channel: Channel, principal: string | null = null, onClosed: () => void = () => undefined): void {
    if (this.#closing) {
      channel.close();
      return;
    }
    const { limits, logger } = this.#options;
    const connection = new Connection({
      channel,
      principal,
      dispatcher: this.#dispatcher,
      shared: this.#shared,
      limits,
      counters: this.#counters,
      logger,
      onClosed: (closed) => {
        this.#connections.delete(closed);
        onClosed();
      },
    });
    this.#connections.add(connection);
    this.#counters.connectionsOpened++;
    connection.open();
  }

  /** A channel to this server without a network, for a client in the same process. The client closes it. */
  connect(): Channel {
    const [client, server] = createMemoryChannels();
    this.accept(server);
    return client;
  }

  /** Ends listeners, connections, sessions and every process group, and resolves when nothing is left. */
  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  /** Kills every process group at once, without waiting: for a process that is about to exit. */
  killAll(): void {
    this.#registry.close();
  }

  /** What lives, as plain data. */
  inspect() {
    const sessions = [...this.#registry.sessions()];
    return {
      connections: [...this.#connections].map((connection) => connection.inspect()),
      sessions: sessions.map(({ id, state, processes }) => ({
        id,
        state,
        processes: [...processes.entries()].map(([processId, entry]) => ({
          processId,
          state: 'state' in entry ? entry.state : 'starting',
          pid: 'pid' in entry ? entry.pid : null,
        })),
      })),
      liveProcesses: this.#host.live,
      retainedBytes: this.#host.retention.bytes,
      counters: { ...this.#counters },
    };
  }

  async #close(): Promise<void> {
    this.#registry.close();
    const listeners = [...this.#listeners].map((listener) => listener.close());
    const connections = [...this.#connections];
    for (const connection of connections) connection.close(0);
    await Promise.all([...listeners, ...connections.map(({ ended }) => ended)]);
    await this.#host.close();
    this.#options.logger.info({}, 'closed');
  }

  #gauges(): Gauges {
    let retained = 0;
    for (const { processes } of this.#registry.sessions()) retained += processes.closedCount;
    return {
      connections: this.#connections.size,
      sessionsAttached: this.#registry.attachedCount,
      sessionsDetached: this.#registry.detachedCount,
      processesLive: this.#host.live,
      processesRetained: retained,
      retainedBytes: this.#host.retention.bytes,
      httpExchanges: this.#shared.httpHost.live,
    };
  }

  #status(): ServerStatusResult {
    const gauges = this.#gauges();
    return {
      version,
      uptimeMs: Math.round(performance.now() - this.#startedMs),
      connections: gauges.connections,
      sessions: { attached: gauges.sessionsAttached, detached: gauges.sessionsDetached },
      processes: { live: gauges.processesLive, retained: gauges.processesRetained },
      retainedBytes: gauges.retainedBytes,
      limits: { ...this.#options.limits },
    };
  }
}
