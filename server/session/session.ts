import { RpcError } from '@exec-server/protocol';
import type { StreamName } from '../process/launch.js';
import type { ProcessHost } from '../process/process-host.js';
import { Process, type ProcessListener } from '../process/process.js';
import { ProcessTable } from '../process/process-table.js';
import type { Attachment } from './attachment.js';
import { EventFrames } from './event-frames.js';

export type SessionState = 'attached' | 'detached' | 'ended';

/**
 * A client's processes; outlives its connection. States: `attached ⇄ detached → ended`, or `attached → ended`.
 * The registry owns it; it owns the process table. At most one connection is attached.
 */
export class Session implements ProcessListener {
  readonly id: string;
  /** Who opened it; nobody else may take it up. */
  readonly principal: string | null;
  readonly processes: ProcessTable;
  readonly #host: ProcessHost;
  readonly #frames = new Map<Process, EventFrames>();
  /** Processes held back until the connection has room. */
  readonly #paused = new Set<Process>();
  #attachment: Attachment | null = null;
  #isEnded = false;

  constructor(id: string, principal: string | null, host: ProcessHost) {
    this.id = id;
    this.principal = principal;
    this.#host = host;
    this.processes = new ProcessTable(host, this);
  }

  get state(): SessionState {
    if (this.#isEnded) return 'ended';
    return this.#attachment ? 'attached' : 'detached';
  }

  get attachment(): Attachment | null {
    return this.#attachment;
  }

  /**
   * New events go to this connection from now on. One that held the session before has lost it.
   * Processes that were held back stay so until {@link drained}.
   */
  attach(attachment: Attachment): void {
    const previous = this.#attachment;
    this.#attachment = attachment;
    for (const process of this.#processes()) process.flow.readerCame();
    previous?.release(new RpcError('sessionResumedElsewhere', 'session has been resumed by another connection'), true);
    attachment.hold(this);
  }

  /** The connection is gone; processes run on. False when it did not hold the session any more. */
  detach(attachment: Attachment): boolean {
    if (this.#attachment !== attachment) return false;
    this.#attachment = null;
    for (const process of this.#processes()) process.flow.readerLeft();
    this.#resumeAll();
    return true;
  }

  /** The connection has room again. */
  drained(): void {
    this.#resumeAll();
  }

  /** Kills the processes and returns how many were alive. */
  end(error: RpcError): number {
    if (this.#isEnded) return 0;
    this.#isEnded = true;
    const attachment = this.#attachment;
    this.#attachment = null;
    this.#paused.clear();
    this.#frames.clear();
    const alive = this.processes.close();
    attachment?.release(error, false);
    return alive;
  }

  output(process: Process, seq: number, stream: StreamName, chunk: Buffer): void {
    process.flow.spend(chunk.length, this.#attachment !== null);
    if (!this.#attachment) return;
    const { bytes, sent } = this.#framesOf(process).output(seq, stream, chunk);
    this.#attachment.notify(bytes, sent);
    process.log.sent(seq);
    process.flow.awaitReader();
    if (!this.#attachment.isCongested) return;
    process.flow.hold('congested');
    this.#paused.add(process);
  }

  exited(process: Process, seq: number): void {
    this.#attachment?.notify(this.#framesOf(process).exited(seq, process));
  }

  closed(process: Process, seq: number): void {
    this.#attachment?.notify(this.#framesOf(process).closed(seq));
    this.#frames.delete(process);
    this.#paused.delete(process);
  }

  #framesOf(process: Process): EventFrames {
    let frames = this.#frames.get(process);
    if (!frames) this.#frames.set(process, (frames = new EventFrames(process.id, this.#host.frames)));
    return frames;
  }

  #resumeAll(): void {
    const paused = [...this.#paused];
    this.#paused.clear();
    for (const process of paused) process.flow.release('congested');
  }

  *#processes(): Generator<Process> {
    for (const [, entry] of this.processes.entries()) if (entry instanceof Process) yield entry;
  }
}
