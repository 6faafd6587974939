import { createRequire } from 'node:module';
import type { ExecClient } from '@exec-server/client';
import type { McpGateway } from '@exec-server/mcp/gateway';
import type { ExecServer, ExtraRoute, Logger } from '@exec-server/server';

const { version } = createRequire(import.meta.url)('../package.json') as { version: string };

/**
 * The MCP gateway on the listener of a server. Its subprocesses are processes of that server, reached as any client
 * reaches them. Nothing of it is loaded before somebody asks for it.
 */
export class MountedGateway implements AsyncDisposable {
  readonly route: ExtraRoute;
  readonly #server: ExecServer;
  readonly #logger: Logger;
  #gateway: Promise<McpGateway> | null = null;
  #running: McpGateway | null = null;
  #client: Promise<ExecClient> | null = null;
  #isClosed = false;

  /** The server stays the caller's. */
  constructor(server: ExecServer, logger: Logger) {
    this.#server = server;
    this.#logger = logger;
    this.route = {
      path: '/mcpproxy',
      admitsLocalPages: true,
      handle: async (request, response, principal) => (await this.load()).handle(request, response, principal),
      samples: () => this.#running?.samples() ?? [],
    };
  }

  load(): Promise<McpGateway> {
    this.#gateway ??= this.#load();
    return this.#gateway;
  }

  /** Ends every upstream; resolves when nothing is left, or after 10 s. */
  async close(): Promise<void> {
    this.#isClosed = true;
    const gateway = await this.#gateway;
    await gateway?.close();
    const client = await this.#client;
    await client?.close();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async #load(): Promise<McpGateway> {
    const { McpGateway: Gateway } = await import('@exec-server/mcp/gateway');
    const gateway = new Gateway({ executor: (environment) => this.#executor(environment), log: this.#logger, name: 'exec-server', version });
    this.#running = gateway;
    if (this.#isClosed) await gateway.close();
    return gateway;
  }

  #executor(environment: string): Promise<ExecClient> {
    if (environment !== 'local') return Promise.reject(new Error('there is no such environment'));
    this.#client ??= this.#connect();
    return this.#client;
  }

  async #connect(): Promise<ExecClient> {
    const { ExecClient: Client } = await import('@exec-server/client');
    return Client.connect(async () => this.#server.connect(), { resumeWindowMs: 0, clientName: 'MCP gateway' });
  }
}
