import * as assert from 'uvu/assert';
import { GatewayHost } from './mcp-gateway.js';
import { type HttpAnswer, McpHttpServer } from './mcp-http-server.js';

/** A gateway with one HTTP upstream, `web`, that answers as told. */
export async function withUpstream(
  answer: HttpAnswer,
  body: (host: GatewayHost, upstream: McpHttpServer) => Promise<void>,
  more: Readonly<Record<string, unknown>> = {},
): Promise<void> {
  await using upstream = await McpHttpServer.start(answer);
  await using host = await GatewayHost.start({ limits: { mcpRestartDelayMs: 20, mcpRetryMs: 20 } });
  const registered = await host.rest('POST', '', { name: 'web', transport: 'http', url: upstream.url, ...more });
  assert.is(registered.status, 201, registered.text);
  await body(host, upstream);
}

/** A message as an event of a stream. */
export const event = (message: unknown, id?: string): string =>
  `${id === undefined ? '' : `id: ${id}\n`}data: ${JSON.stringify(message)}\n\n`;

/** The result of a tool. */
export const resultFor = (id: unknown, text = 'ok') => ({ jsonrpc: '2.0', id, result: { content: [{ type: 'text', text }] } });
