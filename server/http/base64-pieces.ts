/** Bytes that come in pieces, as one text of base64: nothing is kept but the text. */
export class Base64Pieces {
  readonly #pieces: Buffer[] = [];
  /** The last bytes, as long as they make no group of three. */
  #rest: Buffer = Buffer.alloc(0);

  push(bytes: Buffer): void {
    const missing = (3 - this.#rest.length) % 3;
    if (missing > 0 && this.#rest.length > 0 && bytes.length >= missing) {
      this.#encode(Buffer.concat([this.#rest, bytes.subarray(0, missing)]));
      this.#keep(bytes.subarray(missing));
    } else if (this.#rest.length > 0) {
      this.#keep(Buffer.concat([this.#rest, bytes]));
    } else {
      this.#keep(bytes);
    }
  }

  /** The text, in pieces. Nothing may be added any more. */
  end(): readonly Buffer[] {
    if (this.#rest.length > 0) this.#encode(this.#rest);
    return this.#pieces;
  }

  /** Encodes whole groups; the rest waits, in a copy that holds on to nothing else. */
  #keep(bytes: Buffer): void {
    const whole = bytes.length - (bytes.length % 3);
    if (whole > 0) this.#encode(bytes.subarray(0, whole));
    this.#rest = Buffer.from(bytes.subarray(whole));
  }

  #encode(bytes: Buffer): void {
    this.#pieces.push(Buffer.from(bytes.toString('base64'), 'latin1'));
  }
}
