import { createExecutorFetch } from '@exec-server/client';
import type { OAuthClientProvider, Transport } from '@modelcontextprotocol/client';
import type { HttpServerConfig, McpServerConfig } from './config/server-config.js';
import type { PlacedTransport } from './connect-mcp.js';
import { McpStartError } from './errors.js';
import { PlacedHttpClientTransport } from './http-transport.js';
import { LocalStdioClientTransport } from './local-stdio-transport.js';
import type { Placement } from './placement.js';
import { ExecutorStdioClientTransport } from './stdio-transport.js';

export interface ServerTransportOptions {
  /** Gets what a server prints on its standard error, line by line. */
  readonly stderr?: ((line: string) => void) | undefined;
  readonly log?: ((text: string) => void) | undefined;
  /** For a server behind a URL that wants authorization. */
  readonly authProvider?: OAuthClientProvider | undefined;
}

/**
 * A transport to a server where it is placed, not started yet.
 * @throws McpStartError for a variable that is not set
 */
export function createServerTransport(
  config: McpServerConfig,
  { environment, client }: Placement,
  { stderr = () => undefined, log, authProvider }: ServerTransportOptions,
): Transport & PlacedTransport {
  const subject = { server: config.name, environment };
  if (config.transport === 'http') {
    const fetch = client ? createExecutorFetch(client) : globalThis.fetch;
    const headers = resolveHeaders(config, environment);
    return new PlacedHttpClientTransport({ ...subject, url: config.url, client, fetch, headers, authProvider, log });
  }
  if (!client) return new LocalStdioClientTransport(config, stderr);
  const { command, args, env, envVars, cwd } = config;
  return new ExecutorStdioClientTransport({ ...subject, client, command, args, env, envVars, cwd: cwd ?? process.cwd(), stderr, log });
}

function resolveHeaders(config: HttpServerConfig, environment: string): Record<string, string> {
  const read = (variable: string): string => {
    const value = process.env[variable];
    if (value !== undefined) return value;
    throw new McpStartError({ server: config.name, environment }, 'spawn', `the variable ${variable} is not set`);
  };
  const fromVariables = Object.entries(config.envHeaders).map(([name, variable]) => [name, read(variable)]);
  const bearer = config.bearerTokenEnvVar === null ? {} : { Authorization: `Bearer ${read(config.bearerTokenEnvVar)}` };
  return { ...config.headers, ...Object.fromEntries(fromVariables), ...bearer };
}
