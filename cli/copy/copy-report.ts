import { CopyProgress } from './copy-progress.js';
import { describeFailure } from '../failure-words.js';
import { ProgressBar } from './progress-bar.js';

/** What the user sees of a copy, on stderr: a bar when that is a terminal, and a line for everything that went wrong. */
export class CopyReport implements Disposable {
  readonly progress = new CopyProgress();
  readonly #bar: ProgressBar | null;
  #hasFailures = false;

  constructor(isQuiet: boolean) {
    this.#bar = !isQuiet && process.stderr.isTTY ? new ProgressBar(process.stderr, this.progress) : null;
  }

  /** Something could not be copied. */
  get hasFailures(): boolean {
    return this.#hasFailures;
  }

  readonly fail = (label: string, error: unknown): void => {
    this.#hasFailures = true;
    this.print(`${label}: ${describeFailure(error)}`);
  };

  readonly print = (text: string): void => {
    const line = `exec-server: ${text}`;
    if (this.#bar) this.#bar.above(line);
    else console.error(line);
  };

  [Symbol.dispose](): void {
    this.#bar?.[Symbol.dispose]();
  }
}
