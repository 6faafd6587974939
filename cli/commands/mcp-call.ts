import { text as readText } from 'node:stream/consumers';
import type { CallToolOptions, McpConnections } from '@exec-server/mcp';
import type { Command } from 'commander';
import { exitCodes, ExitError } from '../exit-codes.js';
import { seconds } from '../options.js';

interface CallFlags {
  readonly config?: string;
  readonly json: boolean;
  /** Milliseconds. */
  readonly timeout?: number;
}

const examples = `
Examples:
  exec-server mcp call files read_file '{"path": "/workspace/README.md"}'
  echo '{"path": "/workspace"}' | exec-server mcp call --config mcp.json files list_directory -

Prints the text of the result; with --json all of it. 1: the tool, or the server, has failed; 124: it took too long.`;

export function registerMcpCall(mcp: Command): void {
  mcp
    .command('call')
    .description('start one MCP server of a configuration, call a tool of it, and end it')
    .argument('<server>', 'its name in the configuration')
    .argument('<tool>', 'the tool to call')
    .argument('[json]', 'arguments, as a JSON object; `-` reads them from stdin', '{}')
    .option('--config <FILE>', 'configuration (default: mcp.toml, mcp.json or .mcp.json in this directory)')
    .option('--timeout <SECONDS>', 'longest time for the call', seconds)
    .option('--json', 'print the whole result as JSON', false)
    .addHelpText('after', examples)
    .action(call);
}

async function call(server: string, tool: string, json: string, flags: CallFlags): Promise<void> {
  const args = parseArguments(json === '-' ? await readText(process.stdin) : json);
  const { openServers, readConfig } = await import('../mcp-servers.js');
  const set = await readConfig(flags.config);
  const config = set.servers.get(server);
  if (!config) {
    const names = [...set.servers.keys()].join(', ');
    throw new ExitError(`${set.file} has no server ${JSON.stringify(server)}${names === '' ? '' : `; it has ${names}`}`, exitCodes.usage);
  }
  const only = { ...set, servers: new Map([[server, { ...config, isRequired: true, isEnabled: true }]]) };
  await using servers = await openServers(only, { stderr: (line) => console.error(line) });
  const result = await callTool(servers.connections, server, tool, args, { timeoutMs: flags.timeout });
  console.log(flags.json ? JSON.stringify(result, null, 2) : formatContent(result.content));
  if (result.isError) process.exitCode = exitCodes.failure;
}

async function callTool(
  connections: McpConnections,
  server: string,
  tool: string,
  args: Record<string, unknown>,
  options: CallToolOptions,
) {
  const { McpTimeoutError } = await import('@exec-server/mcp');
  try {
    return await connections.callTool(server, tool, args, options);
  } catch (error) {
    throw new ExitError((error as Error).message, error instanceof McpTimeoutError ? exitCodes.timedOut : exitCodes.failure);
  }
}

function parseArguments(text: string): Record<string, unknown> {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw new ExitError(`the arguments are no JSON: ${(error as Error).message}`, exitCodes.usage);
  }
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Record<string, unknown>;
  throw new ExitError('the arguments must be a JSON object', exitCodes.usage);
}

/** Text as it is; what is none, such as pictures, as JSON. */
function formatContent(content: readonly { readonly type: string; readonly text?: unknown }[]): string {
  return content.map((part) => (part.type === 'text' ? String(part.text) : JSON.stringify(part))).join('\n');
}
