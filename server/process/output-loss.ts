/** Output after a cursor that is gone for good. */
export interface OutputGap {
  readonly fromSeq: number;
  readonly toSeq: number;
  /** Bytes lost. After very many losses an upper bound. */
  readonly bytes: number;
}

/** Up to this many losses the number of bytes is exact for every cursor. */
const mostMarks = 512;

/** What was dropped from a log: enough to tell a reader what it has missed. */
export class OutputLoss {
  /** Bytes lost up to and including a number. */
  #marks: { readonly seq: number; readonly bytes: number }[] = [];
  #marksApart = 1;
  #bytes = 0;
  #lastSeq = 0;

  note(seq: number, bytes: number): void {
    this.#bytes += bytes;
    this.#lastSeq = seq;
    if (this.#bytes - (this.#marks.at(-1)?.bytes ?? 0) < this.#marksApart) return;
    this.#marks.push({ seq, bytes: this.#bytes });
    if (this.#marks.length <= mostMarks) return;
    this.#marks = this.#marks.filter((_, at) => at % 2 === 1);
    this.#marksApart = Math.ceil(this.#bytes / (mostMarks / 2));
  }

  /** What a reader with this cursor will never get; null when it misses nothing. */
  after(afterSeq: number): OutputGap | null {
    if (afterSeq >= this.#lastSeq) return null;
    const had = this.#marks.findLast(({ seq }) => seq <= afterSeq)?.bytes ?? 0;
    return { fromSeq: afterSeq + 1, toSeq: this.#lastSeq, bytes: this.#bytes - had };
  }
}
