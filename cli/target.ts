import { readFileSync } from 'node:fs';
import { connect, ConnectionRefusedError, type ExecClient, RpcError } from '@exec-server/client';
import { exitCodes, ExitError } from './exit-codes.js';
import type { ServerFlags } from './options.js';

/** A connected client, and how to part from it. */
export interface Target extends AsyncDisposable {
  readonly client: ExecClient;
  /** The server lives only for this command, on this machine. */
  readonly isEmbedded: boolean;
  /** The session shall outlive this command. */
  keepSession: boolean;
}

/**
 * Connects to the server the flags name; without a URL, to one of its own in this process.
 * @throws ExitError with what is wrong
 */
export async function openTarget(flags: ServerFlags): Promise<Target> {
  if (flags.url !== undefined) return openRemote(flags.url, flags);
  if (flags.session !== undefined) throw new ExitError('--session needs --url: a session lives in a server', exitCodes.usage);
  return openEmbedded();
}

/** As {@link openTarget}, for commands about the files of another machine: "remote" must not mean this one by mistake. */
export async function openFiles(flags: ServerFlags): Promise<Target> {
  if (flags.url === undefined) throw new ExitError('--url is missing: which server has the files?', exitCodes.usage);
  return openRemote(flags.url, flags);
}

/** As {@link openTarget}, for commands that make no sense without a session. */
export async function openSession(flags: ServerFlags): Promise<Target> {
  if (flags.url === undefined) throw new ExitError('--url is missing: which server has the session?', exitCodes.usage);
  if (flags.session === undefined) throw new ExitError('--session is missing: "exec --detach" prints one', exitCodes.usage);
  const target = await openRemote(flags.url, flags);
  target.keepSession = true;
  return target;
}

async function openRemote(url: string, { tokenFile, session }: ServerFlags): Promise<Target> {
  if (!/^wss?:\/\//i.test(url) || !URL.canParse(url))
    throw new ExitError(`--url must be a ws:// or wss:// URL, not ${url}`, exitCodes.usage);
  const token = readToken(tokenFile);
  let client: ExecClient;
  try {
    client = await connect(url, { token, sessionId: session, clientName: 'exec-server command line' });
  } catch (error) {
    throw new ExitError(explain(url, error as Error), exitCodes.disconnected);
  }
  const target: Target = {
    client,
    isEmbedded: false,
    keepSession: session !== undefined,
    [Symbol.asyncDispose]: () => client.close({ keepSession: target.keepSession }),
  };
  return target;
}

async function openEmbedded(): Promise<Target> {
  const { createExecServer } = await import('@exec-server/server');
  const { ExecClient: Client } = await import('@exec-server/client');
  const server = createExecServer();
  process.once('exit', () => server.killAll());
  const client = await Client.connect(async () => server.connect(), { resumeWindowMs: 0 });
  return {
    client,
    isEmbedded: true,
    keepSession: false,
    async [Symbol.asyncDispose]() {
      await client.close();
      await server.close();
    },
  };
}

/** The token comes from a file or the environment: arguments can be read by everybody on the machine. */
export function readToken(file: string | undefined): string | undefined {
  if (file === undefined) return process.env['EXEC_SERVER_TOKEN'];
  try {
    return readFileSync(file, 'utf8').trim();
  } catch (error) {
    throw new ExitError(`failed to read the token: ${(error as Error).message}`);
  }
}

function explain(url: string, error: Error): string {
  if (error instanceof ConnectionRefusedError && error.status === 401) {
    return `${url} wants credentials (${error.message}): set EXEC_SERVER_TOKEN or --token-file`;
  }
  if (error instanceof RpcError && error.code === -32010) return `the session is in use by another connection: ${error.message}`;
  if (error instanceof RpcError) return `${url} refused: ${error.message}`;
  return `cannot connect to ${url}: ${error.message}`;
}
