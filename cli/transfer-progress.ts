/** Below it a transfer is not worth a line, in bytes. */
const leastBytes = 1024 * 1024;
/** Time between two looks, in milliseconds. */
const paceMs = 200;

/** Where it is shown. */
export interface ProgressTerminal {
  write(text: string): unknown;
}

/** One line of a terminal about a large transfer, from its first MiB on. `end` leaves it there, and ends it. */
export class TransferProgress {
  readonly #terminal: ProgressTerminal;
  readonly #totalBytes: number | null;
  readonly #startedAtMs: number;
  #bytes = 0;
  #shownAtMs = -Infinity;

  /** @param totalBytes null when it is not known @param nowMs by any clock, the same for {@link add} */
  constructor(terminal: ProgressTerminal, totalBytes: number | null, nowMs: number) {
    this.#terminal = terminal;
    this.#totalBytes = totalBytes;
    this.#startedAtMs = nowMs;
  }

  add(bytes: number, nowMs: number): void {
    this.#bytes += bytes;
    if (this.#bytes < leastBytes || nowMs - this.#shownAtMs < paceMs) return;
    this.#show(nowMs);
  }

  end(nowMs: number): void {
    if (this.#shownAtMs === -Infinity) return;
    this.#show(nowMs);
    this.#terminal.write('\n');
  }

  #show(nowMs: number): void {
    this.#shownAtMs = nowMs;
    const perSecond = (this.#bytes / Math.max(nowMs - this.#startedAtMs, 1)) * 1_000;
    const part = this.#totalBytes === null ? '' : ` of ${inMiB(this.#totalBytes)}, ${Math.floor((this.#bytes / this.#totalBytes) * 100)} %`;
    this.#terminal.write(`\r${inMiB(this.#bytes)}${part}, ${inMiB(perSecond)}/s\u001b[K`);
  }
}

function inMiB(bytes: number): string {
  return `${(bytes / 1024 / 1024).toFixed(1)} MiB`;
}
