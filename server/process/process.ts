import { outputLimits } from './output-limits.js';
import { OutputLog } from './output-log.js';
import type { LaunchedProcess, LaunchRequest, OutputSource, ProcessDescription, StreamName, TerminalSize, WaitStatus } from './launch.js';
import type { ProcessHost } from './process-host.js';
import { signalNumber } from './signals.js';
import { StdinQueue } from './stdin-queue.js';
import { groupIsAlive, killGroup, killSurvivors, signalGroup } from './process-group.js';

/** `exited`: the wait status is known; `closed`: all output is in the log as well. */
export type ProcessState = 'running' | 'exited' | 'closed';

/** `congested`: the connection has no room; `full`: the log has none. */
export type HoldReason = 'congested' | 'full';

/** Told of everything that happens to a process, in order of the sequence numbers. */
export interface ProcessListener {
  output(process: Process, seq: number, stream: StreamName, chunk: Buffer): void;
  exited(process: Process, seq: number): void;
  closed(process: Process, seq: number): void;
}

/**
 * One child and all it says: `running → exited → closed`. It is `closed` once it has exited and every stream has ended;
 * a grandchild that holds a stream open delays that. Output may come between `exited` and `closed`.
 * The session's process table owns it.
 */
export class Process {
  readonly id: string;
  readonly description: ProcessDescription;
  readonly pid: number;
  readonly startedAtMs = Date.now();
  readonly log: OutputLog;
  readonly stdin: StdinQueue | null;
  /** Null once it is closed: what is retained of a process should be little more than its output. */
  #launched: LaunchedProcess | null;
  readonly #listener: ProcessListener;
  readonly #host: ProcessHost;
  #state: ProcessState = 'running';
  #status: WaitStatus | null = null;
  #exitSeq = Infinity;
  #hasBegun = false;
  #openSources = 0;
  #isTerminated = false;
  /** Members of the group outlive the leader; only then may its number still be signalled. */
  #hasSurvivors = false;
  readonly #holds = new Set<HoldReason>();
  #catchUpTimer: NodeJS.Timeout | null = null;

  constructor(id: string, request: LaunchRequest, launched: LaunchedProcess, host: ProcessHost, listener: ProcessListener) {
    const { argv, cwd, terminal } = request;
    this.id = id;
    this.description = { argv, cwd, terminal };
    this.pid = launched.pid;
    this.#launched = launched;
    this.#host = host;
    this.#listener = listener;
    this.log = new OutputLog(outputLimits(request.retention, host.limits), host.retention, host.spill, () => this.release('full'));
    this.stdin =
      launched.input &&
      new StdinQueue(launched.input, {
        maxWrites: host.limits.stdinQueueWrites,
        maxBytes: host.limits.stdinQueueBytes,
        rememberedIds: host.limits.rememberedWriteIds,
      });
  }

  get state(): ProcessState {
    return this.#state;
  }

  /** The signal that ended the process, or null. */
  get endSignal(): NodeJS.Signals | null {
    return this.#status?.signal ?? null;
  }

  /** The exit status, or 128 + N when signal N ended the process; null while it runs. */
  get exitCode(): number | null {
    if (!this.#status) return null;
    const { code, signal } = this.#status;
    return signal === null ? code : 128 + signalNumber(signal);
  }

  /** The number of the exit; infinite while it runs. */
  get exitSeq(): number {
    return this.#exitSeq;
  }

  /** Starts to report, once the answer to the start is on its way. Safe to call twice. */
  begin(): void {
    if (this.#hasBegun || !this.#launched) return;
    this.#hasBegun = true;
    const { outputs, exited } = this.#launched;
    this.#openSources = outputs.length;
    for (const source of outputs) {
      source.open(
        (chunk) => this.#output(source.stream, chunk),
        () => this.#sourceEnded(),
      );
    }
    void exited.then((status) => this.#exited(status));
  }

  /** Stops reading output, so that the child blocks once its pipe is full, until every reason is taken back. */
  hold(reason: HoldReason): void {
    if (this.#holds.size === 0) for (const source of this.#sources) source.pause();
    this.#holds.add(reason);
  }

  release(reason: HoldReason): void {
    if (!this.#holds.delete(reason)) return;
    if (reason === 'full') this.readerLeft();
    if (this.#holds.size === 0) for (const source of this.#sources) source.resume();
  }

  /** A client is there, though what it has missed fills the log: when it does not begin to read, nobody waits for it. */
  awaitReader(): void {
    if (!this.log.isFull) return;
    this.#catchUpTimer ??= setTimeout(() => this.log.deliver(this.log.nextSeq - 1), this.#host.limits.catchUpMs);
    this.#catchUpTimer.unref();
  }

  /** The client is gone again. */
  readerLeft(): void {
    if (this.#catchUpTimer) clearTimeout(this.#catchUpTimer);
    this.#catchUpTimer = null;
  }

  /** Changes the size of the terminal, if there is one and the child still runs. */
  resize(size: TerminalSize): void {
    if (this.#state === 'running') this.#launched?.resize?.(size);
  }

  /** Delivers a signal to the child's group, if it still runs. */
  signal(signal: NodeJS.Signals): void {
    if (this.#state === 'running') signalGroup(this.pid, signal);
  }

  /**
   * Kills the child's group at once. False when the child has ended already or this was asked before.
   * @throws RpcError `signalFailed` when the system refuses
   */
  terminate(): boolean {
    if (this.#state !== 'running' || this.#isTerminated) return false;
    killGroup(this.pid);
    this.#isTerminated = true;
    return true;
  }

  /** Kills whatever is left of the group and lets go of the streams, so that it is closed soon. */
  destroy(): void {
    this.begin();
    this.#isTerminated = true;
    try {
      if (this.#state === 'running') killGroup(this.pid);
      else if (this.#hasSurvivors) killSurvivors(this.pid);
    } catch (error) {
      this.#host.logger.error({ pid: this.pid, error: (error as Error).message }, 'a process could not be killed');
    }
    if (this.#state !== 'running') this.#cutSources();
  }

  /** Gives the retained output back. */
  forget(): void {
    this.#host.retention.forget(this.log);
  }

  get #sources(): readonly OutputSource[] {
    return this.#launched?.outputs ?? [];
  }

  #output(stream: StreamName, chunk: Buffer): void {
    const seq = this.log.append(stream, chunk);
    this.#host.counters.outputBytes += chunk.length;
    this.#listener.output(this, seq, stream, chunk);
    if (this.log.isFull) this.hold('full');
  }

  #exited(status: WaitStatus): void {
    this.#status = status;
    this.#state = 'exited';
    this.#hasSurvivors = groupIsAlive(this.pid);
    this.stdin?.close();
    this.#exitSeq = this.log.mark();
    this.#listener.exited(this, this.#exitSeq);
    if (this.#isTerminated) this.#cutSources();
    this.#closeIfDone();
  }

  #sourceEnded(): void {
    this.#openSources--;
    this.#closeIfDone();
  }

  /** After a kill nobody waits for an escaped grandchild that still holds a stream (base). */
  #cutSources(): void {
    for (const source of this.#sources) source.cut();
  }

  #closeIfDone(): void {
    if (this.#state !== 'exited' || this.#openSources > 0) return;
    this.#state = 'closed';
    this.#launched = null;
    this.readerLeft();
    this.#host.retention.noteClosed(this.log);
    this.#listener.closed(this, this.log.mark());
  }
}
