import type { Socket } from 'node:net';

/** A frame as it stands on the wire, unmasked (RFC 6455, section 5.2). */
export interface WebSocketFrame {
  /** 0 goes on with a message, 1 begins text, 2 begins bytes; 8 and above control. */
  readonly opcode: number;
  /** Whether the message ends here. */
  readonly isFinal: boolean;
  readonly payload: Buffer;
}

/** Finds the frames in a stream of bytes, however it is cut into pieces. */
export class FrameReader {
  readonly #pieces: Buffer[] = [];
  #bytes = 0;
  #wantedBytes = 0;

  /** The frames that are complete with these bytes. */
  push(piece: Buffer): WebSocketFrame[] {
    this.#pieces.push(piece);
    this.#bytes += piece.length;
    if (this.#bytes < this.#wantedBytes) return [];
    const frames: WebSocketFrame[] = [];
    let rest = Buffer.concat(this.#pieces.splice(0));
    for (let frame = parse(rest); ; frame = parse(rest)) {
      if (typeof frame === 'number') {
        this.#wantedBytes = frame;
        break;
      }
      frames.push(frame);
      rest = rest.subarray(frame.totalBytes);
    }
    this.#pieces.push(rest);
    this.#bytes = rest.length;
    return frames;
  }
}

/** The frames that a client sends over a socket from now on, beside whoever else reads it. */
export function readFrames(socket: Socket): { next(): Promise<WebSocketFrame> } {
  const reader = new FrameReader();
  const frames: WebSocketFrame[] = [];
  let wake: (() => void) | null = null;
  socket.on('data', (chunk: Buffer) => {
    frames.push(...reader.push(Buffer.from(chunk))); // whoever else reads takes the mask off in place
    wake?.();
  });
  return {
    async next() {
      for (;;) {
        const frame = frames.shift();
        if (frame) return frame;
        await new Promise<void>((resolve) => (wake = resolve));
      }
    },
  };
}

/** The first frame of the bytes, or how many bytes it takes to go on. */
function parse(bytes: Buffer): (WebSocketFrame & { readonly totalBytes: number }) | number {
  if (bytes.length < 2) return 2;
  const [first, second] = [bytes.readUInt8(0), bytes.readUInt8(1)];
  const shortLength = second & 0x7f;
  const lengthBytes = shortLength === 127 ? 8 : shortLength === 126 ? 2 : 0;
  const maskBytes = (second & 0x80) === 0 ? 0 : 4;
  const headBytes = 2 + lengthBytes + maskBytes;
  if (bytes.length < headBytes) return headBytes;
  const length = lengthBytes === 8 ? Number(bytes.readBigUInt64BE(2)) : lengthBytes === 2 ? bytes.readUInt16BE(2) : shortLength;
  const totalBytes = headBytes + length;
  if (bytes.length < totalBytes) return totalBytes;
  const mask = bytes.subarray(headBytes - maskBytes, headBytes);
  const payload = Buffer.from(bytes.subarray(headBytes, totalBytes));
  if (mask.some((byte) => byte !== 0))
    for (let at = 0; at < payload.length; at++) payload[at] = (payload[at] as number) ^ (mask[at % 4] as number);
  return { opcode: first & 0x0f, isFinal: (first & 0x80) !== 0, payload, totalBytes };
}
