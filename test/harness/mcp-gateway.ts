import { ExecClient } from '@exec-server/client';
import { type GatewayOptions, McpGateway } from '@exec-server/mcp/gateway';
import { createExecServer, type ExecServer, type ExecServerOptions } from '@exec-server/server';
import { fixture } from './mcp-servers.js';
import { McpCaller, type McpCallerOptions } from './mcp-caller.js';

export interface LogEntry {
  readonly level: string;
  readonly message: string;
  readonly fields: Readonly<Record<string, unknown>>;
}

export interface GatewayHostOptions {
  readonly server?: ExecServerOptions;
  readonly limits?: GatewayOptions['limits'];
}

/** A server with a gateway on its listener, and callers of it. */
export class GatewayHost implements AsyncDisposable {
  readonly #callers: McpCaller[] = [];

  private constructor(
    readonly url: string,
    readonly gateway: McpGateway,
    readonly server: ExecServer,
    readonly client: ExecClient,
    readonly log: LogEntry[],
  ) {}

  static async start({ server: serverOptions = {}, limits }: GatewayHostOptions = {}): Promise<GatewayHost> {
    const server = createExecServer(serverOptions);
    const client = await ExecClient.connect(async () => server.connect(), { resumeWindowMs: 0 });
    const log: LogEntry[] = [];
    const keep =
      (level: string) =>
      (fields: Readonly<Record<string, unknown>>, message: string): void =>
        void log.push({ level, fields, message });
    const gateway = new McpGateway({
      executor: (environment) =>
        environment === 'local' ? Promise.resolve(client) : Promise.reject(new Error('there is no such environment')),
      limits,
      log: { debug: keep('debug'), info: keep('info'), warn: keep('warn'), error: keep('error') },
    });
    const route = {
      path: '/mcpproxy',
      admitsLocalPages: true,
      handle: gateway.handle.bind(gateway),
      samples: () => gateway.samples(),
    };
    const url = await server.listen({ routes: [route] });
    return new GatewayHost(url.replace('ws:', 'http:'), gateway, server, client, log);
  }

  get endpoint(): string {
    return `${this.url}/mcpproxy`;
  }

  /** A caller of the endpoint; it is closed with the host. */
  caller(options: McpCallerOptions = {}): McpCaller {
    const caller = new McpCaller(this.endpoint, options);
    this.#callers.push(caller);
    return caller;
  }

  /** A caller with an open session. */
  async session(options: McpCallerOptions = {}): Promise<McpCaller> {
    const caller = this.caller(options);
    await caller.initialize();
    return caller;
  }

  /** Asks the management routes. */
  async rest(method: string, path = '', body?: unknown, headers: Readonly<Record<string, string>> = {}) {
    const response = await fetch(`${this.endpoint}/upstreams${path}`, {
      method,
      headers: { ...(body === undefined ? {} : { 'content-type': 'application/json' }), ...headers },
      body: body === undefined ? null : typeof body === 'string' ? body : JSON.stringify(body),
    });
    const text = await response.text();
    return {
      status: response.status,
      headers: response.headers,
      text,
      json: (text === '' ? null : JSON.parse(text)) as Record<string, unknown>,
    };
  }

  /** Registers the scripted fixture; `args` go to it. */
  async scripted(name: string, args: readonly string[] = [], more: Readonly<Record<string, unknown>> = {}) {
    const [command, all] = fixture('scripted', ...args);
    const answer = await this.rest('POST', '', { name, transport: 'stdio', command, args: all, ...more });
    if (answer.status !== 201) throw new Error(`${answer.status}: ${answer.text}`);
    return answer.json;
  }

  /** Registers a fixture and returns the answer, whatever it is. */
  register(name: string, program: string, more: Readonly<Record<string, unknown>> = {}) {
    const [command, args] = fixture(program);
    return this.rest('POST', '', { name, transport: 'stdio', command, args, ...more });
  }

  /** Resolves when the upstream has this status. */
  async hasStatus(name: string, status: string): Promise<void> {
    for (;;) {
      const { json } = await this.rest('GET', `/${name}`);
      if (json['status'] === status) return;
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const caller of this.#callers) caller.close();
    await this.gateway.close();
    await this.client.close();
    await this.server.close();
  }
}

/** Whether a process is there and not only waiting to be reaped. */
export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
