import { BlockReader, type BlockReaderOptions } from './block-reader.js';
import { BlockWriter, type BlockWriterOptions } from './block-writer.js';
import type { FileHandles } from './file-handles.js';

/** Where a file is, and how its errors are put into words. */
export interface StreamedFile {
  readonly handles: FileHandles;
  /** File URI. */
  readonly uri: string;
  /** Any failure as the error for the caller. */
  readonly toError: (error: unknown) => Promise<unknown>;
}

/** The bytes of a file, asked for as they are read. Cancelling it closes the file. */
export function createReadStream(file: StreamedFile, options: BlockReaderOptions): ReadableStream<Uint8Array> {
  const reader = new BlockReader(file.handles, file.uri, options);
  return new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        try {
          const bytes = await reader.next();
          if (bytes === null) controller.close();
          else controller.enqueue(bytes);
        } catch (error) {
          throw await file.toError(error);
        }
      },
      cancel: () => reader.close(),
    },
    { highWaterMark: 0 },
  );
}

/** Writes a file as bytes come; a server that is slow makes the writer wait. Aborting it closes the file as it is. */
export function createWriteStream(file: StreamedFile, options: BlockWriterOptions): WritableStream<Uint8Array> {
  const writer = new BlockWriter(file.handles, file.uri, options);
  const guard = async (step: () => Promise<void>): Promise<void> => {
    try {
      await step();
    } catch (error) {
      await writer.abort();
      throw await file.toError(error);
    }
  };
  return new WritableStream<Uint8Array>({
    start: () => guard(() => writer.open()),
    write: (bytes) => guard(() => writer.write(bytes)),
    close: () => guard(() => writer.close()),
    abort: () => writer.abort(),
  });
}
