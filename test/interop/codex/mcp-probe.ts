import { fileURLToPath } from 'node:url';

const fixture = fileURLToPath(new URL('../../../../fixtures/programs/mcp-probe.mjs', import.meta.url));

/**
 * Configures an MCP server `probe` on stdio, placed at the executor: with the argument `first`, a variable `GIVEN`, and
 * the executor's own `PLACE`. Its tools are `where` and `fill`.
 * @param cwd directory there
 */
export function mcpProbe(cwd: string): string {
  return `
[mcp_servers.probe]
command = "node"
args = ["${fixture}", "first"]
environment_id = "remote"
cwd = "${cwd}"
env = { GIVEN = "by the configuration" }
env_vars = [{ name = "PLACE", source = "remote" }]
`;
}
