/** Bytes passed on within this time make the rate, in milliseconds. */
const rateWindowMs = 5_000;

export interface ProgressView {
  readonly doneBytes: number;
  readonly doneFiles: number;
  /** What there is in all; null while more may be found, or a size is not known. */
  readonly totalBytes: number | null;
  readonly totalFiles: number | null;
  readonly bytesPerSecond: number;
  /** The file begun last; empty before the first. */
  readonly name: string;
}

/** Counts what is copied. Times are given by the caller, in milliseconds of any clock that only goes forward. */
export class CopyProgress {
  #doneBytes = 0;
  #doneFiles = 0;
  #foundBytes = 0;
  #foundFiles = 0;
  #isListed = false;
  #isOpenEnded = false;
  #name = '';
  /** Bytes done at some times of the window, oldest first. */
  #samples: { readonly atMs: number; readonly bytes: number }[] = [];

  /** A file that is to be copied, of this size when it was looked at. */
  found(bytes: number): void {
    this.#foundFiles++;
    this.#foundBytes += bytes;
  }

  /** Nothing more will be found. */
  listed(): void {
    this.#isListed = true;
  }

  /** The size of what is being copied is not known. */
  openEnded(): void {
    this.#isOpenEnded = true;
  }

  begin(name: string): void {
    this.#name = name;
  }

  /** Bytes that have arrived; less than nothing for those that have to be sent once more. */
  advance(bytes: number): void {
    this.#doneBytes += bytes;
  }

  /** @param missingBytes of the size it was found with, when the file has become shorter; below 0 when it has grown */
  finish(missingBytes: number): void {
    this.#doneFiles++;
    this.#foundBytes -= missingBytes;
  }

  /** A file of this size, when it was found, will not be copied. */
  drop(bytes: number): void {
    this.#foundFiles--;
    this.#foundBytes -= bytes;
  }

  view(nowMs: number): ProgressView {
    this.#samples.push({ atMs: nowMs, bytes: this.#doneBytes });
    const first = this.#samples.findIndex(({ atMs }) => atMs >= nowMs - rateWindowMs);
    this.#samples = this.#samples.slice(first);
    const oldest = this.#samples[0] ?? { atMs: nowMs, bytes: this.#doneBytes };
    const elapsedMs = nowMs - oldest.atMs;
    const isKnown = this.#isListed && !this.#isOpenEnded;
    return {
      doneBytes: this.#doneBytes,
      doneFiles: this.#doneFiles,
      totalBytes: isKnown ? Math.max(this.#foundBytes, this.#doneBytes) : null,
      totalFiles: this.#isListed ? this.#foundFiles : null,
      bytesPerSecond: elapsedMs === 0 ? 0 : Math.max(0, ((this.#doneBytes - oldest.bytes) / elapsedMs) * 1_000),
      name: this.#name,
    };
  }
}
