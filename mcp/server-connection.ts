import { limits } from '@exec-server/protocol';
import type { CallToolResult, ClientOptions, Progress, Tool } from '@modelcontextprotocol/client';
import type { McpServerConfig } from './config/server-config.js';
import { connectMcp, type PlacedTransport } from './connect-mcp.js';
import type { McpEnvironments } from './environments.js';
import { McpConfigError, McpProtocolError, McpStartError, McpTimeoutError, type Subject } from './errors.js';
import { type Places, placeServer, resolveEnvironment } from './placement.js';
import { Client, SdkError, SdkErrorCode } from './sdk.js';
import { createServerTransport, type ServerTransportOptions } from './server-transport.js';

export type ServerState = 'disabled' | 'connecting' | 'ready' | 'failed' | 'closed';

/** How a server of a configuration stands. */
export interface ServerStatus {
  readonly name: string;
  /** As the configuration has it. */
  readonly environment: string;
  readonly state: ServerState;
  /** Why it is not there; null while nothing is wrong. */
  readonly error: Error | null;
  /** Names of the tools that may be used. */
  readonly tools: readonly string[];
}

export interface ServerConnectionOptions extends ServerTransportOptions {
  readonly clientInfo: { readonly name: string; readonly version: string };
  readonly clientOptions: ClientOptions;
  /** Gives the client handlers, such as for sampling, before it is connected. */
  readonly configure: (client: Client) => void;
  /** Told of every change of the status. */
  readonly changed: () => void;
}

export interface CallToolOptions {
  readonly signal?: AbortSignal | undefined;
  /** Longest time for the call in milliseconds; that of the configuration by default. */
  readonly timeoutMs?: number | undefined;
  readonly onprogress?: ((progress: Progress) => void) | undefined;
}

/**
 * One server of a configuration: `connecting → ready → failed | closed`, or `disabled`. It owns the client and the transport;
 * whoever creates one closes it.
 */
export class ServerConnection {
  readonly config: McpServerConfig;
  readonly #places: Places;
  readonly #environments: McpEnvironments;
  readonly #options: ServerConnectionOptions;
  readonly #closing = new AbortController();
  #state: ServerState;
  #error: Error | null = null;
  #tools: readonly Tool[] = [];
  #client: Client | null = null;
  #transport: PlacedTransport | null = null;
  #started: Promise<void> | null = null;

  constructor(config: McpServerConfig, places: Places, environments: McpEnvironments, options: ServerConnectionOptions) {
    this.config = config;
    this.#places = places;
    this.#environments = environments;
    this.#options = options;
    this.#state = config.isEnabled ? 'connecting' : 'disabled';
  }

