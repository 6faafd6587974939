import type { EnvVar } from '../start-environment.js';

interface SharedConfig {
  readonly name: string;
  /** Where it runs, or where its requests are made: `local`, `remote` for the default executor, or an executor's name. */
  readonly environment: string;
  readonly startupTimeoutMs: number;
  readonly toolTimeoutMs: number;
  /** False: it is listed and not started. */
  readonly isEnabled: boolean;
  /** Its failure is one of the whole start. */
  readonly isRequired: boolean;
  /** Names of the tools that may be used; null for all. */
  readonly enabledTools: readonly string[] | null;
  readonly disabledTools: readonly string[];
  /** Which era of the protocol to speak; `auto` asks. */
  readonly protocol: 'auto' | 'legacy' | '2026-07-28';
  /** For the gateway: put in front of the names of its tools. */
  readonly toolPrefix: string;
  /** For the gateway: whether callers share the server. */
  readonly isolation: 'shared' | 'session';
}

/** A server that is a program. */
export interface StdioServerConfig extends SharedConfig {
  readonly transport: 'stdio';
  readonly command: string;
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly envVars: readonly EnvVar[];
  /** In the syntax of its environment; null only for local servers, where it is the directory of this process. */
  readonly cwd: string | null;
}

/** A server behind a URL. */
export interface HttpServerConfig extends SharedConfig {
  readonly transport: 'http';
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  /** Headers whose values are variables of this process. */
  readonly envHeaders: Readonly<Record<string, string>>;
  /** Variable of this process with the token for `Authorization: Bearer`. */
  readonly bearerTokenEnvVar: string | null;
}

export type McpServerConfig = StdioServerConfig | HttpServerConfig;

/** An executor, and how to reach it. */
export interface EnvironmentConfig {
  readonly name: string;
  readonly url: string;
  /** Variable of this process with the token. */
  readonly tokenEnvVar: string | null;
}

/** All servers of a configuration, and the executors it names. */
export interface McpServerSet {
  /** Where it comes from; null for data. */
  readonly file: string | null;
  readonly servers: ReadonlyMap<string, McpServerConfig>;
  readonly environments: ReadonlyMap<string, EnvironmentConfig>;
  /** The executor that `remote` means; null unless the file says. */
  readonly defaultEnvironment: string | null;
}
