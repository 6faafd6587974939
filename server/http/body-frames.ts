/** Frames of one streamed body. They go out as one buffer without passing through `JSON.stringify`, as output of processes does. */
export class BodyFrames {
  readonly #head: string;
  readonly #isAscii: boolean;
  #seq = 0;

  constructor(requestId: string) {
    this.#head = `{"method":"http/request/bodyDelta","params":{"requestId":${JSON.stringify(requestId)},"seq":`;
    this.#isAscii = /^[\0-\x7f]*$/.test(this.#head);
  }

  piece(bytes: Buffer): Buffer {
    const head = `${this.#head}${++this.#seq},"deltaBase64":"`;
    const headBytes = this.#isAscii ? head.length : Buffer.byteLength(head);
    const base64 = bytes.toString('base64');
    const frame = Buffer.allocUnsafe(headBytes + base64.length + tail.length);
    frame.write(head, 0, this.#isAscii ? 'latin1' : 'utf8');
    frame.write(base64, headBytes, 'latin1');
    frame.write(tail, headBytes + base64.length, 'latin1');
    return frame;
  }

  /** The last one. @param error why the body ends too early; null when it is whole */
  end(error: string | null): string {
    return `${this.#head}${++this.#seq},"deltaBase64":"","done":true,"error":${JSON.stringify(error)}}}`;
  }
}

const tail = '","done":false,"error":null}}';
