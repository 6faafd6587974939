import { ExecClient, type RemoteProcess, type StartOptions } from '@exec-server/client';
import { encodeBase64 } from '@exec-server/protocol';
import { type Script, ScriptedServer, type ScriptedServerOptions } from './scripted-server.js';

/** A process on a scripted server, and what the server says of it. */
export interface ScriptedProcess extends AsyncDisposable {
  readonly server: ScriptedServer;
  readonly client: ExecClient;
  readonly process: RemoteProcess;
  /** Output arrives, in a turn of its own. */
  output(seq: number, chunk: string | Uint8Array, stream?: 'stdout' | 'stderr' | 'pty'): void;
  exited(seq: number, exitCode?: number, signal?: string): void;
  closed(seq: number): void;
}

/** Starts process `p`. */
export async function startScriptedProcess(
  script: Script = {},
  serverOptions: ScriptedServerOptions = {},
  startOptions: Partial<StartOptions> = {},
): Promise<ScriptedProcess> {
  const server = new ScriptedServer(script, serverOptions);
  const client = await ExecClient.connect(server.openChannel);
  const processId = startOptions.processId ?? 'p';
  const process = await client.processes.start({ argv: ['program'], stdin: true, ...startOptions, processId });
  return {
    server,
    client,
    process,
    output: (seq, chunk, stream = 'stdout') =>
      server.notify('process/output', {
        processId,
        seq,
        stream,
        chunk: encodeBase64(typeof chunk === 'string' ? Buffer.from(chunk) : chunk),
      }),
    exited: (seq, exitCode = 0, signal) =>
      server.notify('process/exited', { processId, seq, exitCode, sandboxDenied: false, ...(signal === undefined ? {} : { signal }) }),
    closed: (seq) => server.notify('process/closed', { processId, seq }),
    [Symbol.asyncDispose]: () => client.close(),
  };
}

/** What a server answers to a read of a process that has said nothing. */
export const emptyRead = { chunks: [], nextSeq: 1, exited: false, exitCode: null, closed: false, failure: null } as const;

/** One turn of the event loop: what a scripted server sent before has arrived after it. */
export function turn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
