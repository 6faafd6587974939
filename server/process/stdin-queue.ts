import { RpcError } from '@exec-server/protocol';
import type { InputSink } from './launch.js';

export interface StdinQueueLimits {
  readonly maxWrites: number;
  readonly maxBytes: number;
  readonly rememberedIds: number;
}

export type InputStatus = 'accepted' | 'stdinClosed';

/** Bytes to write, or null for the end of input. */
type Input = Uint8Array | null;

interface WaitingInput {
  readonly writeId: string;
  readonly input: Input;
  readonly accepted: Promise<InputStatus>;
  readonly settle: (status: InputStatus) => void;
  readonly fail: (error: Error) => void;
}

/**
 * What clients have written to a process, applied in order of arrival.
 * A write is accepted when it fits the queue; others wait, in order, until the process has read on.
 * Accepted ids are remembered, so that a write sent again is not applied again.
 */
export class StdinQueue {
  readonly #sink: InputSink;
  readonly #limits: StdinQueueLimits;
  readonly #accepted: Input[] = [];
  readonly #waiting = new Map<string, WaitingInput>();
  readonly #ids = new Set<string>();
  #acceptedBytes = 0;
  #endsWaiting = 0;
  #isWriting = false;
  #state: 'open' | 'ended' | 'gone' = 'open';

  constructor(sink: InputSink, limits: StdinQueueLimits) {
    this.#sink = sink;
    this.#limits = limits;
  }

  /**
   * Queues a write, or the end of input (null).
   * @param waiter its signal takes a write that waits out of the queue again
   * @throws RpcError `stdinFailed` when the process has exited
   */
  enqueue(writeId: string, input: Input, waiter: { readonly signal: AbortSignal }): InputStatus | Promise<InputStatus> {
    if (this.#ids.has(writeId)) return 'accepted';
    if (this.#state === 'gone') throw stdinFailed();
    if (this.#state === 'ended' || this.#isEndQueued()) return 'stdinClosed';
    const waiting = this.#waiting.get(writeId);
    if (waiting) return waiting.accepted;
    if (this.#waiting.size === 0 && this.#fits(input)) {
      this.#accept(writeId, input);
      return 'accepted';
    }
    return this.#wait(writeId, input, waiter.signal);
  }

  /** The process is gone: nothing is written any more, and writes that wait fail. */
  close(): void {
    if (this.#state === 'gone') return;
    this.#state = 'gone';
    this.#dropAccepted();
    for (const waiting of [...this.#waiting.values()]) waiting.fail(stdinFailed());
    this.#sink.close();
  }

  /** Whether nothing may follow what is queued already. A terminal takes more after its end-of-file character. */
  #isEndQueued(): boolean {
    return !this.#sink.staysOpen && (this.#accepted.at(-1) === null || this.#endsWaiting > 0);
  }

  #fits(input: Input): boolean {
    if (this.#accepted.length === 0) return true;
    return this.#accepted.length < this.#limits.maxWrites && this.#acceptedBytes + (input?.length ?? 0) <= this.#limits.maxBytes;
  }

  #accept(writeId: string, input: Input): void {
    this.#ids.add(writeId);
    if (this.#ids.size > this.#limits.rememberedIds) this.#ids.delete(this.#ids.values().next().value as string);
    this.#accepted.push(input);
    this.#acceptedBytes += input?.length ?? 0;
    this.#writeNext();
  }

  #wait(writeId: string, input: Input, signal: AbortSignal): Promise<InputStatus> {
    if (signal.aborted) return Promise.reject(signal.reason as Error);
    const { promise, resolve, reject } = withResolvers<InputStatus>();
    const leave = (): void => {
      this.#waiting.delete(writeId);
      if (input === null) this.#endsWaiting--;
      signal.removeEventListener('abort', abort);
    };
    const settle = (status: InputStatus): void => {
      leave();
      resolve(status);
    };
    const fail = (error: Error): void => {
      leave();
      reject(error);
    };
    const abort = (): void => {
      fail(signal.reason as Error);
      this.#acceptWaiting();
    };
    signal.addEventListener('abort', abort);
    if (input === null) this.#endsWaiting++;
    this.#waiting.set(writeId, { writeId, input, accepted: promise, settle, fail });
    return promise;
  }

  #writeNext(): void {
    if (this.#isWriting || this.#state === 'gone') return;
    const input = this.#accepted[0];
    if (input === undefined) return;
    if (input === null) {
      this.#end();
      return;
    }
    this.#isWriting = true;
    this.#sink.write(input, (error) => {
      this.#isWriting = false;
      if (this.#state === 'gone') return;
      if (error) this.#stopReading();
      else this.#written(input);
    });
  }

  #written(input: Input): void {
    this.#accepted.shift();
    this.#acceptedBytes -= input?.length ?? 0;
    this.#acceptWaiting();
    this.#writeNext();
  }

  /** Accepts what waits, in order, for as long as it fits and can be written. */
  #acceptWaiting(): void {
    for (;;) {
      const [first] = this.#waiting.values();
      if (!first || this.#state !== 'open' || !this.#fits(first.input)) return;
      first.settle('accepted');
      this.#accept(first.writeId, first.input);
    }
  }

  #end(): void {
    this.#sink.end();
    if (this.#sink.staysOpen) this.#written(null);
    else this.#stopReading();
  }

  /** Nothing can be written any more, though the process lives: what was accepted is lost to it, as on a local pipe. */
  #stopReading(): void {
    this.#state = 'ended';
    this.#dropAccepted();
    for (const waiting of [...this.#waiting.values()]) waiting.settle('stdinClosed');
  }

  #dropAccepted(): void {
    this.#accepted.length = 0;
    this.#acceptedBytes = 0;
  }
}

function withResolvers<Value>() {
  let resolve!: (value: Value) => void;
  let reject!: (error: Error) => void;
  const promise = new Promise<Value>((onResolve, onReject) => {
    resolve = onResolve;
    reject = onReject;
  });
  return { promise, resolve, reject };
}

function stdinFailed(): RpcError {
  return new RpcError('stdinFailed', 'failed to write to process stdin');
}
