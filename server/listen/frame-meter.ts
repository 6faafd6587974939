export interface FrameLimits {
  readonly maxFrameBytes: number;
  readonly maxMessageBytes: number;
}

const continuationOpcode = 0x0;
const firstControlOpcode = 0x8;

/**
 * Reads the frame headers of a WebSocket byte stream along with the library, which knows a limit for messages only:
 * the base allows a message more than one of its frames. Payload is skipped, not looked at (RFC 6455, section 5.2).
 */
export class FrameMeter {
  readonly #limits: FrameLimits;
  readonly #header = Buffer.alloc(14);
  #headerBytes = 0;
  #payloadLeft = 0;
  #messageBytes = 0;

  constructor(limits: FrameLimits) {
    this.#limits = limits;
  }

  /** False as soon as a frame or a message announces more than its limit. */
  accept(bytes: Buffer): boolean {
    for (let at = 0; at < bytes.length;) {
      if (this.#payloadLeft > 0) {
        const skipped = Math.min(this.#payloadLeft, bytes.length - at);
        this.#payloadLeft -= skipped;
        at += skipped;
        continue;
      }
      this.#header[this.#headerBytes++] = bytes[at++] as number;
      if (this.#headerBytes < 2 || this.#headerBytes < this.#headerLength()) continue;
      if (!this.#beginPayload()) return false;
    }
    return true;
  }

  #headerLength(): number {
    const second = this.#header[1] as number;
    const short = second & 0x7f;
    const lengthBytes = short === 126 ? 2 : short === 127 ? 8 : 0;
    return 2 + lengthBytes + (second & 0x80 ? 4 : 0);
  }

  #beginPayload(): boolean {
    const opcode = (this.#header[0] as number) & 0x0f;
    const short = (this.#header[1] as number) & 0x7f;
    const length = short === 126 ? this.#header.readUInt16BE(2) : short === 127 ? Number(this.#header.readBigUInt64BE(2)) : short;
    this.#headerBytes = 0;
    this.#payloadLeft = length;
    if (opcode >= firstControlOpcode) return true;
    this.#messageBytes = (opcode === continuationOpcode ? this.#messageBytes : 0) + length;
    return length <= this.#limits.maxFrameBytes && this.#messageBytes <= this.#limits.maxMessageBytes;
  }
}
