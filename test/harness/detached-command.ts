import { type ExecServerHost, startExecServer } from 'exec-server/testing';
import { leaveSession } from './leave-session.js';

/** A process of a session without a client, and the variables with which the command line finds it. */
export interface DetachedCommand extends AsyncDisposable {
  readonly host: ExecServerHost;
  readonly id: string;
  readonly pid: number;
  readonly sessionId: string;
  readonly env: NodeJS.ProcessEnv;
}

/** Leaves a program running at a server. */
export async function startDetached(argv: readonly string[], tty = false): Promise<DetachedCommand> {
  const host = await startExecServer();
  const client = await host.connect();
  const { id, pid } = await client.processes.start({ argv, stdin: true, tty });
  await leaveSession(host, client);
  const { sessionId } = client;
  return {
    host,
    id,
    pid: pid as number,
    sessionId,
    env: { EXEC_SERVER_URL: host.url, EXEC_SERVER_TOKEN: host.token, EXEC_SERVER_SESSION: sessionId },
    [Symbol.asyncDispose]: () => host.close(),
  };
}
