import type { HttpRequestResult, RpcError } from '@exec-server/protocol';
import { BodyFrames } from './body-frames.js';
import type { ReplyListener, ResponseHead } from './exchange.js';
import { type HttpFailure, requestFailed } from './http-failure.js';

/** What a streamed body needs of the connection. */
export interface ExchangePeer {
  /** More is waiting for the network than should be. */
  readonly isCongested: boolean;
  /** Sends one finished message. */
  notify(frame: string | Uint8Array): void;
}

export interface StreamedReplyOptions {
  readonly requestId: string;
  readonly peer: ExchangePeer;
  /** Bytes the client has room for; null for no limit. */
  readonly creditBytes: number | null;
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
  /** A piece that came while there was no room; what follows it waits at the server. */
  #held: Buffer | null = null;
  #end: { readonly error: string | null } | null = null;
  #creditBytes: number;
  #hasHead = false;
  #hasBegun = false;
  #isOver = false;
  #resolve!: (result: HttpRequestResult) => void;
  #reject!: (error: RpcError) => void;

  constructor(options: StreamedReplyOptions) {
    this.#options = options;
    this.#frames = new BodyFrames(options.requestId);
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
    if (this.#held && this.#hasRoom()) {
      this.#send(this.#held);
      this.#held = null;
    }
    if (this.#held) return;
    if (this.#end) this.#finish(this.#end.error);
    else if (this.#hasRoom()) this.#options.resume();
  }

  /** Nobody is told any more. */
  close(error: RpcError): void {
    this.#isOver = true;
    this.#held = null;
    this.#reject(error);
  }

  head({ status, headers, url, redirected }: ResponseHead): boolean {
    this.#hasHead = true;
    this.#resolve({ status, headers: [...headers], bodyBase64: '', url, redirected });
    return false;
  }

  data(piece: Buffer): boolean {
    if (this.#held || !this.#hasRoom()) {
      this.#held = this.#held ? Buffer.concat([this.#held, piece]) : piece;
      return false;
    }
    this.#send(piece);
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
    if (failure.isWanted) this.#held = null;
    this.#end = { error: failure.message };
    this.flow();
  }

  #hasRoom(): boolean {
    if (!this.#hasBegun || this.#isOver || this.#creditBytes <= 0) return false;
    if (!this.#options.peer.isCongested) return true;
    this.#options.onCongested();
    return false;
  }

  #send(piece: Buffer): void {
    this.#creditBytes -= piece.length;
    this.#options.peer.notify(this.#frames.piece(piece));
  }

  #finish(error: string | null): void {
    this.#options.peer.notify(this.#frames.end(error));
    this.#over();
  }

  #over(): void {
    this.#isOver = true;
    this.#held = null;
    this.#options.onOver();
  }
}
