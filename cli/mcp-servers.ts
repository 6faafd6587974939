import { existsSync } from 'node:fs';
import { loadMcpConfig, McpConfigError, McpConnections, type McpConnectionsOptions, McpError, type McpServerSet } from '@exec-server/mcp';
import { exitCodes, ExitError } from './exit-codes.js';
import { openTarget } from './target.js';

/** Where a configuration is looked for, in this order. */
export const configNames = ['mcp.toml', 'mcp.json', '.mcp.json'] as const;

/** The servers of a configuration while they run. */
export interface RunningServers extends AsyncDisposable {
  readonly connections: McpConnections;
}

/**
 * Reads a configuration.
 * @param file one of {@link configNames} in this directory when it is missing
 * @throws ExitError with what is wrong
 */
export async function readConfig(file: string | undefined): Promise<McpServerSet> {
  const found = file ?? configNames.find((name) => existsSync(name));
  if (found === undefined) throw new ExitError(`there is no ${configNames.join(', ')} here: --config names another`, exitCodes.usage);
  try {
    return await loadMcpConfig(found);
  } catch (error) {
    if (error instanceof McpConfigError) throw new ExitError(error.message);
    throw error;
  }
}

/**
 * Starts servers; local ones by a server of our own, so that nothing of them outlives us.
 * @throws ExitError with the error of a server that is required
 */
export async function openServers(set: McpServerSet, options: McpConnectionsOptions): Promise<RunningServers> {
  const isLocal = [...set.servers.values()].some(
    ({ environment, transport, isEnabled }) => environment === 'local' && transport === 'stdio' && isEnabled,
  );
  const target = isLocal ? await openTarget({}) : null;
  const clientInfo = { name: 'exec-server command line', version: '0.1.0' };
  try {
    const connections = await McpConnections.open(set, { clientInfo, local: target?.client, ...options });
    return {
      connections,
      async [Symbol.asyncDispose]() {
        await connections.close();
        await target?.[Symbol.asyncDispose]();
      },
    };
  } catch (error) {
    await target?.[Symbol.asyncDispose]();
    if (options.signal?.aborted) throw new ExitError('', 0);
    if (error instanceof McpError || error instanceof McpConfigError) throw new ExitError(error.message);
    throw error;
  }
}
