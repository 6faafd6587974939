import { decodeBase64, encodeBase64, limits } from '@exec-server/protocol';
import { BlockReader } from './block-reader.js';
import { BlockWriter } from './block-writer.js';
import type { FileHandles } from './file-handles.js';
import type { FsCallOptions } from './fs-options.js';

/** What a message has besides the content of a file, at most: its path, and the names of things. */
const envelopeBytes = 64 * 1024;
/** The most that one message can carry, in base64. */
const mostInMessage = Math.floor(((limits.maxMessageBytes - envelopeBytes) / 4) * 3);

/** Reads a file to its end: in one message when it is small, otherwise in blocks. @param onChanged see `BlockReaderOptions` */
export async function readWhole(
  handles: FileHandles,
  path: string,
  { signal, onChanged }: FsCallOptions & { readonly onChanged: () => Error },
): Promise<Uint8Array> {
  const options = { signal, isRepeatable: true };
  const { size } = await handles.session.call('fs/getMetadata', { path }, options);
  if (size <= limits.wholeFileBytes) return decodeBase64((await handles.session.call('fs/readFile', { path }, options)).dataBase64);
  const reader = new BlockReader(handles, path, { signal, onChanged });
  let bytes = new Uint8Array(size);
  let used = 0;
  for (let block = await reader.next(); block; block = await reader.next()) {
    if (used + block.length > bytes.length) bytes = grown(bytes, used + block.length);
    bytes.set(block, used);
    used += block.length;
  }
  return bytes.subarray(0, used);
}

/** Writes a file from its beginning: in one message when it is small and there at once, otherwise in blocks. */
export async function writeWhole(
  handles: FileHandles,
  path: string,
  content: Uint8Array | AsyncIterable<Uint8Array>,
  { signal }: FsCallOptions,
): Promise<void> {
  const { session } = handles;
  const isWhole = content instanceof Uint8Array;
  const most = session.supports('fileWriteStreaming') ? limits.wholeFileBytes : mostInMessage;
  if (isWhole && content.length <= most) {
    await session.call('fs/writeFile', { path, dataBase64: encodeBase64(content) }, { signal, base64Member: 'dataBase64' });
    return;
  }
  session.require('fileWriteStreaming', 'writing files in blocks');
  const writer = new BlockWriter(handles, path, { signal });
  try {
    await writer.open();
    if (isWhole) await writer.write(content);
    else for await (const piece of content) await writer.write(piece);
    await writer.close();
  } catch (error) {
    await writer.abort();
    throw error;
  }
}

/** A file that grows while it is read is given room for as much again. */
function grown(bytes: Uint8Array<ArrayBuffer>, least: number): Uint8Array<ArrayBuffer> {
  const larger = new Uint8Array(Math.max(least, 2 * bytes.length));
  larger.set(bytes);
  return larger;
}
