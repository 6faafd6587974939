import { decodeBase64, limits, type Notifications, type ProcessReadResult, type WireSignal } from '@exec-server/protocol';
import { DisconnectedError } from '../errors.js';
import type { SessionClient } from '../session/session-client.js';
import { EventFeed } from './event-feed.js';
import { EventOrder } from './event-order.js';
import { toGap, toReadable } from './feed-faces.js';
import { GapWatch } from './gap-watch.js';
import { catchUp } from './lag-recovery.js';
import { OutputCredit } from '../flow/output-credit.js';
import type { ProcessEvent, ProcessExit } from './process-event.js';
import { StdinWriter, type WriteOptions } from './stdin-writer.js';

/** What an event takes besides its output, roughly. */
const eventBytes = 64;

export interface SignalOptions {
  /** `group`, the default, is the program's own; `foreground` the one that has its terminal, such as the job of a shell. */
  readonly target?: 'group' | 'foreground' | undefined;
}

export interface TerminateOptions {
  /** Asks with SIGTERM first and kills after so many milliseconds what is left of the group; 0, the default, kills at once. */
  readonly graceMs?: number | undefined;
  /** Also reaches what a program that has ended left behind in its group; false by default. */
  readonly orphans?: boolean | undefined;
}

const endOfFile = Uint8Array.of(0x04);

/**
 * A process on the server. Its events come in order and once, over lost connections too.
 *
 * Read it as events (`for await (const event of process)`) or as streams; both may be used together. Output that
 * nobody reads is kept up to 8 MiB; what had to go is reported to a late reader as a gap. A reader that is behind holds
 * the server back.
 */
export class RemoteProcess implements AsyncIterable<ProcessEvent>, AsyncDisposable {
  readonly id: string;
  /** Whether it has a terminal, as far as is known. */
  readonly isTerminal: boolean;
  /** The system's number of the process on the server; null when the server does not tell. */
  pid: number | null = null;
  /** Settles when the program has ended, though output may follow. Rejects when the session is lost before. */
  readonly exited: Promise<ProcessExit>;
  /** Settles when the program has ended and all its output has come. Rejects when the session is lost before. */
  readonly closed: Promise<ProcessExit>;

  readonly #session: SessionClient;
  readonly #order = new EventOrder((event) => this.#deliver(event));
  readonly #gapWatch = new GapWatch(this.#order, limits.missingEventMs, () => void this.catchUp());
  readonly #events: EventFeed<ProcessEvent>;
  readonly #streams: Readonly<Record<'stdout' | 'stderr', EventFeed<ProcessEvent>>>;
  readonly #onEnd: () => void;
  readonly #onPressure: () => void;
  readonly #stdin: StdinWriter;
  /** Null with a server that knows of none: then a reader that is behind holds up the whole connection. */
  readonly #credit: OutputCredit | null;
  #stdout: ReadableStream<Uint8Array> | null = null;
  #stderr: ReadableStream<Uint8Array> | null = null;
  #exit: ProcessExit | null = null;
  #isOver = false;
  #failure: Error | null = null;
  #catchingUp: Promise<void> | null = null;
  #mustCatchUp = false;
  #settleExited!: (exit: ProcessExit) => void;
  #settleClosed!: (exit: ProcessExit) => void;
  #failExited!: (error: Error) => void;
  #failClosed!: (error: Error) => void;

