import type { LaunchedProcess, LaunchRequest, OutputSource, StreamName, WaitStatus } from '#server/process/launch.js';

/** A launch with everything filled in: on pipes, at `/`, with the usual PATH as its only variable. */
export function launchRequest(argv: readonly string[], more: Partial<LaunchRequest> = {}): LaunchRequest {
  const env = new Map([['PATH', '/usr/local/bin:/usr/bin:/bin']]);
  const usual = { cwd: '/', env, arg0: null, terminal: null, pipeStdin: false, timeoutMs: null, creditBytes: null } as const;
  return { argv, ...usual, retention: { spillBytes: null, whenFull: 'pause' }, ...more };
}

export interface Ended {
  readonly status: WaitStatus;
  readonly output: Readonly<Record<StreamName, string>>;
}

/** Reads everything a child says and resolves when it is gone. What is on its way as input is for the caller. */
export async function runToEnd(launched: LaunchedProcess): Promise<Ended> {
  const streams = await Promise.all(launched.outputs.map(readToEnd));
  const status = await launched.exited;
  launched.input?.close();
  const output = { stdout: '', stderr: '', pty: '' };
  for (const [at, { stream }] of launched.outputs.entries()) output[stream] = (streams[at] as Buffer).toString();
  return { status, output };
}

/** Opens a source and resolves with all its bytes when it has ended. */
export function readToEnd(source: OutputSource): Promise<Buffer> {
  const chunks: Buffer[] = [];
  return new Promise((resolve) =>
    source.open(
      (chunk) => chunks.push(Buffer.from(chunk)),
      () => resolve(Buffer.concat(chunks)),
    ),
  );
}

/** A source that tells what it says as it comes. */
export class OpenSource {
  text = '';
  hasEnded = false;
  readonly #waiting = new Set<() => void>();

  constructor(readonly source: OutputSource) {
    source.open(
      (chunk) => {
        this.text += chunk.toString('latin1');
        this.#wake();
      },
      () => {
        this.hasEnded = true;
        this.#wake();
      },
    );
  }

  /** Resolves when the text fits. @throws Error when the source ends before */
  async until(fits: (text: string) => boolean): Promise<void> {
    while (!fits(this.text)) {
      if (this.hasEnded) throw new Error(`the output ended with ${JSON.stringify(this.text.slice(-200))}`);
      await this.#next();
    }
  }

  async ended(): Promise<string> {
    while (!this.hasEnded) await this.#next();
    return this.text;
  }

  #next(): Promise<void> {
    return new Promise((resolve) => this.#waiting.add(resolve));
  }

  #wake(): void {
    for (const wake of [...this.#waiting]) wake();
    this.#waiting.clear();
  }
}

/** Turns of the event loop, for what happens in the very next ones. */
export async function turns(count = 3): Promise<void> {
  for (let turn = 0; turn < count; turn++) await new Promise((resolve) => setImmediate(resolve));
}
