/** Turns the bytes of a content coding back. */
export interface Decoder {
  readonly writable: WritableStream<Uint8Array>;
  readonly readable: ReadableStream<Uint8Array>;
}

/** How to make what decodes a content coding, by its name in lower case. `first`: how the bytes begin. */
export type Decoders = Readonly<Record<string, (first: Uint8Array) => Decoder>>;

const gunzip = (): Decoder => new DecompressionStream('gzip');
/** It comes with and without the frame of zlib, whose first byte says "8" (RFC 1950, section 2.2). */
const inflate = (first: Uint8Array): Decoder => new DecompressionStream(((first[0] ?? 0) & 0x0f) === 8 ? 'deflate' : 'deflate-raw');

/** What every platform can. */
export const standardDecoders: Decoders = { gzip: gunzip, 'x-gzip': gunzip, deflate: inflate };

/** The codings to ask for, as in the header `accept-encoding`. */
export function acceptEncoding(decoders: Decoders): string {
  return Object.keys(decoders)
    .filter((name) => !name.startsWith('x-'))
    .join(', ');
}

/**
 * The body without its content codings, as `fetch` gives it; as it came when one of them is not known. An empty body has
 * none, whatever the header says.
 * @param contentEncoding the header of this name; null when there is none
 */
export function decodeContent(
  body: ReadableStream<Uint8Array>,
  contentEncoding: string | null,
  decoders: Decoders,
): ReadableStream<Uint8Array> {
  const names = (contentEncoding ?? '').toLowerCase().split(',');
  const codings = names.map((name) => name.trim()).filter((name) => name !== '' && name !== 'identity');
  if (!codings.every((name) => Object.hasOwn(decoders, name))) return body;
  return codings.reduceRight((coded, name) => decodeOne(coded, decoders[name] as (first: Uint8Array) => Decoder), body);
}

/** What went wrong is told by the stream. */
const ignore = (): void => undefined;

function decodeOne(coded: ReadableStream<Uint8Array>, toDecoder: (first: Uint8Array) => Decoder): ReadableStream<Uint8Array> {
  const source = coded.getReader();
  let decoded: ReadableStreamDefaultReader<Uint8Array> | null = null;
  /** Why the body has failed, which decoders put into words of their own. */
  let failure: unknown;
  return new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        if (!decoded) {
          const first = await source.read();
          if (first.done) return controller.close();
          const { writable, readable } = toDecoder(first.value);
          decoded = readable.getReader();
          void feed(writable.getWriter(), first.value, source).catch((error: unknown) => (failure = error));
        }
        try {
          const { done, value } = await decoded.read();
          if (done) controller.close();
          else controller.enqueue(value);
        } catch (error) {
          source.cancel(error).catch(ignore);
          throw failure ?? error;
        }
      },
      async cancel(reason) {
        await Promise.all([source.cancel(reason), decoded?.cancel(reason)]);
      },
    },
    { highWaterMark: 0 },
  );
}

/**
 * Writes piece by piece, each when the one before was taken: decoders of some platforms would otherwise queue any number.
 * @throws what the source fails with; faults of the content show at the other end of the decoder
 */
async function feed(
  writer: WritableStreamDefaultWriter<Uint8Array>,
  first: Uint8Array,
  source: ReadableStreamDefaultReader<Uint8Array>,
): Promise<void> {
  for (let chunk: Uint8Array | undefined = first; chunk;) {
    const isTaken = await writer.write(chunk).then(() => true, ignore);
    if (!isTaken) return;
    try {
      chunk = (await source.read()).value;
    } catch (error) {
      writer.abort(error).catch(ignore);
      throw error;
    }
  }
  await writer.close().catch(ignore);
}
