import { Client, type ClientOptions } from '@modelcontextprotocol/client';
import { connectMcp, type ConnectMcpOptions, ExecutorStdioClientTransport, type ExecutorStdioOptions } from '@exec-server/mcp';
import type { ExecServerHost } from 'exec-server/testing';
import { fixture } from './mcp-servers.js';

/** A transport to one of our fixtures on the host. */
export function transportTo(
  host: ExecServerHost,
  [command, args]: [command: string, args: string[]],
  options: Partial<ExecutorStdioOptions> = {},
): ExecutorStdioClientTransport {
  return new ExecutorStdioClientTransport({ client: host.client, command, args, cwd: '/tmp', ...options });
}

/** A client of the SDK that is connected to one of our fixtures on the host. */
export async function connectTo(
  host: ExecServerHost,
  name: string,
  options: Partial<ExecutorStdioOptions> &
    ConnectMcpOptions & { readonly client?: ExecServerHost['client']; readonly sdk?: ClientOptions } = {},
) {
  const transport = transportTo(host, fixture(name), options);
  const client = new Client({ name: 'test', version: '1' }, options.sdk);
  await connectMcp(client, transport, options);
  return { client, transport, [Symbol.asyncDispose]: () => client.close() };
}

/** Calls the only tool of a fixture. */
export async function echo(client: Client, text: string, more: Record<string, unknown> = {}): Promise<string> {
  const { content } = await client.callTool({ name: 'echo', arguments: { text, ...more } });
  return (content as { text: string }[]).map((part) => part.text).join('');
}

/** Waits until no process lives on the host. @throws Error when some do after ten seconds */
export async function allGone(host: ExecServerHost): Promise<void> {
  for (const deadline = Date.now() + 10_000; ;) {
    const { liveProcesses } = host.inspect().server;
    if (liveProcesses === 0) return;
    if (Date.now() > deadline) throw new Error(`${liveProcesses} processes are left on the executor`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
