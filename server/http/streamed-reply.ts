import type { HttpRequestResult, RpcError } from '@exec-server/protocol';
import { BodyFrames } from './body-frames.js';
import type { ContentFrames } from '../content-frames.js';
import type { ReplyListener, ResponseHead } from './exchange.js';
import { type HttpFailure, requestFailed } from './http-failure.js';
import { PieceQueue } from './piece-queue.js';

/** What a streamed body needs of the connection. */
export interface ExchangePeer {
  /** More is waiting for the network than should be. */
  readonly isCongested: boolean;
  /** Sends one finished message, and calls `sent` when its bytes may be used for something else, if ever. */
  notify(frame: string | Uint8Array, sent?: () => void): void;
}

export interface StreamedReplyOptions {
  readonly requestId: string;
  readonly peer: ExchangePeer;
  readonly frames: ContentFrames;
  /** Bytes the client has room for; null for no limit. */
  readonly creditBytes: number | null;
  /** Small pieces go out together up to this size, in bytes; half of it goes out at once. */
  readonly deltaBytes: number;
  /** Lets the body come on. */
  readonly resume: () => void;
  /** The body waits for the connection: {@link StreamedReply.flow} is to be called when there is room. */
  readonly onCongested: () => void;
  /** The last delta has been sent, or there will be none. */
  readonly onOver: () => void;
}

/** A response whose head is the answer and whose body follows in notifications, as fast as the connection and the client take it. */
export class StreamedReply implements ReplyListener {
  /** The answer. */
  readonly answer: Promise<HttpRequestResult>;
  readonly #options: StreamedReplyOptions;
  readonly #frames: BodyFrames;
  /** What waits for room, or for the end of this turn: small pieces go out together. What follows waits at the server. */
  readonly #held: PieceQueue;
  #isFlowPlanned = false;
  #end: { readonly error: string | null } | null = null;
  #creditBytes: number;
  #hasHead = false;
  #hasBegun = false;
  #isOver = false;
  #resolve!: (result: HttpRequestResult) => void;
  #reject!: (error: RpcError) => void;

  constructor(options: StreamedReplyOptions) {
    this.#options = options;
    this.#frames = new BodyFrames(options.requestId, options.frames);
    this.#held = new PieceQueue(options.deltaBytes);
    this.#creditBytes = options.creditBytes ?? Infinity;
    this.answer = new Promise((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
    });
  }

  /** The answer has been sent: the body may follow. */
  begin(): void {
    this.#hasBegun = true;
    this.flow();
  }

  /** The client has room for so much more. */
  grant(bytes: number): void {
    this.#creditBytes = Math.min(this.#creditBytes + bytes, Number.MAX_SAFE_INTEGER);
    this.flow();
  }

  /** Sends what is held back, as far as there is room, and lets the body come on. */
  flow(): void {
    if (this.#isOver || !this.#hasBegun) return;
    while (this.#held.bytes > 0 && this.#hasRoom()) this.#send();
    if (this.#held.bytes > 0) return;
    if (this.#end) this.#finish(this.#end.error);
    else if (this.#hasRoom()) this.#options.resume();
  }

  /** Nobody is told any more. */
  close(error: RpcError): void {
    this.#isOver = true;
    this.#held.clear();
    this.#reject(error);
  }

  head({ status, headers, url, redirected }: ResponseHead): boolean {
    this.#hasHead = true;
    this.#resolve({ status, headers: [...headers], bodyBase64: '', url, redirected });
    return false;
  }

  data(piece: Buffer): boolean {
    this.#held.push(piece);
    if (!this.#hasRoom()) return false;
    if (this.#held.bytes < this.#options.deltaBytes / 2) {
      this.#planFlow();
      return true;
    }
    while (this.#held.bytes > 0 && this.#hasRoom()) this.#send();
    return this.#hasRoom();
  }

  ended(): void {
    this.#end = { error: null };
    this.flow();
  }

  failed(failure: HttpFailure): void {
    if (!this.#hasHead) {
      this.#over();
      this.#reject(requestFailed(failure));
      return;
    }
    if (failure.isWanted) this.#held.clear();
    this.#end = { error: failure.message };
    this.flow();
  }

  #hasRoom(): boolean {
    if (!this.#hasBegun || this.#isOver || this.#creditBytes <= 0) return false;
    if (!this.#options.peer.isCongested) return true;
    this.#options.onCongested();
    return false;
  }

  /** Once what is being read now is read. */
  #planFlow(): void {
    if (this.#isFlowPlanned) return;
    this.#isFlowPlanned = true;
    process.nextTick(() => {
      this.#isFlowPlanned = false;
      this.flow();
    });
  }

  #send(): void {
    const piece = this.#held.shift();
    if (!piece) return;
    this.#creditBytes -= piece.length;
    const { bytes, sent } = this.#frames.piece(piece);
    this.#options.peer.notify(bytes, sent);
  }

  #finish(error: string | null): void {
    this.#options.peer.notify(this.#frames.end(error));
    this.#over();
  }

  #over(): void {
    this.#isOver = true;
    this.#held.clear();
    this.#options.onOver();
  }
}
