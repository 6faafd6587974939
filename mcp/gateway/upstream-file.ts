import { loadMcpConfig } from '../config/load-config.js';
import type { EnvironmentConfig, HttpServerConfig, McpServerConfig, McpServerSet } from '../config/server-config.js';
import { McpConfigError } from '../errors.js';
import { toStartEnvironment } from '../start-environment.js';
import { checkUpstreamConfig, type UpstreamConfig, UpstreamConfigError } from './upstream/config.js';

/** A file of upstreams: the same that says where MCP servers of a client run. */
export interface UpstreamFile {
  /** Those that are enabled. */
  readonly upstreams: readonly UpstreamConfig[];
  /** Names of those whose failure is the failure of the start. */
  readonly required: ReadonlySet<string>;
  readonly environments: ReadonlyMap<string, EnvironmentConfig>;
}

type Variables = Readonly<Record<string, string | undefined>>;

/**
 * Reads a file of upstreams. Variables that it names are read here.
 * @throws McpConfigError
 */
export async function readUpstreamFile(file: string, variables: Variables = process.env): Promise<UpstreamFile> {
  const set = await loadMcpConfig(file, { variables });
  const enabled = [...set.servers.values()].filter(({ isEnabled }) => isEnabled);
  return {
    upstreams: enabled.map((server) => toUpstreamConfig(server, set, variables)),
    required: new Set(enabled.filter(({ isRequired }) => isRequired).map(({ name }) => name)),
    environments: set.environments,
  };
}

/** What is to run elsewhere is never run here: an environment the file does not know is an error. */
function toUpstreamConfig(server: McpServerConfig, set: McpServerSet, variables: Variables): UpstreamConfig {
  const wrong = (key: string, problem: string): McpConfigError => new McpConfigError(problem, { file: set.file, server: server.name, key });
  const environment = server.environment === 'remote' ? set.defaultEnvironment : server.environment;
  if (environment === null) throw wrong('environment', '`remote` means the default environment, and the file names none');
  if (environment !== 'local' && !set.environments.has(environment))
    throw wrong('environment', `the file has no environment ${JSON.stringify(environment)}`);
  const check = (config: unknown): UpstreamConfig => {
    try {
      return checkUpstreamConfig(config);
    } catch (error) {
      if (error instanceof UpstreamConfigError) throw new McpConfigError(error.message, { file: set.file, server: server.name });
      throw error;
    }
  };
  const shared = {
    name: server.name,
    environment,
    toolPrefix: server.toolPrefix,
    startupTimeoutMs: server.startupTimeoutMs,
    callTimeoutMs: server.toolTimeoutMs,
    protocol: server.protocol,
    isolation: server.isolation,
    disabledTools: server.disabledTools,
    ...(server.enabledTools === null ? {} : { enabledTools: server.enabledTools }),
  };
  if (server.transport === 'http')
    return check({ ...shared, transport: 'http', url: server.url, headers: readHeaders(server, variables, wrong) });
  const { env } = toStartEnvironment(server.env, server.envVars, variables);
  const inheritEnv = server.envVars.flatMap((entry) => (typeof entry === 'object' && entry.source === 'remote' ? [entry.name] : []));
  const { command, args, cwd } = server;
  return check({ ...shared, transport: 'stdio', command, args, env, inheritEnv, ...(cwd === null ? {} : { cwd }) });
}

function readHeaders(
  { headers, envHeaders, bearerTokenEnvVar }: HttpServerConfig,
  variables: Variables,
  wrong: (key: string, problem: string) => Error,
): Record<string, string> {
  const read = (key: string, variable: string): string => {
    const value = variables[variable];
    if (value === undefined) throw wrong(key, `the variable ${variable} is not set`);
    return value;
  };
  const fromVariables = Object.entries(envHeaders).map(([header, variable]): [string, string] => [
    header,
    read('env_http_headers', variable),
  ]);
  const token: [string, string][] =
    bearerTokenEnvVar === null ? [] : [['Authorization', `Bearer ${read('bearer_token_env_var', bearerTokenEnvVar)}`]];
  return { ...headers, ...Object.fromEntries([...fromVariables, ...token]) };
}
