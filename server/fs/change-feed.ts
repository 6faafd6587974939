import { type Limits, writeNotification } from '@exec-server/protocol';
import { type BytePath, toUri } from './file-path.js';

/** What a feed needs of the connection. */
export interface WatchPeer {
  /** More is waiting for the network than should be. */
  readonly isCongested: boolean;
  /** Sends one finished message. */
  notify(frame: string): void;
}

/**
 * The changes of one watch on their way to the client: those that come close together, or while the connection is congested, go
 * together. Too many become the advice to look at everything again. The owner closes it.
 */
export class ChangeFeed {
  readonly #watchId: string;
  readonly #peer: WatchPeer;
  readonly #limits: Limits;
  readonly #paths = new Set<BytePath>();
  #events = 0;
  #resync = false;
  #ended = false;
  #version = 0;
  #timer: NodeJS.Timeout | null = null;
  /** Held back until the answer to the request is out. */
  #isHeld = true;

  constructor(watchId: string, peer: WatchPeer, limits: Limits) {
    this.#watchId = watchId;
    this.#peer = peer;
    this.#limits = limits;
  }

  /** Lets what has changed go out. */
  release(): void {
    this.#isHeld = false;
    this.#schedule();
  }

  add(path: BytePath): void {
    // The system drops events of a burst without a word.
    if (++this.#events > this.#limits.watchBurstEvents || this.#paths.size >= this.#limits.watchPaths) this.resync();
    else this.#paths.add(path);
    this.#schedule();
  }

  /** What has changed is not known. */
  resync(): void {
    this.#resync = true;
    this.#paths.clear();
    this.#schedule();
  }

  /** Nothing comes any more. */
  end(): void {
    this.#ended = true;
    this.resync();
  }

  /** The connection has room again. */
  drained(): void {
    if (!this.#timer) this.#schedule();
  }

  close(): void {
    if (this.#timer) clearTimeout(this.#timer);
    this.#timer = null;
    this.#isHeld = true;
  }

  #schedule(): void {
    if (this.#isHeld || this.#timer || (this.#paths.size === 0 && !this.#resync)) return;
    this.#timer = setTimeout(() => {
      this.#timer = null;
      if (!this.#peer.isCongested) this.#send();
    }, this.#limits.watchPauseMs);
  }

  #send(): void {
    const params = {
      watchId: this.#watchId,
      version: ++this.#version,
      paths: [...this.#paths].map(toUri),
      resync: this.#resync,
      ...(this.#ended ? { ended: true } : {}),
    };
    this.#paths.clear();
    this.#events = 0;
    this.#resync = false;
    this.#peer.notify(writeNotification('fs/changed', params));
  }
}
