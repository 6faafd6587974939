import { RpcError } from '@exec-server/protocol';

/**
 * Room for what files contain, on its way into the answers of one connection: a peer that asks for much and takes
 * nothing must not fill the memory. Who finds none waits, in order. What is larger than all of it goes alone.
 */
export class AnswerRoom {
  readonly #bytes: number;
  readonly #waiting: { readonly bytes: number; readonly enter: () => void; readonly refuse: (error: Error) => void }[] = [];
  #used = 0;
  #isClosed = false;

  constructor(bytes: number) {
    this.#bytes = bytes;
  }

  /** Bytes taken. */
  get used(): number {
    return this.#used;
  }

  /** Takes room if there is some now. */
  tryTake(bytes: number): boolean {
    if (this.#waiting.length > 0 || !this.#fits(bytes)) return false;
    this.#used += bytes;
    return true;
  }

  /**
   * Takes room as soon as there is some.
   * @throws RpcError `sessionEnded` when the connection ends before
   */
  take(bytes: number): Promise<void> {
    if (this.#isClosed) return Promise.reject(ended());
    if (this.tryTake(bytes)) return Promise.resolve();
    return new Promise((enter, refuse) => this.#waiting.push({ bytes, enter, refuse }));
  }

  /** Takes room that may not be there. */
  overdraw(bytes: number): void {
    this.#used += bytes;
  }

  /** What one request takes, with nothing in it yet. Whoever gets it releases it. */
  share(): RoomShare {
    return new RoomShare(this);
  }

  give(bytes: number): void {
    this.#used -= bytes;
    for (let next = this.#waiting[0]; next && this.#fits(next.bytes); next = this.#waiting[0]) {
      this.#waiting.shift();
      this.#used += next.bytes;
      next.enter();
    }
  }

  /** Nobody waits any more. */
  close(): void {
    this.#isClosed = true;
    for (const { refuse } of this.#waiting.splice(0)) refuse(ended());
  }

  #fits(bytes: number): boolean {
    return this.#used === 0 || this.#used + bytes <= this.#bytes;
  }
}

/** The room one request has taken. */
export class RoomShare {
  readonly #room: AnswerRoom;
  #bytes = 0;

  constructor(room: AnswerRoom) {
    this.#room = room;
  }

  /** Grows to `bytes` if there is room now. */
  tryCover(bytes: number): boolean {
    if (bytes <= this.#bytes) return true;
    if (!this.#room.tryTake(bytes - this.#bytes)) return false;
    this.#bytes = bytes;
    return true;
  }

  /**
   * Grows to `bytes`; meanwhile it has nothing, so that no two wait for each other.
   * @throws RpcError `sessionEnded` when the connection ends before
   */
  async cover(bytes: number): Promise<void> {
    if (this.tryCover(bytes)) return;
    this.release();
    await this.#room.take(bytes);
    this.#bytes = bytes;
  }

  /** Grows to `bytes` even without room, for what turned out larger than it seemed. */
  overdraw(bytes: number): void {
    if (bytes <= this.#bytes) return;
    this.#room.overdraw(bytes - this.#bytes);
    this.#bytes = bytes;
  }

  release(): void {
    this.#room.give(this.#bytes);
    this.#bytes = 0;
  }
}

function ended(): RpcError {
  return new RpcError('sessionEnded', 'the connection ended before the request was carried out');
}
