import { RpcError, type HttpRequestResult } from '@exec-server/protocol';
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
  /** The last delta has been sent, or there will be none. */
  readonly onOver: () => void;
}

/** A response whose head is the answer and whose body follows in notifications, as fast as the connection and the client take it. */
export class StreamedReply implements ReplyListener {
  /** The answer. */
  readonly answer: Promise<HttpRequestResult>;
  readonly #options: StreamedReplyOptions;
  readonly #frames: BodyFrames;
  /** A piece that came while there was no room; nothing comes behind it until there is. */
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
    if (!this.#hasRoom || this.#isOver) return;
    if (this.#held) {
      this.#send(this.#held);
      this.#held = null;
    }
    if (this.#end) this.#finish(this.#end.error);
    else if (this.#hasRoom) this.#options.resume();
  }

  /** Nobody is told any more. */
  close(error: RpcError): void {
    this.#isOver = true;
    this.#held = null;
    this.#reject(error);
  }

  head({ status, headers, url, isRedirected }: ResponseHead): boolean {
    this.#hasHead = true;
    this.#resolve({ status, headers: [...headers], bodyBase64: '', url, redirected: isRedirected });
    return false;
  }

  data(piece: Buffer): boolean {
    if (!this.#hasRoom) {
      this.#held = this.#held ? Buffer.concat([this.#held, piece]) : piece;
      return false;
    }
    this.#send(piece);
    return this.#hasRoom;
  }

  ended(): void {
    this.#finishWhenFlown(null);
  }

  failed(failure: HttpFailure): void {
    if (this.#hasHead) {
      this.#finishWhenFlown(failure.message);
      return;
    }
    this.#isOver = true;
    this.#options.onOver();
    this.#reject(requestFailed(failure));
  }

  get #hasRoom(): boolean {
    return this.#hasBegun && this.#creditBytes > 0 && !this.#options.peer.isCongested;
  }

  #send(piece: Buffer): void {
    this.#creditBytes -= piece.length;
    this.#options.peer.notify(this.#frames.piece(piece));
  }

  #finishWhenFlown(error: string | null): void {
    this.#end = { error };
    if (this.#hasBegun && !this.#held) this.#finish(error);
  }

  #finish(error: string | null): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#options.peer.notify(this.#frames.end(error));
    this.#options.onOver();
  }
}
