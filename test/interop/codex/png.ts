import { crc32, deflateSync } from 'node:zlib';

/** A picture of 4 × 4 dark points, with `ballast` between its header and its points: nobody looks at that. */
export function makePng(ballast: Uint8Array = Buffer.alloc(0)): Buffer {
  const header = Buffer.from([0, 0, 0, 4, 0, 0, 0, 4, 8, 2, 0, 0, 0]);
  return Buffer.concat([
    Buffer.from('\x89PNG\r\n\x1a\n', 'latin1'),
    piece('IHDR', header),
    piece('baLt', ballast),
    piece('IDAT', deflateSync(Buffer.alloc(4 * (1 + 4 * 3)))),
    piece('IEND', Buffer.alloc(0)),
  ]);
}

function piece(type: string, data: Uint8Array): Buffer {
  const body = Buffer.concat([Buffer.from(type), data]);
  const frame = Buffer.alloc(8 + body.length);
  frame.writeUInt32BE(data.length);
  body.copy(frame, 4);
  frame.writeUInt32BE(crc32(body), 4 + body.length);
  return frame;
}
