import { Client as ClientV2, type ElicitResult } from '@modelcontextprotocol/client';
import { Client as ClientV1 } from '@modelcontextprotocol/sdk/client/index.js';
import { StreamableHTTPClientTransport as HttpV1 } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import {
  CallToolResultSchema,
  CreateMessageRequestSchema,
  type CreateMessageResult,
  ElicitRequestSchema,
  ListRootsRequestSchema,
} from '@modelcontextprotocol/sdk/types.js';
import type { ExecClient } from '@exec-server/client';
import { connectMcp, type ExecutorStdioClientTransport, PlacedHttpClientTransport } from '@exec-server/mcp';

export interface CallOptions {
  readonly signal?: AbortSignal;
  readonly onprogress?: (progress: { progress: number }) => void;
}

/** What the tests need of a client of the SDK, of either line. */
export interface McpDriver extends AsyncDisposable {
  listTools(): Promise<readonly { readonly name: string }[]>;
  /** The text of the result. */
  callTool(name: string, args: Record<string, unknown>, options?: CallOptions): Promise<string>;
  /** The first of the resources, as text or base64. */
  listResources(): Promise<readonly { readonly uri: string }[]>;
  readResource(uri: string): Promise<string>;
  listPrompts(): Promise<readonly { readonly name: string }[]>;
  getPrompt(name: string, args: Record<string, string>): Promise<string>;
}

/** What the clients answer when a server asks, beside their roots. */
export const answers = {
  sampling: { model: 'none', role: 'assistant', content: { type: 'text', text: 'said by the host' } } satisfies CreateMessageResult,
  elicitation: { action: 'accept', content: { name: 'filled in by the host', check: true } } satisfies ElicitResult,
};
const capabilities = { sampling: {}, elicitation: {}, roots: { listChanged: true } };
const identity = { name: 'test', version: '1' };

type Place =
  | { readonly stdio: ExecutorStdioClientTransport }
  | { readonly url: string; readonly fetch: typeof fetch; readonly client: ExecClient };

const toRoots = (directories: readonly string[]) => directories.map((directory) => ({ uri: `file://${directory}`, name: 'root' }));

const textOf = (parts: unknown): string => (parts as { text?: string }[]).map(({ text = '' }) => text).join('\n');

/** A client of the second line of the SDK, over HTTP on our transport. */
export async function driveV2(place: Place, directories: readonly string[]): Promise<McpDriver> {
  const client = new ClientV2(identity, { capabilities });
  client.setRequestHandler('roots/list', () => ({ roots: toRoots(directories) }));
  client.setRequestHandler('sampling/createMessage', () => answers.sampling);
  client.setRequestHandler('elicitation/create', () => answers.elicitation);
  if ('stdio' in place) await connectMcp(client, place.stdio);
  else await connectMcp(client, new PlacedHttpClientTransport(place));
  return {
    listTools: async () => (await client.listTools()).tools,
    callTool: async (name, args, options) => textOf((await client.callTool({ name, arguments: args }, options)).content),
    listResources: async () => (await client.listResources()).resources,
    readResource: async (uri) => textOf((await client.readResource({ uri })).contents),
    listPrompts: async () => (await client.listPrompts()).prompts,
    getPrompt: async (name, args) => textOf((await client.getPrompt({ name, arguments: args })).messages.map(({ content }) => content)),
    [Symbol.asyncDispose]: () => client.close(),
  };
}

/** A client of the first line of the SDK, over HTTP on its own transport with our `fetch`. */
export async function driveV1(place: Place, directories: readonly string[]): Promise<McpDriver> {
  const client = new ClientV1(identity, { capabilities });
  client.setRequestHandler(ListRootsRequestSchema, () => ({ roots: toRoots(directories) }));
  client.setRequestHandler(CreateMessageRequestSchema, () => answers.sampling);
  client.setRequestHandler(ElicitRequestSchema, () => answers.elicitation);
  if ('stdio' in place) await connectMcp(client, place.stdio);
  else await client.connect(new HttpV1(new URL(place.url), { fetch: place.fetch }));
  return {
    listTools: async () => (await client.listTools()).tools,
    callTool: async (name, args, options) =>
      textOf((await client.callTool({ name, arguments: args }, CallToolResultSchema, options)).content),
    listResources: async () => (await client.listResources()).resources,
    readResource: async (uri) => textOf((await client.readResource({ uri })).contents),
    listPrompts: async () => (await client.listPrompts()).prompts,
    getPrompt: async (name, args) => textOf((await client.getPrompt({ name, arguments: args })).messages.map(({ content }) => content)),
    [Symbol.asyncDispose]: () => client.close(),
  };
}
