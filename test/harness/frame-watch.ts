import { once } from 'node:events';
import type { IncomingMessage } from 'node:http';
import { WebSocket } from 'ws';

/** One frame of a WebSocket, by its header. */
export interface SeenFrame {
  readonly opcode: number;
  readonly fin: boolean;
  readonly length: number;
}

/** A WebSocket client that also sees the frames its messages come in. */
export async function openWatched(url: string): Promise<{ webSocket: WebSocket; frames: SeenFrame[] }> {
  const webSocket = new WebSocket(url, { perMessageDeflate: false });
  const frames: SeenFrame[] = [];
  webSocket.once('upgrade', ({ socket }: IncomingMessage) => {
    let bytes = Buffer.alloc(0);
    socket.prependListener('data', (piece: Buffer) => {
      bytes = Buffer.concat([bytes, piece]);
      for (let frame = readFrame(bytes); frame; frame = readFrame(bytes)) {
        frames.push(frame.seen);
        bytes = bytes.subarray(frame.bytes);
      }
    });
  });
  await once(webSocket, 'open');
  return { webSocket, frames };
}

/** The first whole frame; servers do not mask. */
function readFrame(bytes: Buffer): { seen: SeenFrame; bytes: number } | null {
  if (bytes.length < 2) return null;
  const [first = 0, short = 0] = bytes;
  const headerBytes = short === 127 ? 10 : short === 126 ? 4 : 2;
  if (bytes.length < headerBytes) return null;
  const length = short === 127 ? Number(bytes.readBigUInt64BE(2)) : short === 126 ? bytes.readUInt16BE(2) : short;
  if (bytes.length < headerBytes + length) return null;
  return { seen: { opcode: first & 0x0f, fin: first >= 0x80, length }, bytes: headerBytes + length };
}
