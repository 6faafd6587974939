import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import { STATUS_CODES } from 'node:http';
import { basename } from 'node:path';
import { pipeline, Readable, type Transform, type Writable } from 'node:stream';
import { createBrotliDecompress, createGunzip, createInflate } from 'node:zlib';
import type { HttpHead, HttpResponse } from '@exec-server/client';
import { exitCodes, ExitError } from './exit-codes.js';
import { TransferProgress } from './transfer-progress.js';

/** Where a response goes. Whoever opens it closes it. */
export interface Output {
  /** It shows on a terminal as it comes. */
  readonly isTerminal: boolean;
  /** Resolves when there is room for more. @throws ExitError */
  write(bytes: Uint8Array | string): Promise<void>;
  close(): Promise<void>;
}

/** @param file undefined or `-` for stdout */
export async function openOutput(file: string | undefined): Promise<Output> {
  if (file === undefined || file === '-') return toOutput(process.stdout, process.stdout.isTTY, async () => undefined);
  const stream = createWriteStream(file);
  const output = toOutput(stream, false, async () => {
    stream.end();
    if (!stream.closed) await once(stream, 'close');
  });
  try {
    await once(stream, 'open');
    return output;
  } catch (error) {
    throw new ExitError(`failed to write ${file}: ${(error as Error).message}`, exitCodes.writeFailed);
  }
}

function toOutput(stream: Writable, isTerminal: boolean, close: () => Promise<void>): Output {
  let failure: NodeJS.ErrnoException | null = null;
  const fail = (error: NodeJS.ErrnoException): void => void (failure ??= error);
  stream.on('error', fail);
  return {
    isTerminal,
    async write(bytes) {
      if (!failure && !stream.write(bytes)) await once(stream, 'drain').catch(fail);
      if (failure?.code === 'EPIPE') throw new ExitError('', exitCodes.brokenPipe);
      if (failure) throw new ExitError(`failed to write: ${failure.message}`, exitCodes.writeFailed);
    },
    close,
  };
}

/** The name of the file that `--remote-name` means. */
export function remoteName(url: URL): string {
  const name = basename(url.pathname);
  if (name === '') throw new ExitError(`${url.href} names no file: use --output`, exitCodes.writeFailed);
  return name;
}

/** The head as HTTP/1.1 writes it. Version and reason phrase do not travel; the phrase is the usual one. */
export function formatHead({ status, headers }: HttpHead): string {
  const reason = STATUS_CODES[status] ?? '';
  const lines = headers.map(({ name, value }) => `${name}: ${value}\r\n`);
  return `HTTP/1.1 ${status}${reason === '' ? '' : ` ${reason}`}\r\n${lines.join('')}\r\n`;
}

export interface BodyOptions {
  /** Take content codings off. */
  readonly isDecoded: boolean;
  /** Where to show how it goes on; null for nowhere. */
  readonly progressOn: Writable | null;
}

/**
 * Writes the body as it comes, no faster than it is taken; returns its size as it came.
 * @throws ExitError for the output; what the body fails with
 */
export async function writeBody({ headers, body }: HttpResponse, output: Output, { isDecoded, progressOn }: BodyOptions): Promise<number> {
  if (!body) return 0;
  const length = headers.find(({ name }) => name === 'content-length')?.value;
  const progress = progressOn && new TransferProgress(progressOn, length === undefined ? null : Number(length), performance.now());
  let size = 0;
  const received = async function* (): AsyncGenerator<Uint8Array, void> {
    for await (const chunk of body) {
      size += chunk.length;
      progress?.add(chunk.length, performance.now());
      yield chunk;
    }
  };
  const coding = headers.find(({ name }) => name === 'content-encoding')?.value.toLowerCase();
  try {
    const decoder = isDecoded && coding !== undefined ? decoders[coding]?.() : undefined;
    for await (const chunk of decoder ? decode(received(), decoder) : received()) await output.write(chunk);
  } finally {
    progress?.end(performance.now());
  }
  return size;
}

const decoders: Readonly<Record<string, () => Transform>> = { gzip: createGunzip, deflate: createInflate, br: createBrotliDecompress };

/** Nothing at all has no coding, whatever the header says. */
async function* decode(chunks: AsyncGenerator<Uint8Array, void>, decoder: Transform): AsyncGenerator<Uint8Array, void> {
  const first = await chunks.next();
  if (first.done) return;
  decoder.write(first.value);
  let failure: unknown;
  const source = Readable.from(chunks).on('error', (error) => (failure = error));
  try {
    yield* pipeline(source, decoder, () => undefined) as AsyncIterable<Uint8Array>; // its error is thrown by the loop as well
  } catch (error) {
    throw failure ?? new ExitError(`failed to decode the body: ${(error as Error).message}`, exitCodes.badEncoding);
  }
}
