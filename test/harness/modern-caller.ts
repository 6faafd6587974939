import * as assert from 'uvu/assert';
import type { McpAnswer, McpCaller, McpMessage } from './mcp-caller.js';
import type { GatewayHost } from './mcp-gateway.js';
import { fixture } from './mcp-servers.js';

/** The revision without handshake and session. */
export const modernRevision = '2026-07-28';
/** Of the members of `_meta` that belong to the protocol. */
export const metaPrefix = 'io.modelcontextprotocol/';

/** What a modern request says besides its params. */
export interface Asking {
  readonly id?: string;
  readonly capabilities?: unknown;
  readonly meta?: Readonly<Record<string, unknown>>;
  readonly headers?: Readonly<Record<string, string | undefined>>;
}

/** Sends a modern request with all that it needs. */
export function askModern(
  caller: McpCaller,
  method: string,
  params: Readonly<Record<string, unknown>> = {},
  { id = '1', capabilities = {}, meta = {}, headers = {} }: Asking = {},
): Promise<McpAnswer> {
  const envelope = { [`${metaPrefix}protocolVersion`]: modernRevision, [`${metaPrefix}clientCapabilities`]: capabilities, ...meta };
  const text = `{"jsonrpc":"2.0","id":${id},"method":${JSON.stringify(method)},"params":${JSON.stringify({ ...params, _meta: envelope })}}`;
  const name = params['name'] ?? params['uri'];
  const named = ['tools/call', 'prompts/get', 'resources/read'].includes(method) && typeof name === 'string' ? { 'mcp-name': name } : {};
  return caller.post(text, { 'mcp-protocol-version': modernRevision, 'mcp-method': method, ...named, ...headers });
}

/** The message that answers a request. */
export async function resultOf(answer: McpAnswer | Promise<McpAnswer>): Promise<McpMessage> {
  return (await (await answer).response()).json;
}

/** The text of the result of a call. */
export function textOf(found: Readonly<Record<string, unknown>> = {}): string {
  return (found['content'] as { text: string }[])[0]?.text ?? '';
}

/** Registers the fixture that speaks the modern revision only. */
export async function registerModern(host: GatewayHost, name = 'modern', more: Readonly<Record<string, unknown>> = {}): Promise<void> {
  const [command, args] = fixture('modern');
  const answer = await host.rest('POST', '', { name, transport: 'stdio', command, args, ...more });
  assert.is(answer.status, 201, answer.text);
  assert.is(answer.json['protocolVersion'], modernRevision);
}
