import { readFile } from 'node:fs/promises';
import { McpConfigError } from '../errors.js';
import { parseConfigText } from './config-text.js';
import { KeyError, type UnifiedTable, unifyKeys } from './keys.js';
import { check, configFile, environment, namePattern } from './schema.js';
import { readServer } from './server-entry.js';
import type { EnvironmentConfig, McpServerConfig, McpServerSet } from './server-config.js';

type Table = Readonly<Record<string, unknown>>;

interface Place {
  readonly file: string | null;
  readonly server?: string;
  readonly key?: string;
}

export interface ParseOptions {
  /** Where the data comes from, for errors. */
  readonly file?: string | undefined;
  /** What `expand_env` takes values from; the variables of this process by default. */
  readonly variables?: Readonly<Record<string, string | undefined>> | undefined;
}

/**
 * Reads which MCP servers there are and where each is to run, from TOML (`[mcp_servers.name]`, a name ending in `.toml`) or
 * JSON (`{"mcpServers": {"name": …}}`). Keys may be in snake_case or camelCase. Nothing is started, and no variable is read
 * but for `expand_env`.
 * @throws McpConfigError naming the file, the server and the key; what is not known is an error
 */
export async function loadMcpConfig(file: string, options: Omit<ParseOptions, 'file'> = {}): Promise<McpServerSet> {
  let text: string;
  try {
    text = await readFile(file, 'utf8');
  } catch (error) {
    throw new McpConfigError(`it cannot be read: ${(error as Error).message}`, { file }, { cause: error });
  }
  return parseMcpConfig(parseConfigText(text, file), { ...options, file });
}

/** The same for data that is there already. @throws McpConfigError */
export function parseMcpConfig(data: unknown, { file, variables = process.env }: ParseOptions = {}): McpServerSet {
  const place: Place = { file: file ?? null };
  const top = readTable(data, place, (table) => check(configFile, table));
  const servers = new Map<string, McpServerConfig>();
  for (const [name, entry] of Object.entries(top.mcp_servers ?? {})) {
    const server = { ...place, server: name };
    checkName(name, server);
    servers.set(
      name,
      readTable(entry, server, (table) => readServer(name, table, top.expand_env ?? false, variables)),
    );
  }
  const environments = new Map<string, EnvironmentConfig>();
  for (const [name, entry] of Object.entries(top.environments ?? {})) {
    const at = { ...place, key: `environments.${name}` };
    checkName(name, at);
    if (name === 'local') throw new McpConfigError('`local` is this machine and cannot be another', at);
    const { url, token_env_var: tokenEnvVar = null } = readTable(entry, at, (table) => check(environment, table));
    environments.set(name, { name, url, tokenEnvVar });
  }
  return { file: place.file, servers, environments, defaultEnvironment: top.default_environment ?? null };
}

/** Reads a table whose keys may have any of their forms. @throws McpConfigError */
function readTable<T>(data: unknown, place: Place, read: (table: Table) => T): T {
  if (typeof data !== 'object' || data === null || Array.isArray(data)) throw new McpConfigError('it must be a table', place);
  let unified: UnifiedTable | undefined;
  try {
    unified = unifyKeys(data as Table);
    return read(unified.table);
  } catch (error) {
    if (!(error instanceof KeyError)) throw error;
    const key = [place.key ?? '', unified?.toWritten(error.key) ?? error.key].filter((part) => part !== '').join('.');
    throw new McpConfigError(error.message, { ...place, key: key === '' ? null : key });
  }
}

function checkName(name: string, place: Place): void {
  if (!namePattern.test(name)) throw new McpConfigError(`${JSON.stringify(name)} is no name: it must match ${namePattern.source}`, place);
}
