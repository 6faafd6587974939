import { RpcError } from '@exec-server/protocol';
import { DisconnectedError, SessionLostError } from '../errors.js';
import type { SessionClient } from '../session/session-client.js';

export interface OpenOptions {
  /** `replace` creates the file, or empties it; `update` leaves what is in it. */
  readonly mode: 'read' | 'replace' | 'update';
  readonly signal?: AbortSignal | undefined;
}

/**
 * Files open on the server. A handle belongs to one connection and ends with it; no name of one is used twice, so that a
 * request meant for a handle that is gone can never reach another file.
 */
export class FileHandles {
  readonly #session: SessionClient;
  #opened = 0;

  constructor(session: SessionClient) {
    this.#session = session;
  }

  get session(): SessionClient {
    return this.#session;
  }

  /** Opens a file and returns its handle, which the caller closes. Opening twice does what opening once does: it is repeated. */
  async open(path: string, { mode, signal }: OpenOptions): Promise<string> {
    const handleId = `file-${++this.#opened}`;
    try {
      await this.#session.call('fs/open', { handleId, path, mode }, { signal, isRepeatable: true });
    } catch (error) {
      if (signal?.aborted) void this.close(handleId); // it may have been opened all the same
      throw error;
    }
    return handleId;
  }

  /** Resolves when the handle is closed. With the connection it is gone by itself, and what it wrote stays written. */
  async close(handleId: string): Promise<void> {
    if (this.#session.state !== 'ready') return;
    try {
      await this.#session.call('fs/close', { handleId }, { isUrgent: true });
    } catch (error) {
      if (!(error instanceof DisconnectedError)) throw error;
    }
  }
}

/** Whether a request failed because its handle went with the connection, and the file can be opened again on another. */
export function isHandleLost(error: unknown): boolean {
  if (error instanceof DisconnectedError) return !(error instanceof SessionLostError);
  return error instanceof RpcError && error.code === unknownHandle;
}

/** How often a file is opened again after the line broke without a block between. */
export const mostReopenings = 8;

/** Of requests that name a handle instead of a path. */
const unknownHandle = -32004;
