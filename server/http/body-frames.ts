import type { ContentFrame, ContentFrames } from '../content-frames.js';

/** Frames of one streamed body. */
export class BodyFrames {
  readonly #head: string;
  readonly #isAscii: boolean;
  readonly #content: ContentFrames;
  #seq = 0;

  constructor(requestId: string, content: ContentFrames) {
    this.#head = `{"method":"http/request/bodyDelta","params":{"requestId":${JSON.stringify(requestId)},"seq":`;
    this.#isAscii = /^[\0-\x7f]*$/.test(this.#head);
    this.#content = content;
  }

  piece(bytes: Buffer): ContentFrame {
    return this.#content.write(`${this.#head}${++this.#seq},"deltaBase64":"`, this.#isAscii, bytes, tail);
  }

  /** The last one. @param error why the body ends too early; null when it is whole */
  end(error: string | null): string {
    return `${this.#head}${++this.#seq},"deltaBase64":"","done":true,"error":${JSON.stringify(error)}}}`;
  }
}

const tail = '","done":false,"error":null}}';
