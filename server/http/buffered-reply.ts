import { RpcError } from '@exec-server/protocol';
import { Answer, type Json } from '../handler.js';
import { Base64Pieces } from './base64-pieces.js';
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
  #body = new Base64Pieces();
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
    this.#body.push(piece);
    return true;
  }

  ended(): void {
    const head = this.#head;
    if (!head) return;
    const body = this.#body.end();
    this.#resolve(new Answer(() => writeAnswer(head, body)));
  }

  failed(failure: HttpFailure): void {
    this.close(this.#head ? bodyFailed(failure) : requestFailed(failure));
  }

  /** It is not waited for any more. */
  close(error: RpcError): void {
    this.#body = new Base64Pieces();
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

function writeAnswer({ status, headers, url, redirected }: ResponseHead, body: readonly Buffer[]): Json {
  const start = `{"status":${status},"headers":${JSON.stringify(headers)},"bodyBase64":"`;
  const end = `","url":${JSON.stringify(url)},"redirected":${redirected}}`;
  const [only] = body;
  if (!only) return start + end;
  // What is short goes out as one frame.
  if (body.length === 1) return start + only.toString('latin1') + end;
  return [Buffer.from(start), ...body, Buffer.from(end)];
}
