import { continueStream } from './byte-streams.js';

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

function decodeOne(coded: ReadableStream<Uint8Array>, toDecoder: (first: Uint8Array) => Decoder): ReadableStream<Uint8Array> {
  const source = coded.getReader();
  let decoded: ReadableStreamDefaultReader<Uint8Array> | null = null;
  return new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        if (!decoded) {
          const first = await source.read();
          if (first.done) return controller.close();
          decoded = continueStream([first.value], null, source).pipeThrough(toDecoder(first.value)).getReader();
        }
        const { done, value } = await decoded.read();
        if (done) controller.close();
        else controller.enqueue(value);
      },
      async cancel(reason) {
        await Promise.all([source.cancel(reason), decoded?.cancel(reason)]);
      },
    },
    { highWaterMark: 0 },
  );
}
