const newline = 0x0a;
const leastCapacity = 1024;

/**
 * Cuts a stream of bytes into lines, without their `\n`. A line that arrives in pieces takes at most twice its size in
 * memory, however small the pieces are.
 */
export class LineSplitter {
  readonly #maxBytes: number;
  readonly #whenTooLong: 'throw' | 'cut';
  /** The beginning of a line whose end has not come. */
  #buffer = new Uint8Array(0);
  #bytes = 0;
  #hasBegun = false;

  /**
   * @param maxBytes longest line
   * @param whenTooLong `cut` keeps the beginning of a longer line and drops its rest
   */
  constructor(maxBytes: number, whenTooLong: 'throw' | 'cut' = 'throw') {
    this.#maxBytes = maxBytes;
    this.#whenTooLong = whenTooLong;
  }

  /**
   * Delivers the lines that end within `bytes`; the rest waits for more. A line may share the memory of `bytes`.
   * @throws RangeError when a line is too long, after those before it have been delivered; what `deliver` throws
   */
  push(bytes: Uint8Array, deliver: (line: Uint8Array) => void): void {
    let from = 0;
    for (let at = bytes.indexOf(newline); at >= 0; at = bytes.indexOf(newline, from)) {
      const piece = bytes.subarray(from, at);
      from = at + 1;
      deliver(this.#hasBegun ? this.#complete(piece) : this.#fit(piece));
    }
    if (from < bytes.length) this.#keep(bytes.subarray(from));
  }

  /** What came behind the last `\n`; null when that was nothing. */
  takeRest(): Uint8Array | null {
    return this.#hasBegun ? this.#complete(new Uint8Array(0)) : null;
  }

  #complete(piece: Uint8Array): Uint8Array {
    this.#keep(piece);
    const line = this.#buffer.subarray(0, this.#bytes);
    this.#buffer = new Uint8Array(0);
    this.#bytes = 0;
    this.#hasBegun = false;
    return line;
  }

  #keep(piece: Uint8Array): void {
    const fitting = this.#fit(piece, this.#bytes);
    const bytes = this.#bytes + fitting.length;
    if (bytes > this.#buffer.length) {
      const larger = new Uint8Array(Math.min(this.#maxBytes, Math.max(leastCapacity, 2 * this.#buffer.length, bytes)));
      larger.set(this.#buffer.subarray(0, this.#bytes));
      this.#buffer = larger;
    }
    this.#buffer.set(fitting, this.#bytes);
    this.#bytes = bytes;
    this.#hasBegun = true;
  }

  /** As much of a piece as its line has room for. */
  #fit(piece: Uint8Array, keptBytes = 0): Uint8Array {
    if (keptBytes + piece.length <= this.#maxBytes) return piece;
    if (this.#whenTooLong === 'throw') throw new RangeError(`a line is longer than ${this.#maxBytes} bytes`);
    return piece.subarray(0, this.#maxBytes - keptBytes);
  }
}
