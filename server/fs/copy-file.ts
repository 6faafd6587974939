import type { Stats } from 'node:fs';
import type { FileHandle } from 'node:fs/promises';
import { RpcError } from '@exec-server/protocol';
import { type BytePath, toText } from './file-path.js';
import { fill, writeAll } from './open-file.js';
import { type OpenedFile, openToRead, openToWrite } from './regular-file.js';

/** Read, and written, at a time. */
const blockBytes = 512 * 1024;
const permissions = 0o777;
const allModeBits = 0o7777;

/**
 * Copies the content and the permission bits of a file over another, or to a new one. Two names of one file are left alone.
 * @throws RpcError `fileChanged`; the system's error
 */
export async function copyFile(from: BytePath, to: BytePath, signal: AbortSignal): Promise<void> {
  const source = await openToRead(from, 'onTheWay');
  try {
    const target = await openToWrite(to, 'anywhere', source.stats.mode & permissions);
    try {
      if (isSame(source.stats, target.stats)) return;
      // Before there is anything to see.
      await target.handle.chmod(source.stats.mode & permissions);
      if (target.stats.size > 0) await target.handle.truncate();
      await copyContent(source, target.handle, signal);
      // Writing takes these bits away.
      if ((source.stats.mode & allModeBits & ~permissions) !== 0) await target.handle.chmod(source.stats.mode & allModeBits);
      await checkUnchanged(from, source.handle, source.stats);
    } finally {
      await target.handle.close();
    }
  } finally {
    await source.handle.close();
  }
}

async function copyContent(source: OpenedFile, target: FileHandle, signal: AbortSignal): Promise<void> {
  const buffer = Buffer.allocUnsafeSlow(Math.min(blockBytes, Math.max(source.stats.size + 1, 4096)));
  for (let position = 0; ;) {
    signal.throwIfAborted();
    const length = await fill(source.handle, buffer, position);
    await writeAll(target, buffer.subarray(0, length), position);
    position += length;
    if (length < buffer.length) return;
  }
}

function isSame(a: Stats, b: Stats): boolean {
  return a.dev === b.dev && a.ino === b.ino;
}

/** A copy of something that changes is neither what was nor what is. */
async function checkUnchanged(path: BytePath, handle: FileHandle, before: Stats): Promise<void> {
  const after = await handle.stat();
  if (after.size === before.size && after.mtimeMs === before.mtimeMs) return;
  throw new RpcError('fileChanged', `path \`${toText(path)}\` changed while it was copied`);
}
