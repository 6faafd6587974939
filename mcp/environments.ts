import { connect, type ExecClient } from '@exec-server/client';
import type { EnvironmentConfig } from './config/server-config.js';

/** Why an executor of a configuration cannot be used yet. */
const notReached = new Error('nobody has connected to it yet');

/**
 * The executors there are: those that were given, which stay their owners', and those of a configuration, which are
 * connected to when they are needed, and closed with this.
 */
export class McpEnvironments implements AsyncDisposable {
  readonly #given: ReadonlyMap<string, ExecClient>;
  #configured: ReadonlyMap<string, EnvironmentConfig>;
  readonly #reached = new Map<string, ExecClient | Error>();
  readonly #reaching = new Map<string, Promise<void>>();
  readonly #closing = new AbortController();

  constructor(given: ReadonlyMap<string, ExecClient>, configured: ReadonlyMap<string, EnvironmentConfig>) {
    this.#given = given;
    this.#configured = configured;
  }

  get names(): readonly string[] {
    return [...new Set([...this.#given.keys(), ...this.#configured.keys()])];
  }

  /** The executor, or why there is none. */
  lookup(name: string): ExecClient | Error {
    return this.#given.get(name) ?? this.#reached.get(name) ?? notReached;
  }

  /** Connects to an executor of the configuration unless that is done. Never rejects: see {@link lookup}. */
  async reach(name: string): Promise<void> {
    const config = this.#given.has(name) ? undefined : this.#configured.get(name);
    const reached = this.#reached.get(name);
    if (!config || (reached && !(reached instanceof Error) && reached.state !== 'closed')) return;
    const underWay = this.#reaching.get(name);
    if (underWay) return underWay;
    const reaching = this.#connect(config).finally(() => this.#reaching.delete(name));
    this.#reaching.set(name, reaching);
    await reaching;
  }

  /** Names of the executors that another configuration has no longer, or otherwise. */
  changedBy(configured: ReadonlyMap<string, EnvironmentConfig>): readonly string[] {
    const isChanged = ([name, config]: [string, EnvironmentConfig]): boolean =>
      !this.#given.has(name) && JSON.stringify(configured.get(name)) !== JSON.stringify(config);
    return [...this.#configured].filter(isChanged).map(([name]) => name);
  }

  /** Takes another configuration, and closes the connections to what has changed. */
  async replace(configured: ReadonlyMap<string, EnvironmentConfig>): Promise<void> {
    const changed = this.changedBy(configured);
    this.#configured = configured;
    await Promise.all(changed.map((name) => this.#forget(name)));
  }

  /** Gives up connecting. What is connected stays so. */
  stopConnecting(): void {
    this.#closing.abort(new Error('the connections are being closed'));
  }

  async close(): Promise<void> {
    this.stopConnecting();
    await Promise.all(this.#reaching.values());
    await Promise.all([...this.#reached.keys()].map((name) => this.#forget(name)));
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async #connect({ name, url, tokenEnvVar }: EnvironmentConfig): Promise<void> {
    const token = tokenEnvVar === null ? undefined : process.env[tokenEnvVar];
    if (tokenEnvVar !== null && token === undefined) {
      this.#reached.set(name, new Error(`the variable ${tokenEnvVar} for its token is not set`));
      return;
    }
    try {
      const client = await connect(url, { token, clientName: 'exec-server mcp', signal: this.#closing.signal });
      if (this.#closing.signal.aborted) await client.close();
      else this.#reached.set(name, client);
    } catch (error) {
      this.#reached.set(name, new Error(`cannot connect to ${url}: ${(error as Error).message}`, { cause: error }));
    }
  }

  async #forget(name: string): Promise<void> {
    const reached = this.#reached.get(name);
    this.#reached.delete(name);
    if (reached && !(reached instanceof Error)) await reached.close();
  }
}
