import { ExecClient } from '@exec-server/client';
import { encodeBase64, type HttpRequestResult } from '@exec-server/protocol';
import { type Script, ScriptedServer } from './scripted-server.js';

/** Everything a server can have of HTTP. */
export const httpCapabilities = ['httpCancel', 'httpTimeouts', 'httpFinalUrl', 'httpRequestBodyStream', 'credits'] as const;

/** A client on a scripted server that answers every HTTP request with 200, unless the script says otherwise. */
export async function connectHttp(script: Script = {}, capabilities: readonly string[] = httpCapabilities) {
  const all: Script = {
    'http/request': () => head(200),
    'http/cancel': () => ({ cancelled: true }),
    'http/grant': () => ({}),
    'http/requestBody': () => ({}),
    'environment/status': () => ({ status: 'ready' }),
    ...script,
  };
  const server = new ScriptedServer(all, { capabilities: ['sessionClose', ...capabilities] });
  const client = await ExecClient.connect(server.openChannel);
  return {
    server,
    client,
    /** Sends a piece of a body, in a turn of its own. */
    delta(
      requestId: string,
      seq: number,
      piece: string | Uint8Array,
      end: { readonly done?: boolean; readonly error?: string } = {},
    ): void {
      const deltaBase64 = encodeBase64(typeof piece === 'string' ? Buffer.from(piece) : piece);
      server.notify('http/request/bodyDelta', { requestId, seq, deltaBase64, done: end.done ?? false, error: end.error ?? null });
    },
    [Symbol.asyncDispose]: () => client.close(),
  };
}

export function head(status: number, headers: Readonly<Record<string, string>> = {}): HttpRequestResult {
  return { status, headers: Object.entries(headers).map(([name, value]) => ({ name, value })), bodyBase64: '' };
}
