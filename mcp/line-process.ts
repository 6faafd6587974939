import { limits, LineSplitter } from '@exec-server/protocol';
import {
  type ExecClient,
  OutputGapError,
  type ProcessEvent,
  type ProcessExit,
  type RemoteProcess,
  type StartOptions,
  UnsupportedByServerError,
} from '@exec-server/client';
import { withDeadline } from './deadline.js';
import { killAtExit } from './exit-hook.js';
import { LineWriter } from './line-writer.js';
import { StderrLines } from './stderr-lines.js';

export interface LineProcessOptions extends Pick<StartOptions, 'argv' | 'cwd' | 'env' | 'inherit' | 'processId' | 'retention' | 'signal'> {
  /** Longest line on stdout, in bytes; `limits.mcpLineBytes` by default. */
  readonly maxLineBytes?: number | undefined;
}

/** How a program came to its end: by itself, or by something that went wrong, after which it was killed. */
export type LineProcessEnd = { readonly exit: ProcessExit } | { readonly failure: Error };

/** Told by the program. What a method throws ends the program. */
export interface LineListener {
  /** A line of its stdout without `\n`; also a last one without end. A promise is waited for before the next is delivered. */
  line(line: Uint8Array): void | Promise<void>;
  stderrLine(line: string): void;
  /** Nothing follows. Must not throw. */
  ended(end: LineProcessEnd): void;
}

/**
 * A program on an executor that is spoken to in lines. Lines are whole: after a hole in its output, or a line that is too
 * long, the program is killed. Whoever starts one ends it.
 */
export class LineProcess {
  readonly #process: RemoteProcess;
  /** Whether the executor can reach what a program has left behind. */
  readonly #reachesOrphans: boolean;
  readonly #lines: LineSplitter;
  readonly #stderr = new StderrLines((line) => this.#listener?.stderrLine(line));
  readonly #writer = new LineWriter((bytes) => this.#process.write(bytes));
  readonly #forgetExit: () => void;
  #listener: LineListener | null = null;
  /** Settles when nothing more is to be expected of the program. */
  #following: Promise<void> | null = null;
  #isOver = false;

  private constructor(process: RemoteProcess, maxLineBytes: number, reachesOrphans: boolean) {
    this.#process = process;
    this.#reachesOrphans = reachesOrphans;
    this.#lines = new LineSplitter(maxLineBytes);
    this.#forgetExit = killAtExit(process);
  }

  /**
   * Starts a program. The signal kills it, at any time.
   * @throws as `client.processes.start`
   */
  static async start(client: ExecClient, { maxLineBytes = limits.mcpLineBytes, ...options }: LineProcessOptions): Promise<LineProcess> {
    const process = await client.processes.start({ ...options, stdin: true });
    return new LineProcess(process, maxLineBytes, client.supports('processTerminateGrace'));
  }

