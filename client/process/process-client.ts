import { limits, type Notifications, type ProcessListResult, type ProcessStartParams, RpcError } from '@exec-server/protocol';
import { OutcomeUnknownError } from '../errors.js';
import type { SessionClient } from '../session/session-client.js';
import { RemoteProcess } from './remote-process.js';
import { type StartOptions, toStartParams } from './start-params.js';

/** How often a start is sent again when the line keeps breaking before its answer. */
const mostStarts = 5;

/** The processes of a session. */
export class ProcessClient {
  readonly #session: SessionClient;
  readonly #processes = new Map<string, RemoteProcess>();
  /** Processes whose start is not answered yet. */
  readonly #starting = new Set<RemoteProcess>();
  readonly #attaching = new Map<string, Promise<RemoteProcess>>();
  /** Processes with a reader that is behind. */
  readonly #behind = new Set<RemoteProcess>();

  constructor(session: SessionClient) {
    this.#session = session;
  }

  /** Processes whose end has not been seen. */
  get live(): readonly RemoteProcess[] {
    return [...this.#processes.values()];
  }

  /**
   * Starts a program. When the line breaks before the answer comes, it finds out on the next connection whether the
   * process runs, and starts it if it does not.
   * @throws RpcError `startFailed`, `processIdTaken` and others; UnsupportedByServerError; SessionLostError;
   *   OutcomeUnknownError; the signal's reason
   */
  async start(options: StartOptions): Promise<RemoteProcess> {
    options.signal?.throwIfAborted();
    const credit = this.#session.supports('credits') ? { creditBytes: limits.outputWindowBytes } : {};
    const params = { ...toStartParams(this.#session, options), ...credit };
    // Events name the process by its id: the one that has it goes on getting them.
    if (this.#processes.has(params.processId)) throw new RpcError('processIdTaken', 'process ID already exists');
    const process = this.#register(params.processId, params.tty, credit.creditBytes ?? 0);
    this.#starting.add(process);
    try {
      process.pid = await this.#send(params);
    } catch (error) {
      process.fail(error as Error);
      throw error;
    } finally {
      this.#starting.delete(process);
    }
    bindSignal(process, options.signal);
    return process;
  }

  /**
   * Takes up a process of the session that another client started, with all output that is still kept.
   * @throws RpcError `unknownProcess`
   */
  async attach(processId: string): Promise<RemoteProcess> {
    const underWay = this.#attaching.get(processId);
    if (underWay) return underWay;
    const known = this.#processes.get(processId);
    if (known) return known;
    const attaching = this.#attach(processId).finally(() => this.#attaching.delete(processId));
    this.#attaching.set(processId, attaching);
    return attaching;
  }

  /** @throws UnsupportedByServerError */
  async list(): Promise<ProcessListResult> {
    this.#session.require('processList', 'listing processes');
    return this.#session.call('process/list', {}, { isRepeatable: true });
  }

  // For the exec client

  /** Asks the server once to kill everything that lives, and waits for its answers for so long at most. */
  async terminateAll(timeoutMs: number): Promise<void> {
    const options = { timeoutMs, isUrgent: true };
    await Promise.all(this.live.map(({ id }) => this.#session.call('process/terminate', { processId: id }, options)));
  }

  notification<Name extends keyof Notifications>(method: Name, params: Notifications[Name]): void {
    if (!method.startsWith('process/')) return;
    this.#processes.get((params as Notifications['process/closed']).processId)?.notified(method, params);
  }

  resumed(): void {
    for (const process of this.#processes.values()) if (!this.#starting.has(process)) void process.catchUp();
  }

  ended(error: Error): void {
    for (const process of this.#processes.values()) process.fail(error);
  }

  async #attach(processId: string): Promise<RemoteProcess> {
    const { processes } = this.#session.supports('processList') ? await this.list() : { processes: [] };
    const known = this.#processes.get(processId); // started meanwhile
    if (known) return known;
    const found = processes.find((entry) => entry.processId === processId);
    const process = this.#register(processId, found?.tty ?? false, 0);
    process.pid = found?.pid ?? null;
    await process.catchUp();
    if (process.failure) throw process.failure;
    return process;
  }

  /** @param creditBytes what the server is told at the start */
  #register(processId: string, isTerminal: boolean, creditBytes: number): RemoteProcess {
    const process: RemoteProcess = new RemoteProcess(
      processId,
      isTerminal,
      this.#session,
      creditBytes,
      () => this.#processes.delete(processId),
      () => this.#pressureChanged(process),
    );
    this.#processes.set(processId, process);
    return process;
  }

  #pressureChanged(process: RemoteProcess): void {
    if (process.isBehind) this.#behind.add(process);
    else this.#behind.delete(process);
    this.#session.holdBack(this, this.#behind.size > 0);
  }

  /** Returns the pid, if the server tells. */
  async #send(params: ProcessStartParams): Promise<number | null> {
    for (let attempt = 1; ; attempt++) {
      try {
        return (await this.#session.call('process/start', params)).pid ?? null;
      } catch (error) {
        if (!(error instanceof OutcomeUnknownError) || this.#session.state === 'closed') throw error;
        if (await this.#isKnown(params.processId, error)) return null;
        if (attempt === mostStarts) throw error;
      }
    }
  }

  /** Whether a start whose answer was lost has happened. The id is ours alone, so that the server's word decides. */
  async #isKnown(processId: string, lost: OutcomeUnknownError): Promise<boolean> {
    try {
      await this.#session.call('process/read', { processId, afterSeq: 0, maxBytes: 0, waitMs: 0 }, { isRepeatable: true });
      await this.#processes.get(processId)?.catchUp();
      return true;
    } catch (error) {
      if (!(error instanceof RpcError)) throw error;
      if (!error.message.endsWith('is starting')) return false;
      // The reference server never finishes a start whose connection was lost.
      await this.#session.call('process/terminate', { processId }, { isRepeatable: true });
      throw lost;
    }
  }
}

function bindSignal(process: RemoteProcess, signal: AbortSignal | undefined): void {
  if (!signal) return;
  const abort = (): void => void process.terminate().catch(() => undefined); // its end, or the session's, is told by the process
  signal.addEventListener('abort', abort, { once: true });
  const stop = (): void => signal.removeEventListener('abort', abort);
  process.closed.then(stop, stop);
  if (signal.aborted) abort();
}
