import { encodeBase64, joinBytes, limits } from '@exec-server/protocol';
import { UnsupportedByServerError } from '../errors.js';
import type { SessionClient } from '../session/session-client.js';
import { watchAbort } from './abort-watch.js';

/**
 * A stream as bytes, for servers that take a body at once only.
 * @throws UnsupportedByServerError when it is too long; what the stream fails with; the signal's reason
 */
export async function gatherBody(body: ReadableStream<Uint8Array>, signal: AbortSignal | undefined): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of readUntil(body, signal)) {
    size += chunk.length;
    checkSize(size);
    chunks.push(chunk);
  }
  return joinBytes(chunks);
}

/** @throws UnsupportedByServerError for a body that cannot be sent at once */
export function checkSize(bytes: number): void {
  if (bytes <= limits.bufferedRequestBodyBytes) return;
  throw new UnsupportedByServerError(
    `a request with a body of more than ${limits.bufferedRequestBodyBytes / 1024 / 1024} MiB`,
    'httpRequestBodyStream',
  );
}

/**
 * Sends a body in pieces, each when the one before was accepted.
 * @throws RpcError when the server takes no more; what the stream fails with; the signal's reason; DisconnectedError
 */
export async function sendBody(
  session: SessionClient,
  requestId: string,
  body: Uint8Array | ReadableStream<Uint8Array>,
  signal: AbortSignal,
): Promise<void> {
  let seq = 0;
  const send = async (piece: Uint8Array, done: boolean): Promise<void> => {
    const params = { requestId, seq: ++seq, chunk: encodeBase64(piece), done };
    await session.call('http/requestBody', params, { signal, takesLong: true });
  };
  for await (const chunk of body instanceof Uint8Array ? [body] : readUntil(body, signal)) {
    for (let at = 0; at < chunk.length; at += limits.requestBodyPieceBytes) {
      await send(chunk.subarray(at, at + limits.requestBodyPieceBytes), false);
    }
  }
  await send(new Uint8Array(0), true);
}

/** It is why it was given up that counts. */
const ignore = (): void => undefined;

/** Reads a stream to its end, or until the signal aborts; leaving it early cancels it. */
async function* readUntil(stream: ReadableStream<Uint8Array>, signal: AbortSignal | undefined): AsyncGenerator<Uint8Array, void> {
  signal?.throwIfAborted();
  const reader = stream.getReader();
  const stopWatching = watchAbort(signal, () => void reader.cancel(signal?.reason).catch(ignore));
  try {
    for (;;) {
      const { done, value } = await reader.read();
      signal?.throwIfAborted();
      if (done) return;
      if (!(value instanceof Uint8Array)) throw new TypeError('the body of a request is a stream of Uint8Array');
      yield value;
    }
  } finally {
    stopWatching();
    void reader.cancel().catch(ignore);
  }
}