  /**
   * For the process client, which starts and attaches processes.
   * @param creditBytes what the server was told at the start that it may push; 0 when it was told nothing
   * @param onEnd called when nothing is to be expected any more
   * @param onPressure called when {@link isBehind} may have changed
   */
  constructor(id: string, isTerminal: boolean, session: SessionClient, creditBytes: number, onEnd: () => void, onPressure: () => void) {
    this.id = id;
    this.isTerminal = isTerminal;
    this.#session = session;
    this.#stdin = new StdinWriter(session, id);
    this.#onEnd = onEnd;
    this.#onPressure = onPressure;
    this.exited = new Promise((resolve, reject) => ([this.#settleExited, this.#failExited] = [resolve, reject]));
    this.closed = new Promise((resolve, reject) => ([this.#settleClosed, this.#failClosed] = [resolve, reject]));
    // Nobody has to look at both, or at any.
    this.exited.catch(() => undefined);
    this.closed.catch(() => undefined);
    this.#credit = session.supports('credits') ? this.#createCredit(creditBytes) : null;
    const highWaterBytes = creditBytes === 0 ? limits.readerHighWaterBytes : 2 * creditBytes;
    const feedLimits = { unreadBytes: limits.unreadOutputBytes, highWaterBytes };
    const feed = () => new EventFeed<ProcessEvent>(feedLimits, toGap, onPressure, () => this.#renewCredit());
    this.#events = feed();
    this.#streams = { stdout: feed(), stderr: feed() };
  }

  /** What the program prints: its standard output, or everything its terminal shows. One reader. */
  get stdout(): ReadableStream<Uint8Array> {
    return (this.#stdout ??= toReadable(this.#streams.stdout));
  }

  /** What the program prints on its standard error; empty with a terminal. One reader. */
  get stderr(): ReadableStream<Uint8Array> {
    return (this.#stderr ??= toReadable(this.#streams.stderr));
  }

  /** How it ended; null while it runs. */
  get exit(): ProcessExit | null {
    return this.#exit;
  }

  /** Whether a reader has more waiting than it should. */
  get isBehind(): boolean {
    return this.#events.isBehind || this.#streams.stdout.isBehind || this.#streams.stderr.isBehind;
  }

  /** All events in order, from the start of this handle; ends after `closed`. One reader. Leaving the loop drops the rest. */
  async *[Symbol.asyncIterator](): AsyncGenerator<ProcessEvent, void> {
    try {
      for (let event = await this.#events.next(); event; event = await this.#events.next()) yield event;
    } finally {
      this.#events.discard();
    }
  }

  /**
   * Writes to stdin, or types on the terminal. Resolves when the server has queued it all; a program that does not read
   * makes it wait. Writes are applied in the order of the calls, and once, even when the line breaks meanwhile.
   * @throws StdinClosedError, RpcError, SessionLostError
   */
  async write(input: Uint8Array | string, options: WriteOptions = {}): Promise<void> {
    await this.#stdin.write(typeof input === 'string' ? new TextEncoder().encode(input) : input, options);
  }

  /**
   * Ends stdin after what was written before. On a terminal it types the end-of-file character.
   * @throws UnsupportedByServerError on pipes of a server without `processCloseStdin`
   */
  async closeStdin(options: WriteOptions = {}): Promise<void> {
    if (this.isTerminal && !this.#session.supports('processCloseStdin')) return this.write(endOfFile, options);
    this.#session.require('processCloseStdin', 'closing stdin');
    await this.#stdin.end(options);
  }

  /** Changes the size of the terminal. @throws UnsupportedByServerError, RpcError without a terminal */
  async resize(size: { readonly rows: number; readonly cols: number }): Promise<void> {
    this.#session.require('processResize', 'resizing a terminal');
    await this.#session.call(
      'process/resize',
      { processId: this.id, rows: size.rows, cols: size.cols },
      { isRepeatable: true, isUrgent: true },
    );
  }

  /**
   * Delivers a signal to the process group, or to the group that has the terminal now. False when nobody got it, as after
   * the end of the program; null when the server does not tell.
   * @throws UnsupportedByServerError for more than `interrupt` without `processSignals`; OutcomeUnknownError;
   *   RpcError `notATerminal`, `signalFailed`
   */
  async signal(signal: WireSignal, { target = 'group' }: SignalOptions = {}): Promise<boolean | null> {
    if (signal !== 'interrupt' || target !== 'group') this.#session.require('processSignals', `signal ${signal} to the ${target}`);
    const params = { processId: this.id, signal, ...(target === 'group' ? {} : { target }) };
    return (await this.#session.call('process/signal', params, { isUrgent: true })).delivered ?? null;
  }

  /**
   * Kills the process group. False when there was nobody to kill, or this was done before.
   * @throws UnsupportedByServerError for options without `processTerminateGrace`
   */
  async terminate({ graceMs = 0, orphans = false }: TerminateOptions = {}): Promise<boolean> {
    if (graceMs > 0 || orphans) this.#session.require('processTerminateGrace', 'a grace, or orphans, when terminating');
    const params = { processId: this.id, ...(graceMs > 0 ? { graceMs } : {}), ...(orphans ? { orphans } : {}) };
    return (await this.#session.call('process/terminate', params, { isRepeatable: true, isUrgent: true })).running;
  }

  /** Kills the program if it still runs, and waits for its end. */
  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#isOver) return;
    this.#events.discard();
    this.#streams.stdout.discard();
    this.#streams.stderr.discard();
    try {
      await this.terminate();
      await this.closed;
    } catch (error) {
      if (!(error instanceof DisconnectedError)) throw error; // with the session the process is out of reach
    }
  }

  // For the process client

  /** A live event of this process. */
  notified<Name extends keyof Notifications>(method: Name, params: Notifications[Name]): void {
    if (this.#isOver) return;
    if (method === 'process/output') {
      const { seq, stream, chunk } = params as Notifications['process/output'];
      this.#order.push({ type: 'output', seq, stream, chunk: decodeBase64(chunk) });
    } else if (method === 'process/exited') {
      const { seq, exitCode, signal, timedOut } = params as Notifications['process/exited'];
      this.#order.push({ type: 'exited', seq, exitCode, signal: signal ?? null, timedOut: timedOut ?? false });
    } else if (method === 'process/closed') {
      this.#order.push({ type: 'closed', seq: (params as Notifications['process/closed']).seq });
    }
    if (this.#order.earlyCount > limits.outOfOrderEvents) void this.catchUp();
    this.#gapWatch.look();
  }

  /** Fetches what was missed. Live events may come meanwhile. Never rejects: failure is told through the process itself. */
  catchUp(): Promise<void> {
    this.#mustCatchUp = true;
    this.#catchingUp ??= this.#catchUp()
      .catch((error: unknown) => this.fail(error as Error))
      .finally(() => (this.#catchingUp = null));
    return this.#catchingUp;
  }

  /** Again, when a line has broken meanwhile: what was sent last on it may be lost. */
  async #catchUp(): Promise<void> {
    while (this.#mustCatchUp && !this.#isOver) {
      this.#mustCatchUp = false;
      await catchUp(this.#order, (afterSeq, pageBytes) => this.#readLog(afterSeq, pageBytes));
    }
    this.#renewCredit();
  }

  /** Why nothing more is to be expected of it, when that was not its own end. */
  get failure(): Error | null {
    return this.#failure;
  }

  /** Nothing more is to be expected. */
  fail(error: Error): void {
    if (this.#isOver) return;
    this.#failure = error;
    this.#finish(error);
    this.#failExited(error);
    this.#failClosed(error);
  }

  async #readLog(afterSeq: number, pageBytes: number): Promise<ProcessReadResult> {
    const maxBytes = this.#session.supports('outputGap') ? pageBytes : null;
    const params = { processId: this.id, afterSeq, maxBytes, waitMs: 0 };
    const result = await this.#session.call('process/read', params, { isUrgent: true });
    this.#credit?.received(result.gap?.bytes ?? 0); // nobody will take it
    return result;
  }

  #createCredit(grantedBytes: number): OutputCredit {
    return new OutputCredit(limits.outputWindowBytes, grantedBytes, (bytes) => {
      const params = { processId: this.id, bytes };
      // Once more is better than never; what becomes of the process is told by its end.
      this.#session.call('process/grant', params, { isRepeatable: true, isUrgent: true }).catch(() => undefined);
    });
  }

  #renewCredit(): void {
    if (this.#isOver) return;
    this.#credit?.renew(Math.max(this.#events.waitingBytes, this.#streams.stdout.waitingBytes, this.#streams.stderr.waitingBytes));
  }

  #deliver(event: ProcessEvent): void {
    const bytes = eventBytes + (event.type === 'output' ? event.chunk.length : 0);
    this.#events.push(event, bytes);
    switch (event.type) {
      case 'output':
        this.#streams[event.stream === 'stderr' ? 'stderr' : 'stdout'].push(event, bytes);
        this.#credit?.received(event.chunk.length);
        this.#renewCredit();
        return;
      case 'gap': // whose output is missing is not known
        this.#streams.stdout.push(event, bytes);
        this.#streams.stderr.push(event, bytes);
        return;
      case 'exited':
        this.#exit = { exitCode: event.exitCode, signal: event.signal, timedOut: event.timedOut };
        this.#settleExited(this.#exit);
        return;
      case 'closed':
        this.#finish(null);
        this.#settleClosed(this.#exit as ProcessExit); // it has a lower number
    }
  }

  #finish(error: Error | null): void {
    this.#isOver = true;
    this.#gapWatch.stop();
    this.#events.finish(error);
    this.#streams.stdout.finish(error);
    this.#streams.stderr.finish(error);
    this.#onEnd();
    this.#onPressure();
  }
}
