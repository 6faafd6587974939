import type { FileHandle } from 'node:fs/promises';
import { type Limits, RpcError } from '@exec-server/protocol';
import { Answer, type Call, type CheckedParams } from '../handler.js';
import type { RoomShare } from './answer-room.js';
import { base64Length, type BlockBuffer } from './block-buffers.js';
import type { ConnectionFiles } from './connection-files.js';
import { type BytePath, fromUri } from './file-path.js';
import type { FsHost } from './fs-host.js';
import { fill } from './open-file.js';
import { type Links, openToRead } from './regular-file.js';

/** Read at a time where the size is not told, as in `/proc`. */
const smallPieceBytes = 48 * 1024;
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
    const content = await call.work(() => readNow(path, followSymlinks === false ? 'nowhere' : 'anywhere', share, host));
    if (typeof content !== 'number') return content;
    // While it waits for those before it to be sent nothing is open, and no slot is taken.
    await share.cover(content);
  }
}

/** The answer, or how much room it takes that is not there. */
async function readNow(path: BytePath, links: Links, share: RoomShare, host: FsHost): Promise<Answer | number> {
  const { handle, stats } = await openToRead(path, links);
  try {
    checkSize(stats.size, host.limits);
    if (!share.tryCover(stats.size)) return stats.size;
    return await readPieces(handle, stats.size, share, host);
  } finally {
    await handle.close();
  }
}

async function readPieces(handle: FileHandle, size: number, share: RoomShare, { buffers, limits }: FsHost): Promise<Answer> {
  const used: BlockBuffer[] = [];
  const pieces: Buffer[] = [];
  for (let bytes = 0; ;) {
    const length = toThirds(Math.min(Math.max(size - bytes, size === 0 ? smallPieceBytes : 0), limits.fileBlockBytes) + 3);
    const buffer = buffers.take(length);
    used.push(buffer);
    const filled = await fill(handle, buffer.content(length), bytes);
    bytes += filled;
    checkSize(bytes, limits);
    share.overdraw(bytes);
    const isEnd = filled < length;
    pieces.push(buffer.encode(pieces.length === 0 ? '{"dataBase64":"' : '', length, filled, isEnd ? '"}' : ''));
    if (isEnd) {
      return new Answer(
        () => pieces,
        () => used.forEach((one) => buffers.give(one)),
      );
    }
  }
}

/** The pieces are one base64 text when each has a multiple of 3 bytes. */
function toThirds(bytes: number): number {
  return bytes - (bytes % 3);
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
