import { type Limits, RpcError, writeNotification } from '@exec-server/protocol';
import { ChangeFeed, type WatchPeer } from './change-feed.js';
import type { BytePath } from './file-path.js';
import { type Condition, MissingWatch } from './missing-watch.js';
import type { Work } from './open-file.js';
import { TreeWatch } from './tree-watch.js';

export interface WatchRequest {
  /** Chosen by the client. */
  readonly watchId: string;
  readonly path: BytePath;
  readonly recursive: boolean;
}

/** One watch and the way its news take. */
interface Watch {
  readonly tree: TreeWatch;
  readonly feed: ChangeFeed;
}

/** The watches of one connection. */
export class Watches {
  readonly #peer: WatchPeer;
  readonly #limits: Limits;
  readonly #watches = new Map<string, Watch>();
  #directories = 0;
  #missing: MissingWatch | null = null;
  /** The highest id a watch for something missing has had. */
  #missingId = -1;

  constructor(peer: WatchPeer, limits: Limits) {
    this.#peer = peer;
    this.#limits = limits;
  }

  get ids(): readonly string[] {
    return [...this.#watches.keys()];
  }

  /**
   * Takes the id at once, and starts a watch; returns what lets its news go out.
   * @param work where it is started
   * @throws RpcError `fileRefused`, `handleTaken`, `tooManyHandles`, `limitExceeded`; the system's error
   */
  async watch({ watchId, path, recursive }: WatchRequest, work: Work): Promise<() => void> {
    const { handleIdBytes, watches } = this.#limits;
    if (Buffer.byteLength(watchId) > handleIdBytes) throw new RpcError('fileRefused', `watch ID must not exceed ${handleIdBytes} bytes`);
    if (this.#watches.has(watchId)) throw new RpcError('handleTaken', `watch \`${watchId}\` already exists`);
    if (this.#watches.size >= watches) throw new RpcError('tooManyHandles', `at most ${watches} watches may be open per connection`);
    const feed = new ChangeFeed(watchId, this.#peer, this.#limits);
    const tree = new TreeWatch(path, recursive, feed, { take: () => this.#takeDirectory(), give: () => this.#directories-- });
    const watch = { tree, feed };
    this.#watches.set(watchId, watch);
    try {
      await work(() => tree.start());
    } catch (error) {
      if (this.#watches.get(watchId) === watch) this.unwatch(watchId);
      throw error;
    }
    return () => feed.release();
  }

  unwatch(watchId: string): void {
    const watch = this.#watches.get(watchId);
    if (!watch) return;
    this.#watches.delete(watchId);
    watch.tree.close();
    watch.feed.close();
  }

  /** Replaces the watch for something missing; returns what lets its news go out, or null when there is nothing to wait for. */
  async watchMissing(watchId: number, condition: Condition | null, work: Work): Promise<(() => void) | null> {
    if (watchId <= this.#missingId) return null;
    this.#missingId = watchId;
    this.#missing?.close();
    this.#missing = null;
    if (!condition) return null;
    const watch = new MissingWatch();
    this.#missing = watch;
    if (!(await work(() => watch.start(condition)))) return null;
    return () => watch.notify(() => this.#peer.notify(writeNotification('fs/missingChanged', { watchId })));
  }

  /** The connection has room again. */
  drained(): void {
    for (const { feed } of this.#watches.values()) feed.drained();
  }

  close(): void {
    for (const watchId of this.#watches.keys()) this.unwatch(watchId);
    this.#missing?.close();
  }

  #takeDirectory(): boolean {
    if (this.#directories >= this.#limits.watchedDirectories) return false;
    this.#directories++;
    return true;
  }
}
