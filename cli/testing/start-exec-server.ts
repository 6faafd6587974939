import { randomBytes } from 'node:crypto';
import { connect, type ExecClient, type WebSocketConnectOptions } from '@exec-server/client';
import { BearerTokenAuthenticator, createExecServer, type ExecServer, type ExecServerOptions } from '@exec-server/server';

export interface StartExecServerOptions {
  /** Options of the server; a random token guards it unless an authenticator is given. */
  readonly server?: ExecServerOptions | undefined;
  /** Options of `client`. */
  readonly client?: Omit<WebSocketConnectOptions, 'token'> | undefined;
  /** Checks, when it is closed, that nothing is left; true by default. */
  readonly checkLeaks?: boolean | undefined;
}

/** What lives on both sides, as plain data. */
export interface HostInspection {
  readonly server: ReturnType<ExecServer['inspect']>;
  readonly clients: readonly ReturnType<ExecClient['inspect']>[];
}

/** Something outlived the server that was to end with it. */
export class LeakError extends Error {
  override readonly name = 'LeakError';
}

/** A running server on a free port of 127.0.0.1 and a connected client. Closing it closes both. */
export interface ExecServerHost extends AsyncDisposable {
  readonly url: string;
  readonly token: string;
  readonly client: ExecClient;
  readonly server: ExecServer;
  /** A further client; it is closed with the host. */
  connect(options?: WebSocketConnectOptions & { readonly url?: string }): Promise<ExecClient>;
  inspect(): HostInspection;
  /** @throws LeakError when something is left */
  close(): Promise<void>;
}

/**
 * Starts a server and a client of it for a test:
 *
 * ```ts
 * await using host = await startExecServer();
 * const process = await host.client.processes.start({ argv: ['uname'] });
 * ```
 */
export async function startExecServer(options: StartExecServerOptions = {}): Promise<ExecServerHost> {
  const token = randomBytes(24).toString('base64url');
  const server = createExecServer({ authenticator: BearerTokenAuthenticator.forToken(token), ...options.server });
  const clients: ExecClient[] = [];
  let closing: Promise<void> | null = null;
  const close = async (): Promise<void> => {
    await Promise.all(clients.map((client) => client.close()));
    await server.close();
    if (options.checkLeaks !== false) checkLeaks(server);
  };
  try {
    const url = await server.listen();
    const open = async ({ url: other, ...rest }: WebSocketConnectOptions & { readonly url?: string } = {}): Promise<ExecClient> => {
      const client = await connect(other ?? url, { token, ...rest });
      clients.push(client);
      return client;
    };
    const host: ExecServerHost = {
      url,
      token,
      server,
      client: await open(options.client),
      connect: open,
      inspect: () => ({ server: server.inspect(), clients: clients.map((client) => client.inspect()) }),
      close: () => (closing ??= close()),
      [Symbol.asyncDispose]: () => host.close(),
    };
    return host;
  } catch (error) {
    await close();
    throw error;
  }
}

function checkLeaks(server: ExecServer): void {
  const { connections, sessions, liveProcesses, retainedBytes } = server.inspect();
  const left = { connections: connections.length, sessions: sessions.length, liveProcesses, retainedBytes };
  const names = Object.entries(left).filter(([, count]) => count !== 0);
  if (names.length > 0)
    throw new LeakError(`left over after the server was closed: ${names.map(([name, count]) => `${count} ${name}`).join(', ')}`);
}
