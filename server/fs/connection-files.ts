import type { FileHandle } from 'node:fs/promises';
import { RpcError } from '@exec-server/protocol';
import { AnswerRoom } from './answer-room.js';
import type { WatchPeer } from './change-feed.js';
import type { FsHost } from './fs-host.js';
import { OpenFile } from './open-file.js';
import { Watches } from './watches.js';

/** Open files and watches of one connection. */
export class ConnectionFiles {
  readonly host: FsHost;
  readonly watches: Watches;
  /** Content of files that is on its way to the peer. */
  readonly room: AnswerRoom;
  /** By the id the client has chosen. */
  readonly #files = new Map<string, OpenFile>();
  /** All that are not closed yet. */
  readonly #live = new Set<OpenFile>();

  constructor(host: FsHost, peer: WatchPeer) {
    this.host = host;
    this.watches = new Watches(peer, host.limits);
    this.room = new AnswerRoom(host.limits.fileAnswerBytes);
  }

  /**
   * Gives an open file its id, before it is open.
   * @throws RpcError `fileRefused`, `handleTaken`, `tooManyHandles`; what `open` throws
   */
  async open(handleId: string, open: () => Promise<FileHandle>): Promise<void> {
    const { handleIdBytes, openFiles } = this.host.limits;
    if (Buffer.byteLength(handleId) > handleIdBytes)
      throw new RpcError('fileRefused', `file handle ID must not exceed ${handleIdBytes} bytes`);
    if (this.#files.has(handleId)) throw new RpcError('handleTaken', `file handle \`${handleId}\` already exists`);
    if (this.#live.size >= openFiles) throw new RpcError('tooManyHandles', `at most ${openFiles} file handles may be open per connection`);
    const file = new OpenFile(open());
    this.#files.set(handleId, file);
    this.#live.add(file);
    try {
      await file.opened();
    } catch (error) {
      await this.#drop(handleId, file);
      throw error;
    }
  }

  /**
   * Uses an open file. One that fails is closed.
   * @throws RpcError `unknownHandle`; what `task` throws
   */
  async use<Result>(handleId: string, task: (file: OpenFile) => Promise<Result>): Promise<Result> {
    const file = this.#files.get(handleId);
    if (!file || file.hasFailed) throw unknownHandle(handleId);
    try {
      return await task(file);
    } finally {
      if (file.hasFailed) void this.#drop(handleId, file).catch(() => undefined);
    }
  }

  /** The id is free at once. One that is not open is no error. */
  async closeFile(handleId: string): Promise<void> {
    const file = this.#files.get(handleId);
    if (file) await this.#drop(handleId, file);
  }

  /** The connection has room again. */
  drained(): void {
    this.watches.drained();
  }

  /** Ends all of them. */
  close(): void {
    this.room.close();
    this.watches.close();
    for (const [handleId, file] of this.#files) void this.#drop(handleId, file).catch(() => undefined);
  }

  inspect() {
    return { open: [...this.#files.keys()], watches: this.watches.ids, answerBytes: this.room.used };
  }

  async #drop(handleId: string, file: OpenFile): Promise<void> {
    if (this.#files.get(handleId) === file) this.#files.delete(handleId);
    try {
      await file.close();
    } finally {
      this.#live.delete(file);
    }
  }
}

export function unknownHandle(handleId: string): RpcError {
  return new RpcError('unknownHandle', `unknown file handle \`${handleId}\``);
}
