/** Characters that become one piece. */
const pieceChars = 256 * 1024;

/** JSON that grows, as pieces of bytes: neither the answer nor what it tells of stands in memory as objects. */
export class JsonPieces {
  readonly #pieces: Buffer[] = [];
  #text = '';
  #bytes = 0;

  /** What there is: bytes, and the characters that are not bytes yet. */
  get length(): number {
    return this.#bytes + this.#text.length;
  }

  push(text: string): void {
    this.#text += text;
    if (this.#text.length >= pieceChars) this.#cut();
  }

  /** Adds what another has; nothing may be added to that one any more. */
  append(other: JsonPieces): void {
    this.#cut();
    for (const piece of other.end()) this.#add(piece);
  }

  /** The pieces; nothing may be added any more. */
  end(): readonly Buffer[] {
    this.#cut();
    return this.#pieces;
  }

  #cut(): void {
    if (this.#text !== '') this.#add(Buffer.from(this.#text));
    this.#text = '';
  }

  #add(piece: Buffer): void {
    this.#pieces.push(piece);
    this.#bytes += piece.length;
  }
}
