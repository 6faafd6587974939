import type { ExecClient } from '@exec-server/client';
import type { CallToolResult, Client, ClientOptions, OAuthClientProvider, Tool } from '@modelcontextprotocol/client';
import type { McpServerConfig, McpServerSet } from './config/server-config.js';
import { McpEnvironments } from './environments.js';
import { McpConfigError } from './errors.js';
import { type Places, resolveEnvironment } from './placement.js';
import { type CallToolOptions, ServerConnection, type ServerStatus } from './server-connection.js';

export interface McpConnectionsOptions {
  /** Executors by name; they stay the caller's. Those of the configuration are connected to when a server needs them. */
  readonly environments?: ReadonlyMap<string, ExecClient> | undefined;
  /** How servers with the environment `local` run: as children of this process (the default), by an executor, or not at all. */
  readonly local?: 'allowed' | 'disabled' | ExecClient | undefined;
  /** How the clients introduce themselves. */
  readonly clientInfo?: { readonly name: string; readonly version: string } | undefined;
  /** Options of the SDK for every client, such as its capabilities. */
  readonly clientOptions?: ClientOptions | undefined;
  /** Gives a client handlers, such as for sampling, before it is connected. */
  readonly configure?: ((client: Client, server: string) => void) | undefined;
  /** For servers behind a URL that want authorization; its requests are made where those to the server are. */
  readonly authProvider?: ((server: string) => OAuthClientProvider | undefined) | undefined;
  /** Gets what servers print on their standard error, line by line. */
  readonly stderr?: ((line: string, server: string) => void) | undefined;
  readonly log?: ((text: string) => void) | undefined;
  /** Gives the start up. */
  readonly signal?: AbortSignal | undefined;
  /** Told of every change of a status. */
  readonly onStatus?: ((status: ServerStatus) => void) | undefined;
}

/**
 * The MCP servers of a configuration, each in its environment, each with a client of the SDK. They start in parallel, and
 * one that fails does not stop the others. Whoever opens them closes them.
 *
 * ```ts
 * await using mcp = await McpConnections.open(await loadMcpConfig('mcp.toml'));
 * const { tools } = await mcp.client('files').listTools();
 * ```
 */
export class McpConnections implements AsyncDisposable {
  readonly #options: McpConnectionsOptions;
  readonly #environments: McpEnvironments;
  readonly #servers = new Map<string, ServerConnection>();
  #defaultName: string | null;
  #closing: Promise<void> | null = null;
  #reloading: Promise<void> = Promise.resolve();

  private constructor({ environments, defaultEnvironment }: McpServerSet, options: McpConnectionsOptions) {
    this.#options = options;
    this.#environments = new McpEnvironments(options.environments ?? new Map<string, ExecClient>(), environments);
    this.#defaultName = defaultEnvironment;
  }

