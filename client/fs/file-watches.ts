import { limits, type Notifications } from '@exec-server/protocol';
import type { FileRequests, Place } from './file-requests.js';
import type { FsChange, WatchOptions } from './fs-options.js';

/** The watches of a session. They end with the connection, and are set up again on the next one. */
export class FileWatches {
  readonly #requests: FileRequests;
  readonly #watches = new Map<string, FileWatch>();
  #made = 0;

  constructor(requests: FileRequests) {
    this.#requests = requests;
  }

  /** Resolves when the server watches. The caller closes it. */
  async start(place: Place, options: WatchOptions): Promise<FileWatch> {
    options.signal?.throwIfAborted();
    const id = `watch-${++this.#made}`;
    const watch = new FileWatch(this.#requests, id, { ...options, place }, () => this.#watches.delete(id));
    this.#watches.set(id, watch); // notifications may come before the answer
    try {
      await watch.begin();
    } catch (error) {
      await watch.close();
      throw error;
    }
    return watch;
  }

  changed(params: Notifications['fs/changed']): void {
    this.#watches.get(params.watchId)?.changed(params);
  }

  resumed(): void {
    for (const watch of this.#watches.values()) watch.resumed();
  }

  ended(error: Error): void {
    for (const watch of this.#watches.values()) watch.fail(error);
  }
}

/**
 * Changes as they come, those that nobody has taken yet joined: the reader may be slow, and is told when it has to look at
 * everything again. One reader; leaving its loop ends the watch.
 */
export class FileWatch implements AsyncIterable<FsChange>, AsyncDisposable {
  readonly #requests: FileRequests;
  readonly #id: string;
  readonly #options: WatchOptions & { readonly place: Place };
  readonly #onEnd: () => void;
  readonly #uris = new Set<string>();
  #resync = false;
  #lastVersion = 0;
  #isBeginning = false;
  #wasEnded = false;
  #failure: Error | null = null;
  #isOver = false;
  #wake: (() => void) | null = null;

  /** For the watches of a session. */
  constructor(requests: FileRequests, id: string, options: WatchOptions & { readonly place: Place }, onEnd: () => void) {
    this.#requests = requests;
    this.#id = id;
    this.#options = options;
    this.#onEnd = onEnd;
    options.signal?.addEventListener('abort', this.#abort);
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<FsChange, void> {
    try {
      for (let change = await this.next(); change; change = await this.next()) yield change;
    } finally {
      await this.close();
    }
  }

  /** The next change, or null when the watch was closed. @throws what ended it otherwise */
  async next(): Promise<FsChange | null> {
    for (;;) {
      if (this.#uris.size > 0 || this.#resync) return this.#take();
      if (this.#failure) throw this.#failure;
      if (this.#isOver) return null;
      await new Promise<void>((resolve) => (this.#wake = resolve));
    }
  }

  /** Ends it; with the connection it is gone by itself. */
  async close(): Promise<void> {
    if (this.#isOver) return;
    this.#end();
    const { session } = this.#requests;
    if (session.state === 'ready') await session.call('fs/unwatch', { watchId: this.#id }, { isUrgent: true }).catch(() => undefined);
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  // For the watches of the session

  /** Resolves when the server watches. */
  async begin(): Promise<void> {
    const { place, recursive = false, signal } = this.#options;
    this.#isBeginning = true;
    this.#lastVersion = 0;
    try {
      await this.#requests.call('fs/watch', { watchId: this.#id, path: place.uri, recursive }, place, { signal });
    } finally {
      this.#isBeginning = false;
    }
  }

  changed({ version, paths, resync, ended = false }: Notifications['fs/changed']): void {
    if (resync || ended || version !== this.#lastVersion + 1) this.#resync = true;
    this.#lastVersion = version;
    for (const path of paths) this.#uris.add(path);
    if (this.#uris.size > limits.watchedChanges) {
      this.#uris.clear();
      this.#resync = true;
    }
    this.#notify();
    if (!ended) return;
    this.#wasEnded = true;
    this.#end();
  }

  /** Nobody knows what has changed while the line was broken. */
  resumed(): void {
    if (this.#isBeginning) return; // it is asked for again on the new connection
    this.begin().then(
      () => {
        this.#resync = true;
        this.#notify();
      },
      (error: Error) => this.fail(error),
    );
  }

  fail(error: Error): void {
    if (this.#isOver) return;
    this.#failure = error;
    this.#end();
  }

  #take(): FsChange {
    const changed = [...this.#uris].map((uri) => this.#requests.nameOf(uri));
    const change = { changed, resync: this.#resync, ended: this.#wasEnded };
    this.#uris.clear();
    this.#resync = false;
    return change;
  }

  #end(): void {
    this.#isOver = true;
    this.#options.signal?.removeEventListener('abort', this.#abort);
    this.#onEnd();
    this.#notify();
  }

  readonly #abort = (): void => {
    this.#failure = this.#options.signal?.reason as Error;
    void this.close();
  };

  #notify(): void {
    this.#wake?.();
    this.#wake = null;
  }
}
