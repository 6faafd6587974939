import type { ExecClient } from '@exec-server/client';
import type { ExecServerHost } from 'exec-server/testing';

/** Closes a client without its session; resolves when the server has noticed, so that another client can take it up. */
export async function leaveSession({ server }: ExecServerHost, client: ExecClient): Promise<void> {
  await client.close({ keepSession: true });
  const isAttached = (): boolean => server.inspect().sessions.some(({ id, state }) => id === client.sessionId && state === 'attached');
  while (isAttached()) await new Promise(setImmediate);
}
