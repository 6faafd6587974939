import { createHash } from 'node:crypto';

/** All of a stream of bytes. */
export async function readAll(stream: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of stream) chunks.push(chunk);
  return Buffer.concat(chunks);
}

/** All of a stream as text. */
export async function readText(stream: AsyncIterable<Uint8Array>): Promise<string> {
  return (await readAll(stream)).toString('utf8');
}

/** Reads on until the text appears; returns all text so far. @throws Error at the end of the stream */
export async function readUntil(reader: ReadableStreamDefaultReader<Uint8Array>, wanted: string): Promise<string> {
  let text = '';
  while (!text.includes(wanted)) {
    const { value, done } = await reader.read();
    if (done) throw new Error(`the stream ended before ${JSON.stringify(wanted)} came: ${JSON.stringify(text)}`);
    text += Buffer.from(value).toString('utf8');
  }
  return text;
}

export function sha256(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}

/** Writes it all in pieces of so many bytes, and closes the stream. */
export async function writeAll(stream: WritableStream<Uint8Array>, bytes: Uint8Array, pieceBytes = 1024 * 1024): Promise<void> {
  const writer = stream.getWriter();
  for (let at = 0; at < bytes.length; at += pieceBytes) await writer.write(bytes.subarray(at, at + pieceBytes));
  await writer.close();
}
