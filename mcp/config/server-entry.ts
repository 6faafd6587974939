import { limits } from '@exec-server/protocol';
import { expandEnv } from './expand-env.js';
import { KeyError } from './keys.js';
import { check, httpServer, type HttpServerEntry, stdioServer, type StdioServerEntry } from './schema.js';
import type { McpServerConfig } from './server-config.js';

type Table = Readonly<Record<string, unknown>>;

/**
 * A server from its table, keys unified.
 * @param isExpanded whether `${NAME}` is replaced unless the table says otherwise
 * @throws KeyError
 */
export function readServer(
  name: string,
  table: Table,
  isExpanded: boolean,
  variables: Readonly<Record<string, string | undefined>>,
): McpServerConfig {
  const entry = (table['expand_env'] ?? isExpanded) === true ? expandEnv(table, variables) : table;
  const { command, url, type } = entry;
  if (type === 'sse')
    throw new KeyError('type', 'the old SSE transport is not supported: give the URL of the streamable HTTP endpoint, and `http`');
  if (command !== undefined && url !== undefined) throw new KeyError('url', 'a server has either `command` or `url`, not both');
  if (command === undefined && url === undefined) throw new KeyError('command', 'a server needs either `command` or `url`');
  return command === undefined ? readHttp(name, entry) : readStdio(name, entry);
}

function readStdio(name: string, table: Table): McpServerConfig {
  refuseForeign(table, stdioServer.shape, httpServer.shape, 'url');
  const entry = check(stdioServer, table);
  const { command, args = [], env = {}, env_vars: envVars = [], cwd = null } = entry;
  const shared = toShared(name, entry);
  const isLocal = shared.environment === 'local';
  if (!isLocal && cwd === null)
    throw new KeyError('cwd', `a server in environment ${JSON.stringify(shared.environment)} needs a directory there`);
  if (isLocal && envVars.some((variable) => typeof variable === 'object' && variable.source === 'remote'))
    throw new KeyError('env_vars', 'the source `remote` makes no sense for a local server');
  return { ...shared, transport: 'stdio', protocol: entry.protocol ?? 'legacy', command, args, env, envVars, cwd };
}

function readHttp(name: string, table: Table): McpServerConfig {
  refuseForeign(table, httpServer.shape, stdioServer.shape, 'command');
  const entry = check(httpServer, table);
  const { url, headers = {}, env_http_headers: envHeaders = {}, bearer_token_env_var: bearerTokenEnvVar = null } = entry;
  return { ...toShared(name, entry), transport: 'http', protocol: entry.protocol ?? 'auto', url, headers, envHeaders, bearerTokenEnvVar };
}

/** A key that belongs to the other kind of server says more than one nobody knows. */
function refuseForeign(table: Table, own: object, other: object, marker: 'command' | 'url'): void {
  const key = Object.keys(table).find((candidate) => !Object.hasOwn(own, candidate) && Object.hasOwn(other, candidate));
  if (key !== undefined) throw new KeyError(key, `it is for servers with \`${marker}\` only`);
}

function toShared(name: string, entry: StdioServerEntry | HttpServerEntry) {
  return {
    name,
    environment: entry.environment ?? 'local',
    startupTimeoutMs: toMs('startup_timeout', entry.startup_timeout_ms, entry.startup_timeout_sec) ?? limits.mcpStartupTimeoutMs,
    toolTimeoutMs: toMs('tool_timeout', entry.tool_timeout_ms, entry.tool_timeout_sec) ?? limits.mcpToolTimeoutMs,
    isEnabled: entry.enabled ?? true,
    isRequired: entry.required ?? false,
    enabledTools: entry.enabled_tools ?? null,
    disabledTools: entry.disabled_tools ?? [],
    toolPrefix: entry.tool_prefix ?? '',
    isolation: entry.isolation ?? ('shared' as const),
  };
}

function toMs(what: string, ms: number | undefined, sec: number | undefined): number | null {
  if (ms !== undefined && sec !== undefined) throw new KeyError(`${what}_ms`, `it says the same as "${what}_sec": leave one of them out`);
  const value = ms ?? (sec === undefined ? null : sec * 1_000);
  return value === null ? null : Math.ceil(value);
}
