import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const require = createRequire(import.meta.url);

/** Program and arguments of the MCP project's server that has everything, on stdio unless told otherwise. */
export function everything(mode: 'stdio' | 'streamableHttp' = 'stdio'): [command: string, args: string[]] {
  return [process.execPath, [programOf('server-everything'), mode]];
}

/** The MCP project's server for files in some directories. */
export function filesystem(...directories: string[]): [command: string, args: string[]] {
  return [process.execPath, [programOf('server-filesystem'), ...directories]];
}

/** One of our own servers: see fixtures/mcp-servers. */
export function fixture(name: string, ...args: string[]): [command: string, args: string[]] {
  return [process.execPath, [fileURLToPath(new URL(`../../../fixtures/mcp-servers/${name}.mjs`, import.meta.url)), ...args]];
}

function programOf(name: string): string {
  return join(dirname(require.resolve(`@modelcontextprotocol/${name}/package.json`)), 'dist', 'index.js');
}
