import { Readable } from 'node:stream';
import { RpcError } from '@exec-server/protocol';

export interface UploadLimits {
  /** Pieces that may wait for the server, and their bytes; one always may. */
  readonly maxPieces: number;
  readonly maxBytes: number;
}

interface WaitingPiece {
  readonly bytes: Uint8Array;
  readonly done: boolean;
  readonly accept: () => void;
  readonly refuse: (error: RpcError) => void;
}

/** A request body that comes in pieces. A piece is accepted when the connection to the server takes it. */
export class Upload {
  /** What is sent. Owned by this. */
  readonly stream: Readable;
  readonly #requestId: string;
  readonly #limits: UploadLimits;
  readonly #waiting: WaitingPiece[] = [];
  #waitingBytes = 0;
  #nextSeq = 1;
  #isDone = false;
  #isClosed = false;
  /** The stream asks for more. */
  #isWanted = false;

  constructor(requestId: string, limits: UploadLimits) {
    this.#requestId = requestId;
    this.#limits = limits;
    this.stream = new Readable({
      read: () => {
        this.#isWanted = true;
        this.#pass();
      },
      destroy: (error, done) => {
        this.close();
        done(error);
      },
    });
    this.stream.on('error', () => undefined); // the exchange tells
  }

  /**
   * Takes the next piece; settles when it was accepted.
   * @throws RpcError `invalidParams` for a piece out of order or behind the last, `limitExceeded` when too much waits,
   *   `unknownExchange` when the body is not wanted any more
   */
  add(seq: number, bytes: Uint8Array, done: boolean): Promise<void> {
    if (this.#isClosed) throw this.#unwanted();
    if (this.#isDone) throw new RpcError('invalidParams', `http/requestBody the body of \`${this.#requestId}\` is complete`);
    if (seq !== this.#nextSeq) {
      throw new RpcError('invalidParams', `http/requestBody seq ${seq} of \`${this.#requestId}\` is not the next: ${this.#nextSeq} is`);
    }
    const { maxPieces, maxBytes } = this.#limits;
    if (this.#waiting.length > 0 && (this.#waiting.length >= maxPieces || this.#waitingBytes + bytes.length > maxBytes)) {
      throw new RpcError(
        'limitExceeded',
        `http/requestBody ${this.#waiting.length} pieces of \`${this.#requestId}\` are waiting to be accepted`,
      );
    }
    this.#nextSeq++;
    this.#isDone = done;
    this.#waitingBytes += bytes.length;
    return new Promise((accept, refuse) => {
      this.#waiting.push({ bytes, done, accept, refuse });
      this.#pass();
    });
  }

  /** The body is not wanted any more. Pieces that wait are refused. */
  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    for (const { refuse } of this.#waiting.splice(0)) refuse(this.#unwanted());
    this.stream.destroy();
  }

  #pass(): void {
    while (this.#isWanted && !this.#isClosed) {
      const piece = this.#waiting.shift();
      if (!piece) return;
      this.#waitingBytes -= piece.bytes.length;
      if (piece.bytes.length > 0) this.#isWanted = this.stream.push(piece.bytes);
      if (piece.done) this.stream.push(null);
      piece.accept();
    }
  }

  #unwanted(): RpcError {
    return new RpcError('unknownExchange', `http/requestBody no request \`${this.#requestId}\` takes a body`);
  }
}