  get status(): ServerStatus {
    const { name, environment } = this.config;
    this.#noticeEnd();
    return { name, environment, state: this.#state, error: this.#error, tools: this.tools.map((tool) => tool.name) };
  }

  /** The tools that may be used. */
  get tools(): readonly Tool[] {
    return this.#tools.filter(({ name }) => this.#allows(name));
  }

  /** The client of the SDK. @throws the reason why there is none */
  get client(): Client {
    this.#noticeEnd();
    if (this.#client && this.#state === 'ready') return this.#client;
    throw this.#error ?? new McpStartError(this.#subject, 'spawn', `it is ${this.#state}`);
  }

  /** Starts the server. Never rejects: see {@link status}. */
  start(): Promise<void> {
    if (this.#state === 'disabled') return Promise.resolve();
    this.#started ??= this.#start().catch((error: Error) => {
      if (!this.#closing.signal.aborted) this.#set('failed', error);
    });
    return this.#started;
  }

  /**
   * Calls a tool.
   * @throws McpConfigError for one that may not be used; McpTimeoutError; the reason why the server is not there; the error of
   *   the server
   */
  async callTool(
    name: string,
    args: Readonly<Record<string, unknown>>,
    { signal, timeoutMs = this.config.toolTimeoutMs, onprogress }: CallToolOptions = {},
  ): Promise<CallToolResult> {
    if (!this.#allows(name))
      throw new McpConfigError(`the tool ${JSON.stringify(name)} is not enabled`, { server: this.config.name, key: 'enabled_tools' });
    try {
      const options = { timeout: timeoutMs, ...(signal ? { signal } : {}), ...(onprogress ? { onprogress } : {}) };
      return await this.client.callTool({ name, arguments: { ...args } }, options);
    } catch (error) {
      if (signal?.aborted) throw signal.reason;
      if (!(error instanceof SdkError) || error.code !== SdkErrorCode.RequestTimeout) throw error;
      throw new McpTimeoutError(this.#subject, `the tool ${JSON.stringify(name)}`, timeoutMs, { cause: error });
    }
  }

  /** Ends the server, wherever it has got to; a program that runs may end by itself within `limits.mcpCloseGraceMs`. */
  async close(): Promise<void> {
    this.#closing.abort(new Error('the connections are being closed'));
    await this.#started;
    await (this.#transport?.closeGracefully?.() ?? this.#transport?.close());
    if (this.#state !== 'disabled') this.#set('closed', null);
  }

  get #subject(): Subject {
    return { server: this.config.name, environment: this.config.environment };
  }

  async #start(): Promise<void> {
    const { config } = this;
    const deadline = performance.now() + config.startupTimeoutMs;
    if (config.environment !== 'local') await this.#environments.reach(resolveEnvironment(config, this.#places));
    const placement = placeServer(config, this.#places);
    this.#closing.signal.throwIfAborted();
    const transport = createServerTransport(config, placement, this.#options);
    const client = new Client({ ...this.#options.clientInfo }, this.#clientOptions());
    this.#options.configure(client);
    const left = (): number => Math.max(1, Math.ceil(deadline - performance.now()));
    await connectMcp(client, transport, { timeoutMs: left(), signal: this.#closing.signal });
    this.#transport = transport;
    this.#client = client;
    try {
      await this.#list(client, left());
    } catch (error) {
      await transport.close();
      throw this.#toListError(error as Error, transport);
    }
    this.#watch(client);
    this.#set('ready', null);
    this.#noticeEnd();
  }

  #clientOptions(): ClientOptions {
    const { protocol, transport } = this.config;
    // A program that does not know the question may not answer it at all: then it speaks what all speak.
    const probe =
      transport === 'stdio' ? { probe: { timeoutMs: Math.min(limits.mcpProbeTimeoutMs, this.config.startupTimeoutMs / 2) } } : {};
    const mode = protocol === '2026-07-28' ? { pin: protocol } : protocol;
    const onChanged = (error: Error | null, tools: Tool[] | null): void => {
      if (error || !tools) return;
      this.#tools = tools;
      this.#options.changed();
    };
    return {
      ...this.#options.clientOptions,
      versionNegotiation: { mode, ...probe },
      listMaxPages: limits.mcpListPages,
      listChanged: { tools: { onChanged }, ...this.#options.clientOptions.listChanged },
    };
  }

  async #list(client: Client, timeoutMs: number): Promise<void> {
    if (!client.getServerCapabilities()?.tools) return;
    const late = AbortSignal.timeout(timeoutMs);
    const signal = AbortSignal.any([this.#closing.signal, late]);
    this.#tools = (await client.listTools(undefined, { signal, timeout: timeoutMs })).tools;
  }

  #toListError(error: Error, { stderrTail, failure }: PlacedTransport): Error {
    if (this.#closing.signal.aborted) return this.#closing.signal.reason as Error;
    const isLate = error instanceof SdkError && error.code === SdkErrorCode.RequestTimeout;
    if (isLate) return new McpTimeoutError(this.#subject, 'starting', this.config.startupTimeoutMs, { stderrTail, cause: error });
    return new McpStartError(this.#subject, 'list', (failure ?? error).message, { stderrTail, cause: error });
  }

  /** From now on its end is its failure. */
  #watch(client: Client): void {
    const { onclose } = client;
    client.onclose = () => {
      this.#noticeEnd();
      if (this.#state === 'ready' && !this.#closing.signal.aborted)
        this.#set('failed', new McpProtocolError(this.#subject, 'the server has ended the connection'));
      onclose?.();
    };
  }

  /** Whoever has an answer that failed with the transport may ask before the transport tells. */
  #noticeEnd(): void {
    const failure = this.#transport?.failure;
    if (failure && this.#state === 'ready') this.#set('failed', failure);
  }

  #set(state: ServerState, error: Error | null): void {
    if (this.#state === 'closed') return;
    this.#state = state;
    this.#error = error;
    if (state !== 'ready') this.#tools = [];
    this.#options.changed();
  }

  #allows(tool: string): boolean {
    const { enabledTools, disabledTools } = this.config;
    return (enabledTools === null || enabledTools.includes(tool)) && !disabledTools.includes(tool);
  }
}
