import { limits } from '@exec-server/protocol';

/** Writes on the way at a time; lines that come meanwhile go together. */
const writesInFlight = 4;
/** Lines that go together, in bytes; one line always goes. */
const batchBytes = 64 * 1024;

interface WaitingLine {
  readonly bytes: Uint8Array;
  readonly resolve: () => void;
  readonly reject: (error: Error) => void;
}

/** Lines on their way to a program, in order: at once while few are under way, and then many in one write, however long the line is. */
export class LineWriter {
  readonly #write: (bytes: Uint8Array) => Promise<void>;
  #waiting: WaitingLine[] = [];
  #unsentBytes = 0;
  #inFlight = 0;

  /** @param write resolves when the program's machine has the bytes; called in order, without waiting */
  constructor(write: (bytes: Uint8Array) => Promise<void>) {
    this.#write = write;
  }

  /**
   * Resolves when the line has been written. The caller does not change the bytes.
   * @throws RangeError when `limits.mcpUnsentBytes` wait already; what `write` throws
   */
  write(bytes: Uint8Array): Promise<void> {
    return new Promise((resolve, reject) => {
      if (this.#unsentBytes > 0 && this.#unsentBytes + bytes.length > limits.mcpUnsentBytes)
        throw new RangeError(`the program does not read: ${this.#unsentBytes} bytes are waiting for it`);
      this.#unsentBytes += bytes.length;
      this.#waiting.push({ bytes, resolve, reject });
      this.#sendNext();
    });
  }

  #sendNext(): void {
    while (this.#inFlight < writesInFlight && this.#waiting.length > 0) void this.#send(this.#takeBatch());
  }

  async #send(lines: readonly WaitingLine[]): Promise<void> {
    const bytes = lines.length === 1 ? (lines[0] as WaitingLine).bytes : Buffer.concat(lines.map((line) => line.bytes));
    this.#inFlight++;
    try {
      await this.#write(bytes);
      for (const { resolve } of lines) resolve();
    } catch (error) {
      for (const { reject } of lines) reject(error as Error);
    } finally {
      this.#inFlight--;
      this.#unsentBytes -= bytes.length;
      this.#sendNext();
    }
  }

  #takeBatch(): WaitingLine[] {
    let count = 0;
    for (let bytes = 0; count < this.#waiting.length; count++) {
      bytes += (this.#waiting[count] as WaitingLine).bytes.length;
      if (count > 0 && bytes > batchBytes) break;
    }
    return this.#waiting.splice(0, count);
  }
}