  /**
   * Starts all servers; resolves when each is ready or has failed.
   * @throws the error of a server that is required, or the signal's reason, after everything has been closed
   */
  static async open(set: McpServerSet, options: McpConnectionsOptions = {}): Promise<McpConnections> {
    const { signal } = options;
    signal?.throwIfAborted();
    const connections = new McpConnections(set, options);
    const abort = (): void => void connections.close();
    signal?.addEventListener('abort', abort);
    await connections.#start([...set.servers.values()]);
    signal?.removeEventListener('abort', abort);
    const missing = [...connections.#servers.values()].find(({ config, status }) => config.isRequired && status.state === 'failed');
    const error: unknown = signal?.aborted ? signal.reason : missing?.status.error;
    if (!signal?.aborted && !missing) return connections;
    await connections.close();
    throw error;
  }

  status(): ServerStatus[] {
    return [...this.#servers.values()].map(({ status }) => status);
  }

  /**
   * The client of a server. It knows nothing of `enabled_tools`, and waits for answers as long as the SDK does; see
   * {@link callTool}.
   * @throws the reason why it is not there; McpConfigError for a name nobody knows
   */
  client(server: string): Client {
    return this.#get(server).client;
  }

  /** The tools of a server that may be used. @throws as {@link client} */
  tools(server: string): readonly Tool[] {
    const connection = this.#get(server);
    return connection.client ? connection.tools : [];
  }

  /** Calls a tool that may be used, in the time of the configuration. @throws as {@link ServerConnection.callTool} */
  callTool(server: string, tool: string, args: Readonly<Record<string, unknown>> = {}, options?: CallToolOptions): Promise<CallToolResult> {
    return this.#get(server).callTool(tool, args, options);
  }

  /** Ends a server and starts it anew; resolves when it is ready or has failed. @throws McpConfigError for a name nobody knows */
  async restart(server: string): Promise<ServerStatus> {
    const { config } = this.#get(server);
    await this.#stop([server]);
    await this.#start([config]);
    return this.#get(server).status;
  }

  /**
   * Takes another configuration: servers it does not have any longer end, new ones start, and those that are configured
   * otherwise, or whose environment is, start anew. The others notice nothing.
   */
  reload(set: McpServerSet): Promise<void> {
    const reloaded = this.#reloading.then(() => this.#reload(set));
    this.#reloading = reloaded.catch(() => undefined);
    return reloaded;
  }

  /** Ends all servers, and the connections to executors of the configuration. */
  close(): Promise<void> {
    return (this.#closing ??= this.#close());
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  get #places(): Places {
    const environments = this.#environments;
    return {
      names: environments.names,
      defaultName: this.#defaultName,
      local: this.#options.local ?? 'allowed',
      lookup: (name) => environments.lookup(name),
    };
  }

  #get(server: string): ServerConnection {
    const connection = this.#servers.get(server);
    if (!connection) throw new McpConfigError('there is no such server', { server });
    return connection;
  }

  async #start(configs: readonly McpServerConfig[]): Promise<void> {
    const connections = configs.map((config) => this.#create(config));
    for (const connection of connections) this.#servers.set(connection.config.name, connection);
    await Promise.all(connections.map((connection) => connection.start()));
  }

  async #stop(names: readonly string[]): Promise<void> {
    const connections = names.map((name) => this.#get(name));
    for (const name of names) this.#servers.delete(name);
    await Promise.all(connections.map((connection) => connection.close()));
  }

  #create(config: McpServerConfig): ServerConnection {
    const { stderr, log, authProvider, configure, clientInfo, clientOptions = {} } = this.#options;
    const { name } = config;
    const connection: ServerConnection = new ServerConnection(config, this.#places, this.#environments, {
      stderr: stderr && ((line) => stderr(line, name)),
      log,
      authProvider: authProvider?.(name),
      clientInfo: clientInfo ?? { name: 'exec-server', version: '0.1.0' },
      clientOptions,
      configure: (client) => configure?.(client, name),
      changed: () => this.#tell(connection.status),
    });
    return connection;
  }

  async #reload(set: McpServerSet): Promise<void> {
    const before = new Map([...this.#servers].map(([name, { config }]) => [name, this.#whereAndHow(config)]));
    const changedPlaces = this.#environments.changedBy(set.environments);
    this.#defaultName = set.defaultEnvironment;
    const isSame = (config: McpServerConfig | undefined): boolean =>
      config !== undefined && before.get(config.name) === this.#whereAndHow(config) && !changedPlaces.includes(this.#nameOfPlace(config));
    const stale = [...this.#servers.keys()].filter((name) => !isSame(set.servers.get(name)));
    await this.#stop(stale);
    await this.#environments.replace(set.environments);
    const fresh = [...set.servers.values()].filter(({ name }) => !this.#servers.has(name));
    if (!this.#closing) await this.#start(fresh);
  }

  #whereAndHow(config: McpServerConfig): string {
    return JSON.stringify([this.#nameOfPlace(config), config]);
  }

  #nameOfPlace(config: McpServerConfig): string {
    try {
      return resolveEnvironment(config, this.#places);
    } catch {
      return config.environment; // its start will tell
    }
  }

  /** What the callback throws concerns nobody here. */
  #tell(status: ServerStatus): void {
    try {
      this.#options.onStatus?.(status);
    } catch (error) {
      this.#options.log?.(`onStatus failed: ${(error as Error).message}`);
    }
  }

  async #close(): Promise<void> {
    this.#environments.stopConnecting();
    await Promise.all([...this.#servers.values()].map((connection) => connection.close()));
    await this.#environments.close();
  }
}
