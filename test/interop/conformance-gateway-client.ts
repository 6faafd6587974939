// What the official conformance runner tests as a client: `node conformance-gateway-client.js URL`, the scenario in the
// environment. The server of the runner is an upstream of the gateway; a caller of the gateway does what the scenario wants.
import { askModern, resultOf } from '../harness/modern-caller.js';
import { GatewayHost } from '../harness/mcp-gateway.js';
import type { McpCaller, McpMessage } from '../harness/mcp-caller.js';

interface Tool {
  readonly name: string;
  readonly inputSchema: unknown;
}

const url = process.argv.at(-1) ?? '';
const scenario = process.env['MCP_CONFORMANCE_SCENARIO'] ?? '';
const context = JSON.parse(process.env['MCP_CONFORMANCE_CONTEXT'] ?? '{}') as {
  readonly toolCalls?: readonly { name: string; arguments: unknown }[];
};
const capabilities = { elicitation: { form: {} }, sampling: {}, roots: {} };

await using host = await GatewayHost.start();
const registered = await host.rest('POST', '', { name: 'runner', transport: 'http', url });
if (registered.status !== 201) throw new Error(registered.text);
const session = await host.session({ capabilities });
const { tools } = (await session.request('tools/list')).result as { tools: readonly Tool[] };
await session.request('resources/list');
await session.request('prompts/list');

for (const call of callsFor(tools)) await callTool(session, call);
if (scenario === 'http-standard-headers') {
  await session.request('resources/read', { uri: 'file:///path/to/file%20name.txt' });
  const { prompts } = (await session.request('prompts/list')).result as { prompts: readonly { name: string }[] };
  await session.request('prompts/get', { name: prompts[0]?.name ?? 'none' });
}
// A caller of the other era, where nothing depends on who asks.
if (scenario === 'tools_call') {
  const again = await resultOf(askModern(session, 'tools/call', { name: 'add_numbers', arguments: { a: 1, b: 2 } }, { capabilities }));
  if (again.error) throw new Error(again.error.message);
}

function callsFor(all: readonly Tool[]): readonly { name: string; arguments: unknown }[] {
  if (context.toolCalls) return context.toolCalls;
  const rich = all.find(({ name }) => name === 'json_schema_2020_12_tool');
  return all.map(({ name }) => {
    if (name === 'add_numbers') return { name, arguments: { a: 5, b: 3 } };
    return { name, arguments: name === 'json_schema_echo' ? { schema: rich?.inputSchema } : {} };
  });
}

function isOver({ result, error }: McpMessage): boolean {
  return result !== undefined || error !== undefined;
}

/** Calls a tool and answers with nothing but the defaults what is asked meanwhile. */
async function callTool(
  caller: McpCaller,
  { name, arguments: args }: { readonly name: string; readonly arguments: unknown },
): Promise<void> {
  const answer = await caller.begin('tools/call', { name, arguments: args });
  const asked = new Set<unknown>();
  for (;;) {
    const next = await answer.find((message) => isOver(message) || (message.method === 'elicitation/create' && !asked.has(message.id)));
    if (isOver(next.json)) return;
    asked.add(next.json.id);
    await caller.post({ jsonrpc: '2.0', id: next.json.id, result: { action: 'accept', content: defaultsOf(next.json.params) } });
  }
}

/** The user accepts what the form has already; a caller fills that in, not the gateway. */
function defaultsOf(params: Readonly<Record<string, unknown>> = {}): Record<string, unknown> {
  const { properties = {} } = (params['requestedSchema'] ?? {}) as { properties?: Record<string, { type?: string; default?: unknown }> };
  return Object.fromEntries(
    Object.entries(properties).flatMap(([name, property]) => {
      if (property.default !== undefined) return [[name, property.default]];
      return property.type === 'boolean' ? [[name, true]] : [];
    }),
  );
}
