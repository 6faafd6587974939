import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { once } from 'node:events';
import { launcher } from './command-line.js';

/** The variables of this process without those the command line reads. */
export function plainEnvironment(more: NodeJS.ProcessEnv = {}): NodeJS.ProcessEnv {
  return { ...Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith('EXEC_SERVER'))), ...more };
}

/** `exec-server` with these arguments, while it runs. Leaving the block kills it if it still does. */
export class LiveCommand implements AsyncDisposable {
  readonly child: ChildProcessWithoutNullStreams;
  /** Settles when it has ended and all its output has come. */
  readonly ended: Promise<{ readonly code: number | null; readonly signal: NodeJS.Signals | null }>;
  stdout = '';
  stderr = '';
  #isOver = false;
  #wake: (() => void) | null = null;

  constructor(args: readonly string[], env: NodeJS.ProcessEnv = {}) {
    this.child = spawn(process.execPath, [launcher, ...args], { env: plainEnvironment(env) });
    this.child.stdout.setEncoding('utf8').on('data', (text: string) => this.#note(() => (this.stdout += text)));
    this.child.stderr.setEncoding('utf8').on('data', (text: string) => this.#note(() => (this.stderr += text)));
    this.child.stdin.on('error', () => undefined); // it reads no more
    this.ended = (once(this.child, 'close') as Promise<[number | null, NodeJS.Signals | null]>).then(([code, signal]) => {
      this.#note(() => (this.#isOver = true));
      return { code, signal };
    });
  }

  /** Resolves with stdout once it has so much of it that this matches. @throws Error when it ends before */
  async printed(wanted: string | RegExp): Promise<string> {
    while (typeof wanted === 'string' ? !this.stdout.includes(wanted) : !wanted.test(this.stdout)) {
      if (this.#isOver) throw new Error(`it ended without printing ${String(wanted)}: ${this.stdout}\n${this.stderr}`);
      await new Promise<void>((resolve) => (this.#wake = resolve));
    }
    return this.stdout;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (!this.#isOver) this.child.kill('SIGKILL');
    await this.ended;
  }

  #note(change: () => void): void {
    change();
    this.#wake?.();
    this.#wake = null;
  }
}
