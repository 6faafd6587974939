import { exitCodes, ExitError } from './exit-codes.js';

/** Our stdout for much output: waits for who reads it, and notices when nobody does any more. */
export class StandardOutput implements Disposable {
  #isBroken = false;

  constructor() {
    process.stdout.on('error', this.#note);
  }

  /** Writes it all. @throws ExitError `brokenPipe` without words when nobody reads it; what the source throws */
  async pour(source: AsyncIterable<Uint8Array>): Promise<void> {
    for await (const chunk of source) await this.write(chunk);
  }

  async write(chunk: Uint8Array | string): Promise<void> {
    await new Promise((resolve) => process.stdout.write(chunk, resolve));
    if (this.#isBroken) throw new ExitError('', exitCodes.brokenPipe);
  }

  [Symbol.dispose](): void {
    process.stdout.removeListener('error', this.#note);
  }

  readonly #note = (error: NodeJS.ErrnoException): void => {
    if (error.code === 'EPIPE') this.#isBroken = true;
  };
}
