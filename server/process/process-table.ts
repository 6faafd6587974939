import { RpcError } from '@exec-server/protocol';
import type { LaunchRequest, ProcessDescription, StreamName } from './launch.js';
import { Process, type ProcessListener } from './process.js';
import type { ProcessHost } from './process-host.js';

/** A process whose start is under way. Requests that name it wait until it is settled, in order of arrival. */
export class StartingProcess {
  readonly description: ProcessDescription;
  readonly startedAtMs = Date.now();
  readonly settled: Promise<void>;
  settle!: () => void;
  isCancelled = false;

  constructor(readonly request: LaunchRequest) {
    this.description = request;
    this.settled = new Promise((resolve) => (this.settle = resolve));
  }
}

/** The processes of one session, by the ids its client chose: starting, alive, and closed ones for a while. */
export class ProcessTable {
  readonly #host: ProcessHost;
  readonly #listener: ProcessListener;
  readonly #entries = new Map<string, StartingProcess | Process>();
  readonly #retention = new Map<string, NodeJS.Timeout>();
  #isClosed = false;

  /** @param listener told of all events of all processes */
  constructor(host: ProcessHost, listener: ProcessListener) {
    this.#host = host;
    this.#listener = listener;
  }

  get host(): ProcessHost {
    return this.#host;
  }

  /** No process is known, neither alive nor retained. */
  get isEmpty(): boolean {
    return this.#entries.size === 0;
  }

  /** Processes that are closed and still readable. */
  get closedCount(): number {
    return this.#retention.size;
  }

  entries(): IterableIterator<[string, StartingProcess | Process]> {
    return this.#entries.entries();
  }

  get(id: string): StartingProcess | Process | undefined {
    return this.#entries.get(id);
  }

  /**
   * Takes an id, at once, before anything is started.
   * @throws RpcError `processIdTaken`, `limitExceeded`, `sessionEnded`
   */
  reserve(id: string, request: LaunchRequest): StartingProcess {
    if (this.#isClosed) throw new RpcError('sessionEnded', 'the session has ended');
    if (this.#entries.has(id)) throw new RpcError('processIdTaken', 'process ID already exists');
    this.#host.enter();
    const starting = new StartingProcess(request);
    this.#entries.set(id, starting);
    return starting;
  }

  /**
   * Starts what was reserved. On failure the id is free again and nothing is left behind.
   * @param attend who is told of its events instead of the table's listener, which it gets
   */
  async start(
    id: string,
    starting: StartingProcess,
    attend: (listener: ProcessListener) => ProcessListener = (listener) => listener,
  ): Promise<Process> {
    try {
      if (starting.isCancelled) throw startCancelled(id);
      const launched = await this.#host.launch(starting.request);
      const process = new Process(id, starting.request, launched, this.#host, this.#reportTo(attend(this.#listener)));
      this.#entries.set(id, process);
      if (!starting.isCancelled) return process;
      process.destroy();
      throw startCancelled(id);
    } catch (error) {
      this.release(id, starting);
      throw error;
    } finally {
      starting.settle();
    }
  }

  /** Gives a reservation back that will not be started. Does nothing once it was started or given back. */
  release(id: string, starting: StartingProcess): void {
    if (this.#entries.get(id) !== starting) return;
    this.#entries.delete(id);
    this.#host.leave();
    starting.settle();
  }

  /** Ends every process and forgets all; returns how many were alive. Nothing is reported any more. */
  close(): number {
    if (this.#isClosed) return 0;
    this.#isClosed = true;
    let alive = 0;
    for (const timer of this.#retention.values()) clearTimeout(timer);
    this.#retention.clear();
    for (const entry of this.#entries.values()) {
      if (entry instanceof StartingProcess) {
        entry.isCancelled = true;
        alive++;
        continue;
      }
      if (entry.state === 'running') alive++;
      entry.destroy();
      entry.forget();
    }
    return alive;
  }

  /** Nothing is reported once the table is closed. */
  #reportTo(listener: ProcessListener): ProcessListener {
    return {
      output: (process: Process, seq: number, stream: StreamName, chunk: Buffer) => {
        if (!this.#isClosed) listener.output(process, seq, stream, chunk);
      },
      exited: (process, seq) => {
        if (!this.#isClosed) listener.exited(process, seq);
      },
      closed: (process, seq) => this.#closed(process, seq, listener),
    };
  }

  #closed(process: Process, seq: number, listener: ProcessListener): void {
    this.#host.leave();
    if (this.#isClosed) {
      process.forget();
      this.#entries.delete(process.id);
      return;
    }
    listener.closed(process, seq);
    const timer = setTimeout(() => this.#forget(process), this.#host.limits.closedProcessMs);
    timer.unref();
    this.#retention.set(process.id, timer);
  }

  #forget(process: Process): void {
    this.#retention.delete(process.id);
    this.#entries.delete(process.id);
    process.destroy();
    process.forget();
  }
}

function startCancelled(id: string): RpcError {
  return new RpcError('startCancelled', `process ${id} start was cancelled`);
}
