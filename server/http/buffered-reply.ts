import { RpcError } from '@exec-server/protocol';
import { Answer } from '../handler.js';
import type { ByteBudget } from './byte-budget.js';
import type { ReplyListener, ResponseHead } from './exchange.js';
import { bodyFailed, type HttpFailure, requestFailed } from './http-failure.js';

export interface BufferedReplyOptions {
  /** Largest body, in bytes. */
  readonly maxBytes: number;
  /** What all such bodies of the server take from. */
  readonly budget: ByteBudget;
  /** The body is not wanted any more. */
  readonly stop: () => void;
}

/** A response that is answered as a whole. Its bytes count against the budget until {@link release}. */
export class BufferedReply implements ReplyListener {
  /** The answer. */
  readonly answer: Promise<Answer>;
  readonly #options: BufferedReplyOptions;
  readonly #pieces: Buffer[] = [];
  #bytes = 0;
  #head: ResponseHead | null = null;
  #resolve!: (answer: Answer) => void;
  #reject!: (error: RpcError) => void;

  constructor(options: BufferedReplyOptions) {
    this.#options = options;
    this.answer = new Promise((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
    });
  }

  head(head: ResponseHead): boolean {
    this.#head = head;
    if ((head.announcedBytes ?? 0) <= this.#options.maxBytes) return true;
    this.#refuse(tooLong(head.announcedBytes, this.#options.maxBytes));
    return false;
  }

  data(piece: Buffer): boolean {
    if (this.#bytes + piece.length > this.#options.maxBytes) {
      this.#refuse(tooLong(null, this.#options.maxBytes));
      return false;
    }
    if (!this.#options.budget.take(piece.length)) {
      this.#refuse(
        new RpcError('limitExceeded', 'http/request too many bodies are answered as a whole at once; ask for them with streamResponse'),
      );
      return false;
    }
    this.#bytes += piece.length;
    this.#pieces.push(piece);
    return true;
  }

  ended(): void {
    const head = this.#head;
    if (!head) return;
    const body = Buffer.concat(this.#pieces.splice(0));
    this.#resolve(new Answer(() => writeAnswer(head, body)));
  }

  failed(failure: HttpFailure): void {
    this.close(this.#head ? bodyFailed(failure) : requestFailed(failure));
  }

  /** It is not waited for any more. */
  close(error: RpcError): void {
    this.#pieces.length = 0;
    this.#reject(error);
  }

  /** The answer has been sent. */
  release(): void {
    this.#options.budget.give(this.#bytes);
    this.#bytes = 0;
  }

  #refuse(error: RpcError): void {
    this.close(error);
    this.#options.stop();
  }
}

function tooLong(bytes: number | null, maxBytes: number): RpcError {
  const length = bytes === null ? '' : ` of ${bytes} bytes`;
  const words = `failed to read http/request response body: a body${length} is more than the ${maxBytes} bytes that are answered as a whole`;
  return new RpcError('resultTooLarge', `${words}; ask for it with streamResponse`);
}

/** A multiple of 3, so that the pieces stand one behind the other, and small enough for the fast path of base64. */
const pieceBytes = 48 * 1024;

function writeAnswer({ status, headers, url, redirected }: ResponseHead, body: Buffer): string {
  let base64 = '';
  for (let at = 0; at < body.length; at += pieceBytes) base64 += body.toString('base64', at, at + pieceBytes);
  const end = `,"url":${JSON.stringify(url)},"redirected":${redirected}}`;
  return `{"status":${status},"headers":${JSON.stringify(headers)},"bodyBase64":"${base64}"${end}`;
}
