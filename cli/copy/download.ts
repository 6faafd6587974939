import { randomBytes } from 'node:crypto';
import { chmod, type FileHandle, open, realpath, rename, rm, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { ExecClient } from '@exec-server/client';
import type { CopyJob } from './copy-run.js';
import type { CopyProgress } from './copy-progress.js';
import { tryAgain } from './try-again.js';

export interface TransferContext {
  readonly client: ExecClient;
  readonly progress: CopyProgress;
  readonly signal: AbortSignal;
}

/**
 * Copies a file of the server to this machine: to a name of its own beside the destination, which gets the destination's
 * name when it is complete. A link there stays, and the file it leads to is replaced; permission bits of what is replaced
 * are kept. Pipes and devices are written as they are.
 */
export async function download({ from, to }: CopyJob<string, Buffer>, context: TransferContext): Promise<void> {
  const target = await findTarget(to);
  if (target.isSpecial) {
    await using file = await open(to, 'w');
    await pour(from.ref, from.size, file, context);
    return;
  }
  await tryAgain(context.client, () => replace(from.ref, from.size, target, context));
}

interface Target {
  readonly path: Buffer;
  /** Permission bits of the file there; null when there is none. */
  readonly mode: number | null;
  /** A pipe, a device: something that cannot be replaced. */
  readonly isSpecial: boolean;
}

async function findTarget(path: Buffer): Promise<Target> {
  try {
    const stats = await stat(path);
    if (stats.isDirectory()) throw Object.assign(new Error('cannot replace a directory with a file'), { code: 'EISDIR' });
    if (!stats.isFile()) return { path, mode: null, isSpecial: true };
    return { path: await realpath(path, { encoding: 'buffer' }), mode: stats.mode & 0o7777, isSpecial: false };
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    return { path, mode: null, isSpecial: false };
  }
}

async function replace(uri: string, size: number, target: Target, context: TransferContext): Promise<void> {
  const part = Buffer.concat([directoryOf(target.path), Buffer.from(partName())]);
  try {
    {
      await using file = await open(part, 'wx');
      await pour(uri, size, file, context);
    }
    if (target.mode !== null) await chmod(part, target.mode);
    context.signal.throwIfAborted();
    await rename(part, target.path);
  } catch (error) {
    await rm(part, { force: true });
    throw error;
  }
}

/** Writes the file of the server to this one, from its beginning. */
async function pour(uri: string, size: number, file: FileHandle, { client, progress, signal }: TransferContext): Promise<void> {
  let bytes = 0;
  try {
    for await (const block of client.fs.createReadStream(new URL(uri), { signal })) {
      await file.writeFile(block);
      bytes += block.length;
      progress.advance(block.length);
    }
    progress.finish(size - bytes);
  } catch (error) {
    progress.advance(-bytes);
    throw error;
  }
}

/** A name that says whose it is, for when it is left behind. */
export function partName(): string {
  return `.exec-server-${randomBytes(6).toString('hex')}.part`;
}

function directoryOf(path: Buffer): Buffer {
  return Buffer.from(`${dirname(path.toString('latin1'))}/`, 'latin1');
}
