import { encodeBase64 } from '@exec-server/protocol';
import { SessionLostError, StdinClosedError } from '../errors.js';
import type { SessionClient } from '../session/session-client.js';

export interface WriteOptions {
  /** Stops waiting; what was handed over before may be written all the same. */
  readonly signal?: AbortSignal | undefined;
}

/** Largest piece of one write: base64 of more leaves its fast path. */
const pieceBytes = 64 * 1024;
/** Pieces of one process on the way at a time. */
const piecesInFlight = 8;

/** What one call wants to be sent. */
interface Input {
  /** Each step sends the next piece and gives its answer. */
  readonly pieces: Iterator<Promise<void>, void>;
  readonly signal: AbortSignal | undefined;
  readonly resolve: () => void;
  readonly reject: (error: Error) => void;
  unanswered: number;
}

/** Input on its way to one process: piece by piece, in the order of the calls, whatever order the answers come in. */
export class StdinWriter {
  readonly #session: SessionClient;
  readonly #processId: string;
  /** Inputs that are not wholly sent. */
  readonly #line = new Set<Input>();
  /** Signals of those in line, each with one listener, however many share it. */
  readonly #signals = new Set<AbortSignal>();
  readonly #writePrefix = crypto.randomUUID().slice(0, 8);
  #writes = 0;
  #inFlight = 0;

  constructor(session: SessionClient, processId: string) {
    this.#session = session;
    this.#processId = processId;
  }

  /** Resolves when the server has queued it all. After a piece that failed the rest is not sent. */
  write(bytes: Uint8Array, options: WriteOptions): Promise<void> {
    return this.#enqueue(this.#cut(bytes, options), options);
  }

  /** Ends the input after what was written before. */
  end(options: WriteOptions): Promise<void> {
    return this.#enqueue(this.#endOfInput(options), options);
  }

  #enqueue(pieces: Input['pieces'], { signal }: WriteOptions): Promise<void> {
    return new Promise((resolve, reject) => {
      if (signal?.aborted) return reject(signal.reason as Error);
      const input = { pieces, signal, resolve, reject, unanswered: 0 };
      this.#line.add(input);
      this.#sendNext();
      if (signal && this.#line.has(input)) {
        this.#signals.add(signal);
        signal.addEventListener('abort', this.#dropAborted);
      }
    });
  }

  /** Sends what there is room for. */
  #sendNext(): void {
    for (const input of this.#line) {
      while (this.#inFlight < piecesInFlight) {
        const { value: answer } = input.pieces.next();
        if (!answer) {
          this.#leaveLine(input);
          break;
        }
        this.#await(answer, input);
      }
      if (this.#inFlight >= piecesInFlight) return;
    }
  }

  #await(answer: Promise<void>, input: Input): void {
    this.#inFlight++;
    input.unanswered++;
    const answered = (): void => {
      this.#inFlight--;
      input.unanswered--;
      this.#sendNext();
      if (input.unanswered === 0 && !this.#line.has(input)) input.resolve();
    };
    answer.then(answered, (error: Error) => {
      input.reject(error);
      this.#leaveLine(input);
      answered();
    });
  }

  #leaveLine(input: Input): void {
    this.#line.delete(input);
    if (input.unanswered === 0) input.resolve();
    if (this.#line.size > 0) return;
    for (const signal of this.#signals) signal.removeEventListener('abort', this.#dropAborted);
    this.#signals.clear();
  }

  readonly #dropAborted = (): void => {
    for (const input of this.#line) {
      if (!input.signal?.aborted) continue;
      input.reject(input.signal.reason as Error);
      this.#leaveLine(input);
    }
  };

  *#cut(bytes: Uint8Array, options: WriteOptions): Generator<Promise<void>, void> {
    for (let at = 0; at < bytes.length; at += pieceBytes) yield this.#write(bytes.subarray(at, at + pieceBytes), options);
  }

  async #write(piece: Uint8Array, options: WriteOptions): Promise<void> {
    const params = { processId: this.#processId, chunk: encodeBase64(piece), writeId: this.#nextWriteId() };
    const { status } = await this.#session.call('process/write', params, { ...options, isRepeatable: true });
    if (status === 'unknownProcess') throw new SessionLostError(`the server does not know process ${this.#processId} any more`);
    if (status !== 'accepted') throw new StdinClosedError(`process ${this.#processId} takes no input: ${status}`);
  }

  *#endOfInput(options: WriteOptions): Generator<Promise<void>, void> {
    const params = { processId: this.#processId, writeId: this.#nextWriteId() };
    yield this.#session.call('process/closeStdin', params, { ...options, isRepeatable: true }).then(() => undefined);
  }

  /** Unique among all handles that ever write to the process. */
  #nextWriteId(): string {
    return `${this.#writePrefix}-${++this.#writes}`;
  }
}