  /** Listens from the first byte on. Called once, right after the start. */
  follow(listener: LineListener): void {
    this.#listener = listener;
    this.#following ??= this.#follow();
    this.#process.exited.then(
      (exit) => this.#leftBehind(exit),
      () => undefined, // told by following it
    );
  }

  /** The number of the program on the executor; null when the executor does not tell. */
  get pid(): number | null {
    return this.#process.pid;
  }

  /** The end of what it has printed on its standard error. */
  get stderrTail(): string {
    return this.#stderr.tail;
  }

  /**
   * Writes lines, each with its `\n`. Resolves when the executor has it; writes stay whole and in the order of the calls.
   * @throws StdinClosedError, DisconnectedError, RpcError; RangeError when too much waits for a program that does not read
   */
  async write(lines: string | Uint8Array): Promise<void> {
    await this.#writer.write(typeof lines === 'string' ? new TextEncoder().encode(lines) : lines);
  }

  /**
   * Kills the program with its group, or what a program that has ended left behind in it. Resolves when the executor has confirmed it, or cannot be reached for
   * `limits.mcpCloseTimeoutMs`; then it is killed as soon as it can be, at the latest with its session. Never rejects.
   */
  async terminate(): Promise<void> {
    this.#following ??= this.#follow(); // nobody did
    const gone = this.#kill().then(async () => {
      await this.#process.closed;
      await this.#following;
    });
    await withDeadline(gone, limits.mcpCloseTimeoutMs);
    this.#end({ failure: new Error('the program was terminated') });
  }

  /**
   * Ends its input, and kills it when it has not ended by itself after so many milliseconds. Resolves with whether it has
   * ended by itself. Never rejects.
   */
  async closeGracefully(graceMs: number): Promise<boolean> {
    const hasEnded = (await withDeadline(this.#endByItself(), graceMs)) ?? false;
    await this.terminate();
    return hasEnded;
  }

  /**
   * Ends its input, asks its group to end, and kills what is left of it, each after so many milliseconds; also what a
   * program that has ended left behind. Resolves when nothing is left, or the executor cannot be reached. Never rejects.
   * @returns whether its end was seen
   */
  async closeGroup(stepMs: number): Promise<boolean> {
    await withDeadline(
      this.#process.closeStdin().then(() => this.#process.exited),
      stepMs,
    );
    try {
      // True as long as something of the group may live.
      for (const endMs = performance.now() + 2 * stepMs; await this.#process.terminate({ graceMs: stepMs, orphans: true });) {
        if (performance.now() > endMs) break;
        await new Promise((resolve) => setTimeout(resolve, Math.min(50, stepMs)));
      }
    } catch {
      await this.#process.terminate().catch(() => undefined); // not every executor can ask, or it went with its session
    }
    await withDeadline<unknown>(this.#following ?? this.#process.closed, limits.mcpCloseTimeoutMs);
    this.#end({ failure: new Error('the program was ended') });
    return this.#process.exit !== null;
  }

  /** Resolves when it has ended; with false when it cannot be asked to. */
  async #endByItself(): Promise<boolean> {
    try {
      await this.#process.closeStdin();
    } catch (error) {
      if (error instanceof UnsupportedByServerError) return false; // else it takes no input any more
    }
    await this.#following;
    return true;
  }

  async #follow(): Promise<void> {
    try {
      for await (const event of this.#process) await this.#take(event);
      const rest = this.#lines.takeRest();
      if (rest) await this.#listener?.line(rest);
      this.#stderr.finish();
      const exit = await this.#process.closed;
      this.#kill().catch(() => undefined); // what it has started goes with it
      this.#end({ exit });
    } catch (error) {
      this.#kill().catch(() => undefined); // it went with its session
      this.#flushStderr();
      this.#end({ failure: error as Error });
    }
  }

  /** Has what a program that has ended left behind hold its output open? Then it is over all the same, without more to wait for. */
  async #leftBehind(exit: ProcessExit): Promise<void> {
    const isClosed = (): Promise<unknown> => withDeadline(this.#process.closed, limits.mcpLastOutputMs);
    if ((await isClosed()) !== undefined) return;
    this.#kill().catch(() => undefined); // it went with its session
    if ((await isClosed()) !== undefined) return; // what was still on its way has come
    this.#end({ exit });
  }

  async #take(event: ProcessEvent): Promise<void> {
    if (event.type === 'gap') throw new OutputGapError(event.fromSeq, event.toSeq);
    if (event.type !== 'output') return;
    if (event.stream === 'stderr') {
      this.#stderr.push(event.chunk);
      return;
    }
    const lines: Uint8Array[] = [];
    let failure: unknown = null;
    try {
      this.#lines.push(event.chunk, (line) => lines.push(line));
    } catch (error) {
      failure = error; // the lines in front of it count
    }
    for (const line of lines) {
      if (this.#isOver) throw new Error('the program was given up');
      const busy = this.#listener?.line(line);
      if (busy) await busy;
    }
    if (failure) throw failure as Error;
  }

  async #kill(): Promise<void> {
    await this.#process.terminate({ orphans: this.#reachesOrphans });
  }

  /** What it said last may tell why. */
  #flushStderr(): void {
    try {
      this.#stderr.finish();
    } catch {
      // the program ends all the same, and already for another reason
    }
  }

  #end(end: LineProcessEnd): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#forgetExit();
    this.#listener?.ended(end);
  }
}
