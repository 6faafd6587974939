/** Characters that become one piece. */
const pieceChars = 256 * 1024;

/** JSON that grows, as pieces of bytes: neither the answer nor what it tells of stands in memory as objects. ASCII only. */
export class JsonPieces {
  readonly #pieces: Buffer[] = [];
  #text = '';
  #bytes = 0;

  /** All there is, in bytes. */
  get bytes(): number {
    return this.#bytes + this.#text.length;
  }

  push(ascii: string): void {
    this.#text += ascii;
    if (this.#text.length >= pieceChars) this.#cut();
  }

  /** Adds what another has; nothing may be added to that one any more. */
  append(other: JsonPieces): void {
    this.#cut();
    for (const piece of other.end()) {
      this.#pieces.push(piece);
      this.#bytes += piece.length;
    }
  }

  /** The pieces; nothing may be added any more. */
  end(): readonly Buffer[] {
    this.#cut();
    return this.#pieces;
  }

  #cut(): void {
    if (this.#text === '') return;
    const piece = Buffer.from(this.#text, 'latin1');
    this.#pieces.push(piece);
    this.#bytes += piece.length;
    this.#text = '';
  }
}
