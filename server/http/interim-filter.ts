const start = Buffer.from('HTTP/1.1 100');
const minorVersion = start.indexOf('1 ');

/**
 * Takes `100 Continue` out of what a server says before its response: it may come unasked, and the HTTP library gives up
 * on it. Everything else passes unchanged. One serves one connection.
 */
export class InterimFilter {
  readonly #maxBytes: number;
  /** Null when the response has begun. */
  #held: Buffer | null = null;

  /** @param maxBytes longest head that is waited for; a longer one is passed on for the library to refuse */
  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  /** A request goes out: what comes next is the beginning of its response. */
  restart(): void {
    this.#held = Buffer.alloc(0);
  }

  /** What is to be passed on of the bytes that came; null while more is needed to tell. */
  pass(piece: Buffer): Buffer | null {
    if (this.#held === null) return piece;
    let bytes = this.#held.length === 0 ? piece : Buffer.concat([this.#held, piece]);
    while (bytes.length >= start.length && isInterim(bytes)) {
      const end = bytes.indexOf('\r\n\r\n');
      if (end < 0) break;
      bytes = bytes.subarray(end + 4);
    }
    if (isInterim(bytes) && bytes.length < this.#maxBytes) {
      this.#held = bytes;
      return null;
    }
    this.#held = null;
    return bytes;
  }
}

/** Whether this is, or may yet become, a response of status 100; of HTTP/1.0 or 1.1. */
function isInterim(bytes: Buffer): boolean {
  const length = Math.min(bytes.length, start.length);
  for (let at = 0; at < length; at++) if (at !== minorVersion && bytes[at] !== start[at]) return false;
  const next = bytes[start.length];
  return next === undefined || next === 0x20 || next === 0x0d;
}
