import { createRequire } from 'node:module';
import type { ExecClient } from '@exec-server/client';
import type { McpGateway, UpstreamFile } from '@exec-server/mcp/gateway';
import type { Limits } from '@exec-server/protocol';
import type { ExecServer, ExtraRoute, Logger } from '@exec-server/server';
import { ExitError } from './exit-codes.js';

const { version } = createRequire(import.meta.url)('../package.json') as { version: string };

/**
 * The MCP gateway on the listener of a server. Its subprocesses are processes of that server, which it reaches like any
 * client, or of other servers that a file names. Nothing of it is loaded before somebody asks for it.
 */
export class MountedGateway implements AsyncDisposable {
  readonly route: ExtraRoute;
  readonly #server: ExecServer;
  readonly #logger: Logger;
  readonly #limits: Partial<Limits>;
  /** Clients by environment. One that has ended is connected anew for whoever needs it next. */
  readonly #clients = new Map<string, Promise<ExecClient>>();
  #environments: UpstreamFile['environments'] = new Map();
  #gateway: Promise<McpGateway> | null = null;
  #running: McpGateway | null = null;
  #isClosed = false;

  /** The server stays the caller's. @param limits in place of the defaults */
  constructor(server: ExecServer, logger: Logger, limits: Partial<Limits> = {}) {
    this.#server = server;
    this.#logger = logger;
    this.#limits = limits;
    this.route = {
      path: '/mcpproxy',
      admitsLocalPages: true,
      handle: async (request, response, principal) => (await this.#load()).handle(request, response, principal),
      samples: () => this.#running?.samples() ?? [],
    };
  }

  /**
   * Reads a file of upstreams, and starts them. The returned promise settles when each is there or has failed.
   * @throws ExitError for a file that cannot be used; the promise rejects with one when an upstream has failed that is required
   */
  async start(file: string): Promise<{ readonly started: Promise<void> }> {
    const { readUpstreamFile, McpConfigError } = await import('@exec-server/mcp/gateway');
    const read = await readUpstreamFile(file).catch((error: unknown) => {
      if (error instanceof McpConfigError) throw new ExitError(error.message);
      throw error;
    });
    this.#environments = read.environments;
    const gateway = await this.#load();
    return { started: startAll(gateway, read) };
  }

  /** Ends every upstream; resolves when nothing is left, or after 10 s. */
  async close(): Promise<void> {
    this.#isClosed = true;
    const gateway = await this.#gateway;
    await gateway?.close();
    const clients = await Promise.allSettled(this.#clients.values());
    await Promise.all(clients.flatMap((client) => (client.status === 'fulfilled' ? [client.value.close()] : [])));
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  #load(): Promise<McpGateway> {
    this.#gateway ??= this.#create();
    return this.#gateway;
  }

  async #create(): Promise<McpGateway> {
    const { McpGateway: Gateway } = await import('@exec-server/mcp/gateway');
    const gateway = new Gateway({
      executor: (environment) => this.#client(environment),
      fetch: async (environment) => {
        const { createExecutorFetch } = await import('@exec-server/client');
        return createExecutorFetch(await this.#client(environment));
      },
      log: this.#logger,
      limits: this.#limits,
      name: 'exec-server',
      version,
    });
    this.#running = gateway;
    if (this.#isClosed) await gateway.close();
    return gateway;
  }

  #client(environment: string): Promise<ExecClient> {
    const known = this.#clients.get(environment);
    if (known) return known;
    const client = this.#connect(environment);
    this.#clients.set(environment, client);
    const forget = (): void => {
      if (this.#clients.get(environment) === client) this.#clients.delete(environment);
    };
    client.then(({ ended }) => ended.then(forget), forget);
    return client;
  }

  async #connect(environment: string): Promise<ExecClient> {
    const { connect, ExecClient: Client } = await import('@exec-server/client');
    if (this.#isClosed) throw new Error('the gateway is closed');
    const clientName = 'MCP gateway';
    if (environment === 'local') return Client.connect(async () => this.#server.connect(), { resumeWindowMs: 0, clientName });
    const config = this.#environments.get(environment);
    if (!config) throw new Error('there is no such environment');
    const token = config.tokenEnvVar === null ? undefined : process.env[config.tokenEnvVar];
    if (config.tokenEnvVar !== null && token === undefined) throw new Error(`the variable ${config.tokenEnvVar} with its token is not set`);
    return connect(config.url, { token, clientName });
  }
}

/** @throws ExitError for a required upstream that has failed */
async function startAll(gateway: McpGateway, { upstreams, required }: UpstreamFile): Promise<void> {
  for (const [name, reason] of await gateway.load(upstreams))
    if (required.has(name)) throw new ExitError(`upstream ${name} is required and has failed: ${reason}`);
}
