import type { Command } from 'commander';
import { registerMcpBridge } from './mcp-bridge.js';
import { registerMcpCall } from './mcp-call.js';
import { registerMcpRun } from './mcp-run.js';
import { registerMcpUpstreams } from './mcp-upstreams.js';

/** What has to do with MCP servers. */
export function registerMcp(program: Command): void {
  const mcp = program.command('mcp').description('MCP servers, here and on other machines');
  for (const register of [registerMcpRun, registerMcpCall, registerMcpBridge, registerMcpUpstreams]) register(mcp);
}
