import { type HttpRequestResult, RpcError } from '@exec-server/protocol';
import type { ReplyListener, ResponseHead } from './exchange.js';
import { bodyFailed, type HttpFailure, requestFailed } from './http-failure.js';

/** A response that is answered as a whole. */
export class BufferedReply implements ReplyListener {
  /** The answer. */
  readonly answer: Promise<HttpRequestResult>;
  readonly #maxBytes: number;
  readonly #pieces: Buffer[] = [];
  readonly #onTooLarge: () => void;
  #bytes = 0;
  #head: ResponseHead | null = null;
  #resolve!: (result: HttpRequestResult) => void;
  #reject!: (error: RpcError) => void;

  /** @param onTooLarge called when the body has become larger than `maxBytes`: it needs not come any more */
  constructor(maxBytes: number, onTooLarge: () => void) {
    this.#maxBytes = maxBytes;
    this.#onTooLarge = onTooLarge;
    this.answer = new Promise((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
    });
  }

  head(head: ResponseHead): boolean {
    this.#head = head;
    return true;
  }

  data(piece: Buffer): boolean {
    this.#bytes += piece.length;
    if (this.#bytes > this.#maxBytes) {
      this.#refuse();
      return false;
    }
    this.#pieces.push(piece);
    return true;
  }

  ended(): void {
    if (!this.#head) return;
    const { status, headers, url, isRedirected } = this.#head;
    const bodyBase64 = Buffer.concat(this.#pieces).toString('base64');
    this.#resolve({ status, headers: [...headers], bodyBase64, url, redirected: isRedirected });
  }

  failed(failure: HttpFailure): void {
    this.close(this.#head ? bodyFailed(failure) : requestFailed(failure));
  }

  /** It is not waited for any more. */
  close(error: RpcError): void {
    this.#pieces.length = 0;
    this.#reject(error);
  }

  #refuse(): void {
    this.close(
      new RpcError(
        'resultTooLarge',
        `failed to read http/request response body: it is longer than ${this.#maxBytes} bytes; ask for it with streamResponse`,
      ),
    );
    this.#onTooLarge();
  }
}
