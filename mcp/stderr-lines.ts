import { limits, LineSplitter } from '@exec-server/protocol';

const carriageReturn = 0x0d;

/** What a program prints on its standard error, line by line. Keeps its end for error messages. */
export class StderrLines {
  readonly #lines = new LineSplitter(limits.mcpStderrLineBytes, 'cut');
  readonly #decoder = new TextDecoder();
  readonly #deliver: (line: string) => void;
  #tail = new Uint8Array(0);

  /** @param deliver gets each line without its end; what is no UTF-8 is replaced, what goes beyond 1 MiB is cut off */
  constructor(deliver: (line: string) => void) {
    this.#deliver = deliver;
  }

  /** The last lines, of `limits.mcpStderrTailBytes` at most. */
  get tail(): string {
    const from = this.#tail.findIndex((byte) => (byte & 0xc0) !== 0x80); // it may begin within a character
    return this.#decoder
      .decode(this.#tail.subarray(Math.max(from, 0)))
      .replaceAll('\r\n', '\n')
      .trimEnd();
  }

  /** @throws what `deliver` throws */
  push(bytes: Uint8Array): void {
    this.#tail = lastBytes(this.#tail, bytes, limits.mcpStderrTailBytes);
    this.#lines.push(bytes, (line) => this.#take(line));
  }

  /** The stream has ended: delivers a last line that has no end. @throws what `deliver` throws */
  finish(): void {
    const rest = this.#lines.takeRest();
    if (rest) this.#take(rest);
  }

  #take(line: Uint8Array): void {
    this.#deliver(this.#decoder.decode(line.at(-1) === carriageReturn ? line.subarray(0, -1) : line));
  }
}

/** A copy of the end of two pieces. */
function lastBytes(first: Uint8Array, second: Uint8Array, maxBytes: number): Uint8Array<ArrayBuffer> {
  if (second.length >= maxBytes) return second.slice(-maxBytes);
  const kept = first.subarray(Math.max(0, first.length + second.length - maxBytes));
  const both = new Uint8Array(kept.length + second.length);
  both.set(kept);
  both.set(second, kept.length);
  return both;
}
