import { type FileHandle, open } from 'node:fs/promises';
import { limits } from '@exec-server/protocol';

import type { CopyJob } from './copy-run.js';
import { partName, type TransferContext } from './download.js';
import type { RemoteReplacement } from './remote-replacement.js';
import { tryAgain } from './try-again.js';

export interface UploadContext extends TransferContext {
  readonly replacement: RemoteReplacement;
  /** Tells the user something that is no failure. */
  readonly warn: (text: string) => void;
}

/** What gives the bytes of a file, from its beginning each time it is asked. */
export type Content = () => AsyncIterable<Uint8Array>;

/** Copies a file of this machine to the server: see {@link uploadContent}. */
export async function upload({ from, to }: CopyJob<Buffer, string>, context: UploadContext): Promise<void> {
  await using file = await open(from.ref, 'r');
  const isRepeatable = from.kind === 'file';
  if (!isRepeatable) context.progress.openEnded();
  await uploadContent({ content: () => readBlocks(file, isRepeatable), size: from.size, isRepeatable, to }, context);
}

export interface Upload {
  readonly content: Content;
  /** As far as it is known, in bytes. */
  readonly size: number;
  /** It can be read once more, after the line broke. */
  readonly isRepeatable: boolean;
  /** File URI. */
  readonly to: string;
}

/**
 * Writes a file on the server: to a name of its own beside the destination, which gets the destination's name when it is
 * complete. A link there stays, and the file it leads to is replaced; permission bits of what is replaced are kept.
 */
export async function uploadContent(request: Upload, context: UploadContext): Promise<void> {
  const target = await tryAgain(context.client, () => findTarget(request.to, context));
  const attempt = (): Promise<void> => replace(request, target, context);
  await (request.isRepeatable ? tryAgain(context.client, attempt) : attempt());
}

interface Target {
  readonly uri: string;
  readonly isThere: boolean;
}

async function findTarget(to: string, { client, signal }: UploadContext): Promise<Target> {
  try {
    const found = await client.fs.stat(new URL(to), { signal });
    if (found.isDirectory()) throw Object.assign(new Error('cannot replace a directory with a file'), { code: 'EISDIR' });
    if (!found.isFile()) throw new Error('the destination is no regular file');
    const uri = found.isSymlink ? (await client.fs.realpath(new URL(to), { asUrl: true, signal })).href : to;
    return { uri, isThere: true };
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    return { uri: to, isThere: false };
  }
}

async function replace(request: Upload, target: Target, context: UploadContext): Promise<void> {
  const { client, signal } = context;
  const part = new URL(`${target.uri.slice(0, target.uri.lastIndexOf('/'))}/${partName()}`);
  try {
    // The wire carries permission bits in copies only.
    if (target.isThere) await client.fs.cp(new URL(target.uri), part, { signal }).catch(() => undefined);
    await pour(request, part, context);
    await context.replacement.replace(part.href, target.uri, signal);
  } catch (error) {
    await removePart(part, context);
    throw error;
  }
}

async function pour({ content, size, isRepeatable }: Upload, part: URL, { client, progress, signal }: UploadContext): Promise<void> {
  let bytes = 0;
  const onWritten = (writtenBytes: number): void => {
    progress.advance(writtenBytes - bytes);
    bytes = writtenBytes;
  };
  try {
    const isSmall = isRepeatable && size <= limits.wholeFileBytes;
    if (isSmall || !client.supports('fileWriteStreaming')) {
      const whole = await readAll(content());
      await client.fs.writeFile(part, whole, { signal });
      onWritten(whole.length);
    } else {
      const writer = client.fs.createWriteStream(part, { signal, onWritten }).getWriter();
      await writeAll(content(), writer);
    }
    progress.finish(size - bytes);
  } catch (error) {
    onWritten(0);
    throw error;
  }
}

async function writeAll(content: AsyncIterable<Uint8Array>, writer: WritableStreamDefaultWriter<Uint8Array>): Promise<void> {
  try {
    for await (const block of content) await writer.write(block);
    await writer.close();
  } catch (error) {
    await writer.abort(error).catch(() => undefined); // of a stream that has failed already
    // Closing a stream that has failed does not tell why.
    throw await writer.closed.then(
      () => error,
      (reason: unknown) => reason,
    );
  }
}

async function readAll(content: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const pieces: Buffer[] = [];
  for await (const piece of content) pieces.push(Buffer.from(piece)); // a copy: the block is used again
  return Buffer.concat(pieces);
}

/** The file from its beginning, or a pipe from where it is. A block is good until the next one is asked for. */
async function* readBlocks(file: FileHandle, hasPositions: boolean): AsyncGenerator<Uint8Array, void> {
  const block = Buffer.allocUnsafe(limits.fileBlockBytes);
  for (let position = 0; ;) {
    const { bytesRead } = await file.read(block, 0, block.length, hasPositions ? position : null);
    if (bytesRead === 0) return;
    position += bytesRead;
    yield block.subarray(0, bytesRead);
  }
}

/** While the line is broken it waits for the next one, unless the user wants to leave. */
async function removePart(part: URL, { client, signal, warn }: UploadContext): Promise<void> {
  try {
    const limit = signal.aborted ? AbortSignal.timeout(limits.copyCleanUpMs) : undefined;
    await tryAgain(client, () => client.fs.rm(part, { force: true, signal: limit }));
  } catch {
    warn(`left behind on the server: ${part.href}`);
  }
}
