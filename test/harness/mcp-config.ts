import { type McpServerSet, parseMcpConfig } from '@exec-server/mcp';
import type { ExecServerHost } from 'exec-server/testing';
import { withVariable } from './scratch.js';
import { fixture } from './mcp-servers.js';

/** A configuration with one of our fixtures, in the environment `build` unless told otherwise. */
export function entry(name: string, more: Readonly<Record<string, unknown>> = {}): Record<string, unknown> {
  const [command, args] = fixture(name);
  return { command, args, cwd: '/tmp', environment: 'build', ...more };
}

/** A configuration whose environment `build` is the host; see {@link withToken}. */
export function configOf(
  host: ExecServerHost,
  servers: Readonly<Record<string, unknown>>,
  more: Readonly<Record<string, unknown>> = {},
): McpServerSet {
  return parseMcpConfig({ environments: { build: { url: host.url, token_env_var: tokenVariable } }, mcpServers: servers, ...more });
}

const tokenVariable = 'EXEC_SERVER_TEST_BUILD_TOKEN';

/** The token of the host where the configuration looks for it, while the block lasts. */
export function withToken(host: ExecServerHost): Disposable {
  return withVariable(tokenVariable, host.token);
}
