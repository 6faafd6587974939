type ReadResult = Awaited<ReturnType<ReadableStreamDefaultReader<Uint8Array>['read']>>;

/** What was read of a stream already, then what is being read, then the rest. It owns the reader. */
export function continueStream(
  chunks: Uint8Array[],
  underWay: Promise<ReadResult> | null,
  reader: ReadableStreamDefaultReader<Uint8Array>,
): ReadableStream<Uint8Array> {
  let next = underWay;
  underWay?.catch(() => undefined); // told when it is read
  return new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        const chunk = chunks.shift();
        if (chunk) return controller.enqueue(chunk);
        const { done, value } = await (next ?? reader.read());
        next = null;
        if (done) controller.close();
        else controller.enqueue(value);
      },
      cancel: (reason) => reader.cancel(reason),
    },
    { highWaterMark: 0 },
  );
}

/** Streams nobody can read any more are given up. */
const released = new FinalizationRegistry<ReadableStreamDefaultReader<Uint8Array>>((reader) => {
  reader.cancel().catch(() => undefined); // there is nobody to tell
});

/**
 * The same as a stream of bytes, with its errors in other words. Letting go of it cancels the source.
 * @param toError the error its reader gets for one of the source
 */
export function toByteStream(source: ReadableStream<Uint8Array>, toError: (error: unknown) => Error): ReadableStream<Uint8Array> {
  const reader = source.getReader();
  const stream = new ReadableStream({
    type: 'bytes',
    async pull(controller) {
      let result: ReadResult;
      try {
        result = await reader.read();
      } catch (error) {
        throw toError(error);
      }
      if (result.done) {
        controller.close();
        controller.byobRequest?.respond(0);
      } else {
        controller.enqueue(ownMemory(result.value));
      }
    },
    cancel: (reason) => reader.cancel(reason),
  });
  released.register(stream, reader);
  return stream;
}

/** A stream of bytes takes the memory over, which must not be shared with others. */
function ownMemory(chunk: Uint8Array): Uint8Array {
  return chunk.byteLength === chunk.buffer.byteLength ? chunk : new Uint8Array(chunk);
}
