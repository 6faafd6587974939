import { OutputFlow } from './output-flow.js';
import { outputLimits } from './output-limits.js';
import { OutputLog } from './output-log.js';
import { platform } from './launch.js';
import type { LaunchedProcess, LaunchRequest, OutputSource, ProcessDescription, StreamName, TerminalSize, WaitStatus } from './launch.js';
import type { ProcessHost } from './process-host.js';
import { signalNumber } from './signals.js';
import { StdinQueue } from './stdin-queue.js';
import { signalForeground } from './foreground-group.js';
import { ProcessGroup } from './process-group.js';
import { type TerminateOptions, Termination } from './termination.js';

/** `exited`: the wait status is known; `closed`: all output is in the log as well. */
export type ProcessState = 'running' | 'exited' | 'closed';

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
  readonly flow: OutputFlow;
  readonly stdin: StdinQueue | null;
  /** Somebody has asked for its output, and wants to hear of more. */
  hasBeenRead = false;
  /** Null once it is closed: what is retained of a process should be little more than its output. */
  #launched: LaunchedProcess | null;
  readonly #listener: ProcessListener;
  readonly #host: ProcessHost;
  #state: ProcessState = 'running';
  #status: WaitStatus | null = null;
  #exitSeq = Infinity;
  #hasBegun = false;
  #openSources = 0;
  readonly #group: ProcessGroup;
  readonly #termination: Termination;

  constructor(id: string, request: LaunchRequest, launched: LaunchedProcess, host: ProcessHost, listener: ProcessListener) {
    const { argv, cwd, terminal, timeoutMs } = request;
    this.id = id;
    this.description = { argv, cwd, terminal };
    this.pid = launched.pid;
    this.#launched = launched;
    this.#host = host;
    this.#listener = listener;
    this.log = new OutputLog(outputLimits(request.retention, host.limits), host.retention, host.spill, () => this.flow.release('full'));
    this.flow = new OutputFlow({
      sources: launched.outputs,
      log: this.log,
      creditBytes: request.creditBytes,
      catchUpMs: host.limits.catchUpMs,
    });
    this.stdin =
      launched.input &&
      new StdinQueue(launched.input, {
        maxWrites: host.limits.stdinQueueWrites,
        maxBytes: host.limits.stdinQueueBytes,
        rememberedIds: host.limits.rememberedWriteIds,
      });
    this.#group = new ProcessGroup(launched.pid, host.limits.orphanCheckMs, () => host.guard.forget(launched.pid));
    this.#termination = new Termination(this.#group, () => this.#cutSources(), host.logger);
    if (timeoutMs !== null) this.#termination.setDeadline(timeoutMs);
    // Its number may be somebody else's from now on, also when its end is not reported yet.
    void launched.exited.then(() => this.#group.leaderEnded());
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

  /** The deadline ended it: it was killed, and nobody else had done so before. */
  get hasTimedOut(): boolean {
    const wasKilled = this.#status?.signal === 'SIGKILL' || platform === 'win32';
    return this.#status !== null && wasKilled && this.#termination.hasTimedOut;
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

  /** Changes the size of the terminal, if there is one and the child still runs. */
  resize(size: TerminalSize): void {
    if (this.#state === 'running') this.#launched?.resize?.(size);
  }

  /**
   * Delivers a signal to the child's group, or to the group that has its terminal; false when nobody got it, as after
   * the child's end.
   * @throws RpcError `signalFailed` when the system refuses
   */
  signal(signal: NodeJS.Signals, target: 'group' | 'foreground' = 'group'): boolean {
    if (!this.#group.hasLeader) return false;
    return target === 'group' ? this.#group.signal(signal) : signalForeground(this.pid, signal);
  }

  /**
   * Kills the child's group, at once unless a grace is given. False when there was nobody to kill, or this was done before.
   * @throws RpcError `signalFailed` when the system refuses
   */
  terminate(options: TerminateOptions = { graceMs: 0, orphans: false }): boolean {
    return this.#termination.begin(options);
  }

  /** Kills whatever is left of the group and lets go of the streams, so that it is closed soon. */
  destroy(): void {
    this.begin();
    this.#termination.killNow();
  }

  /** Gives the retained output back, and the number of the group. */
  forget(): void {
    this.#termination.close();
    this.#group.close();
    this.#host.retention.forget(this.log);
  }

  get #sources(): readonly OutputSource[] {
    return this.#launched?.outputs ?? [];
  }

  #output(stream: StreamName, chunk: Buffer): void {
    const seq = this.log.append(stream, chunk);
    this.#host.counters.outputBytes += chunk.length;
    this.#listener.output(this, seq, stream, chunk);
    if (this.log.isFull) this.flow.hold('full');
  }

  #exited(status: WaitStatus): void {
    this.#status = status;
    this.#state = 'exited';
    this.stdin?.close();
    this.#exitSeq = this.log.mark();
    this.#listener.exited(this, this.#exitSeq);
    this.#termination.leaderEnded();
    this.#closeIfDone();
  }

  #sourceEnded(): void {
    this.#openSources--;
    this.#closeIfDone();
  }

  /** After a kill nobody waits for an escaped grandchild that still holds a stream (base). Before the exit all output counts. */
  #cutSources(): void {
    if (this.#state === 'running') return;
    for (const source of this.#sources) source.cut();
  }

  #closeIfDone(): void {
    if (this.#state !== 'exited' || this.#openSources > 0) return;
    this.#state = 'closed';
    this.#launched = null;
    this.flow.close();
    this.#termination.processClosed();
    this.log.end();
    this.#host.retention.noteClosed(this.log);
    this.#listener.closed(this, this.log.mark());
  }
}
