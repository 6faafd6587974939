import type { FileHandle } from 'node:fs/promises';
import { type Limits, RpcError } from '@exec-server/protocol';
import { Answer, type Call, type CheckedParams } from '../handler.js';
import type { RoomShare } from './answer-room.js';
import { base64Length, encodePiece } from './base64-json.js';
import type { ConnectionFiles } from './connection-files.js';
import { type BytePath, fromUri } from './file-path.js';
import { fill } from './open-file.js';
import { type Links, openToRead } from './regular-file.js';

/** Read at a time: a multiple of 3, so that the pieces are one base64 text. */
const pieceBytes = 3 * 1024 * 1024;
/** Read at a time where the size is not told, as in `/proc`; a multiple of 3. */
const smallPieceBytes = 3 * 16 * 1024;
/** What stands around the content in its message, but for a long id. */
const envelopeBytes = 256;

type Params = Pick<CheckedParams<'fs/readFile'>, 'path' | 'followSymlinks'>;

/** A regular file as a whole. */
export async function readFile({ path: uri, followSymlinks }: Params, call: Call<{ readonly files: ConnectionFiles }>): Promise<Answer> {
  const path = fromUri(uri);
  const { host, room } = call.scope.files;
  const share = room.share();
  call.afterReply(() => share.release());
  for (;;) {
    const content = await call.work(() => readNow(path, followSymlinks === false ? 'nowhere' : 'anywhere', share, host.limits));
    if (typeof content !== 'number') return new Answer(() => content);
    // While it waits for those before it to be sent nothing is open, and no slot is taken.
    await share.cover(content);
  }
}

/** The answer in pieces, or how much room it takes that is not there. */
async function readNow(path: BytePath, links: Links, share: RoomShare, limits: Limits): Promise<Buffer[] | number> {
  const { handle, stats } = await openToRead(path, links);
  try {
    checkSize(stats.size, limits);
    if (!share.tryCover(stats.size)) return stats.size;
    return await readPieces(handle, stats.size, share, limits);
  } finally {
    await handle.close();
  }
}

async function readPieces(handle: FileHandle, size: number, share: RoomShare, limits: Limits): Promise<Buffer[]> {
  const pieces: Buffer[] = [];
  const buffer = Buffer.allocUnsafeSlow(size === 0 ? smallPieceBytes : Math.min(pieceBytes, Math.ceil((size + 1) / 3) * 3));
  for (let bytes = 0; ;) {
    const length = await fill(handle, buffer, bytes);
    bytes += length;
    checkSize(bytes, limits);
    share.overdraw(bytes);
    const isEnd = length < buffer.length;
    pieces.push(encodePiece(pieces.length === 0 ? '{"dataBase64":"' : '', buffer.subarray(0, length), isEnd ? '"}' : ''));
    if (isEnd) return pieces;
  }
}

/** @throws RpcError `fileTooLarge`, `resultTooLarge` */
function checkSize(bytes: number, { readFileBytes, maxMessageBytes }: Limits): void {
  if (bytes > readFileBytes) throw new RpcError('fileTooLarge', `file is too large to read: limit is ${readFileBytes} bytes`);
  if (base64Length(bytes) + envelopeBytes <= maxMessageBytes) return;
  throw new RpcError(
    'resultTooLarge',
    `the file has ${bytes} bytes, too many for one message of ${maxMessageBytes}: read it in blocks, with fs/open and fs/readBlock`,
  );
}
