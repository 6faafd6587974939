import type { StreamName } from './launch.js';

/** Small pieces are joined when there are so many of them, so that a program that prints byte by byte costs little more. */
const mostPieces = 1_024;

/** Bytes that all runs of a server may keep for their answers. */
export class RunBudget {
  #left: number;

  constructor(maxBytes: number) {
    this.#left = maxBytes;
  }

  /** Takes as much of `bytes` as there is, and returns how much that is. */
  take(bytes: number): number {
    const taken = Math.min(bytes, this.#left);
    this.#left -= taken;
    return taken;
  }

  giveBack(bytes: number): void {
    this.#left += bytes;
  }
}

/** The beginning of what a process prints, stream by stream. Whoever makes it clears it. */
export class RunOutput {
  readonly #maxBytes: number;
  readonly #budget: RunBudget;
  readonly #streams = new Map<StreamName, { blocks: Buffer[]; pieces: Buffer[] }>();
  #bytes = 0;
  #isTruncated = false;

  /** @param maxBytes of all streams together; what goes beyond is dropped */
  constructor(maxBytes: number, budget: RunBudget) {
    this.#maxBytes = maxBytes;
    this.#budget = budget;
  }

  /** There was more than is kept. */
  get isTruncated(): boolean {
    return this.#isTruncated;
  }

  /** Copies the chunk. Once something was dropped, nothing is kept any more: what is kept has no holes. */
  add(stream: StreamName, chunk: Buffer): void {
    if (this.#isTruncated) return;
    const wanted = Math.min(chunk.length, this.#maxBytes - this.#bytes);
    const kept = this.#budget.take(wanted);
    this.#bytes += kept;
    this.#isTruncated = kept < chunk.length;
    if (kept === 0) return;
    const { blocks, pieces } = this.#of(stream);
    pieces.push(Buffer.from(chunk.subarray(0, kept)));
    if (pieces.length >= mostPieces) blocks.push(Buffer.concat(pieces.splice(0)));
  }

  toBase64(stream: StreamName): string {
    const { blocks, pieces } = this.#of(stream);
    return Buffer.concat([...blocks, ...pieces]).toString('base64');
  }

  /** Gives back what it keeps. Safe to call twice. */
  clear(): void {
    this.#budget.giveBack(this.#bytes);
    this.#bytes = 0;
    this.#isTruncated = true;
    this.#streams.clear();
  }

  #of(stream: StreamName) {
    let parts = this.#streams.get(stream);
    if (!parts) this.#streams.set(stream, (parts = { blocks: [], pieces: [] }));
    return parts;
  }
}
