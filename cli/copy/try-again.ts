import { DisconnectedError, type ExecClient, FileChangedError } from '@exec-server/client';
import { limits } from '@exec-server/protocol';

/** Whether the session is over: nothing can be copied any more. */
export function isSessionOver(client: ExecClient, error: unknown): boolean {
  return error instanceof DisconnectedError && client.state === 'closed';
}

/**
 * Does something that leaves nothing behind when it fails again from its beginning, after the line broke in the middle of
 * it or the file it read was changed.
 */
export async function tryAgain<Result>(client: ExecClient, work: () => Promise<Result>): Promise<Result> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await work();
    } catch (error) {
      const isPassing = error instanceof FileChangedError || (error instanceof DisconnectedError && !isSessionOver(client, error));
      if (!isPassing || attempt === limits.copyAttempts) throw error;
    }
  }
}
