import type { HttpRequestResult } from '@exec-server/protocol';
import { createExecServer, type ExecServer, type ExecServerOptions } from '@exec-server/server';
import { MemoryClient } from './memory-client.js';
import type { WireMessage } from './wire-client.js';

/** A client of a server whose variables are only those given, for as long as the body runs. */
export async function withExecutor(
  body: (client: MemoryClient, server: ExecServer) => Promise<void>,
  options: ExecServerOptions = {},
): Promise<void> {
  await using server = createExecServer({ environment: {}, ...options });
  await using client = await MemoryClient.open(server);
  await body(client, server);
}

/** Params of a request, with everything required filled in. */
export function requestParams(url: string, more: Readonly<Record<string, unknown>> = {}) {
  return { method: 'GET', url, requestId: 'r', ...more };
}

/** The response to a request. @throws Error when there is none */
export function fetchFrom(client: MemoryClient, url: string, more: Readonly<Record<string, unknown>> = {}): Promise<HttpRequestResult> {
  return client.result('http/request', requestParams(url, more));
}

/** Headers, as a client gives them. */
export function headers(...pairs: readonly (readonly [name: string, value: string])[]) {
  return pairs.map(([name, value]) => ({ name, value }));
}

export function textOf({ bodyBase64 }: HttpRequestResult): string {
  return Buffer.from(bodyBase64, 'base64').toString('latin1');
}

export interface StreamedBody {
  readonly text: string;
  readonly error: unknown;
  /** Bytes of each delta. */
  readonly sizes: readonly number[];
}

/** Waits for the last delta of a stream and returns all of it; their numbers have to be without gaps. */
export async function streamOf(client: MemoryClient, requestId = 'r', from = 0): Promise<StreamedBody> {
  const isDelta = ({ method, params }: WireMessage): boolean => method === 'http/request/bodyDelta' && params?.['requestId'] === requestId;
  const started = client.messages.slice(0, from).filter(isDelta).length;
  let seen = 0;
  await client.find((message) => isDelta(message) && ++seen > started && message.params?.['done'] === true);
  const deltas = client.messages.slice(from).filter(isDelta);
  for (const [at, { params }] of deltas.entries()) {
    if (params?.['seq'] !== at + 1) throw new Error(`delta ${at + 1} has the number ${String(params?.['seq'])}`);
  }
  const pieces = deltas.map(({ params }) => Buffer.from(String(params?.['deltaBase64']), 'base64'));
  return {
    text: Buffer.concat(pieces).toString('latin1'),
    error: deltas.at(-1)?.params?.['error'],
    sizes: pieces.map(({ length }) => length),
  };
}
