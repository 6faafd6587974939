/** Pieces of bytes in line. They come out in others: small ones together, large ones as they are. */
export class PieceQueue {
  readonly #pieceBytes: number;
  #pieces: Buffer[] = [];
  #bytes = 0;

  /** @param pieceBytes small ones are put together up to this size */
  constructor(pieceBytes: number) {
    this.#pieceBytes = pieceBytes;
  }

  /** Bytes in line. */
  get bytes(): number {
    return this.#bytes;
  }

  push(piece: Buffer): void {
    this.#pieces.push(piece);
    this.#bytes += piece.length;
  }

  /** The next piece; null when there is none. */
  shift(): Buffer | null {
    const [first] = this.#pieces;
    if (!first) return null;
    let count = 1;
    let bytes = first.length;
    for (; count < this.#pieces.length; count++) {
      const next = bytes + (this.#pieces[count]?.length ?? 0);
      if (next > this.#pieceBytes) break;
      bytes = next;
    }
    const taken = this.#pieces.splice(0, count);
    this.#bytes -= bytes;
    return count === 1 ? first : Buffer.concat(taken, bytes);
  }

  clear(): void {
    this.#pieces = [];
    this.#bytes = 0;
  }
}
