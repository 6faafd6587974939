import type { Json } from './handler.js';

/** Characters that become one piece. */
const pieceChars = 256 * 1024;

/** JSON that grows: as text while it is short, then as pieces of bytes, so that what is long never stands in memory as one string. */
export class JsonPieces {
  readonly #pieces: Uint8Array[] = [];
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
    const json = other.end();
    if (typeof json === 'string') {
      this.push(json);
      return;
    }
    this.#cut();
    for (const piece of json) this.#add(piece);
  }

  /** All of it; nothing may be added any more. */
  end(): Json {
    if (this.#pieces.length === 0) return this.#text;
    this.#cut();
    return this.#pieces;
  }

  #cut(): void {
    if (this.#text !== '') this.#add(Buffer.from(this.#text));
    this.#text = '';
  }

  #add(piece: Uint8Array): void {
    this.#pieces.push(piece);
    this.#bytes += piece.length;
  }
}
