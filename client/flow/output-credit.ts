/**
 * How much of one stream, such as the output of a process or a body, the server may push before its reader has taken
 * some: a window that moves with the reader. Of a process, what nobody reads counts as taken.
 */
export class OutputCredit {
  readonly #windowBytes: number;
  readonly #grant: (bytes: number) => void;
  #receivedBytes = 0;
  #grantedBytes: number;

  /**
   * @param grantedBytes what the server was told at the start
   * @param grant tells the server of more
   */
  constructor(windowBytes: number, grantedBytes: number, grant: (bytes: number) => void) {
    this.#windowBytes = windowBytes;
    this.#grantedBytes = grantedBytes;
    this.#grant = grant;
  }

  /** Output has come, or is known to be lost. */
  received(bytes: number): void {
    this.#receivedBytes += bytes;
  }

  /** Grants what there is room for again, not too little at a time. @param waitingBytes what readers have still to take */
  renew(waitingBytes: number): void {
    const room = this.#receivedBytes - waitingBytes + this.#windowBytes - this.#grantedBytes;
    if (room < this.#windowBytes / 4) return;
    this.#grantedBytes += room;
    this.#grant(room);
  }
}
