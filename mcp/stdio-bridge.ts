import type { Readable, Writable } from 'node:stream';
import { limits, LineSplitter } from '@exec-server/protocol';
import type { ExecClient, ProcessExit } from '@exec-server/client';
import { type LineListener, LineProcess, type LineProcessEnd, type LineProcessOptions } from './line-process.js';

export interface StdioBridgeOptions extends Pick<LineProcessOptions, 'argv' | 'cwd' | 'env' | 'inherit' | 'maxLineBytes'> {
  /** The executor that runs the server. */
  readonly client: ExecClient;
  /** What a host writes to the server. */
  readonly input: Readable;
  /** What the host reads. */
  readonly output: Writable;
  /** Gets what the server prints on its standard error, and lines on its stdout that are no messages. */
  readonly stderr: (line: string) => void;
  /** Ends the server. */
  readonly signal?: AbortSignal | undefined;
  /** How long the server may go on after the end of its input, in milliseconds; 2 000 by default. */
  readonly closeGraceMs?: number | undefined;
}

/** How a bridge came to its end: by the end of its input, after which the server was killed, by the end of the server itself, or because the host reads no more. */
export type BridgeEnd = { readonly by: 'input' } | { readonly by: 'server'; readonly exit: ProcessExit } | { readonly by: 'output' };

/**
 * Makes a server on stdio that an executor runs look like one that runs here, until one of both sides ends. Messages pass as
 * they are, byte for byte; a line that is not whole never does. The server ends with the bridge, and the input is destroyed; the
 * output stays the caller's.
 * @throws as `client.processes.start`; DisconnectedError, OutputGapError, RangeError when what the server sends cannot be
 *   passed on; the signal's reason
 */
export async function bridgeStdio(options: StdioBridgeOptions): Promise<BridgeEnd> {
  const { client, input, output, stderr, signal, closeGraceMs = limits.mcpCloseGraceMs, ...start } = options;
  let end!: (end: BridgeEnd | LineProcessEnd) => void;
  let fail!: (reason: unknown) => void;
  const ended = new Promise<BridgeEnd | LineProcessEnd>((resolve, reject) => ([end, fail] = [resolve, reject]));
  ended.catch(() => undefined); // it may come after another end
  const abort = (): void => fail(signal?.reason);
  output.on('error', () => end({ by: 'output' })); // for good: it may fail later, too
  signal?.addEventListener('abort', abort);
  let server: LineProcess | undefined;
  try {
    signal?.throwIfAborted();
    server = await LineProcess.start(client, { ...start, signal });
    server.follow(toOutput(output, stderr, end));
    const written = writeInput(input, server, start.maxLineBytes ?? limits.mcpLineBytes);
    let first = await Promise.race([ended, written]);
    if (first === null) {
      if (!(await server.closeGracefully(closeGraceMs))) return { by: 'input' };
      first = await ended;
    }
    if ('by' in first) return first;
    if ('failure' in first) throw first.failure;
    return { by: 'server', exit: first.exit };
  } finally {
    signal?.removeEventListener('abort', abort);
    input.destroy();
    await server?.terminate();
  }
}

const newline = Buffer.from('\n');

function toOutput(output: Writable, stderr: (line: string) => void, ended: (end: LineProcessEnd) => void): LineListener {
  const decoder = new TextDecoder();
  let room: Promise<void> | null = null;
  return {
    stderrLine: stderr,
    ended,
    async line(line) {
      const text = decoder.decode(line).trim();
      if (text === '') return;
      if (!isMessage(text)) return stderr(text);
      if (output.write(Buffer.concat([line, newline])) || output.destroyed) return;
      await (room ??= hasRoom(output).finally(() => (room = null)));
    },
  };
}

/** Resolves when a stream that is full takes more, or nothing ever again. */
function hasRoom(output: Writable): Promise<void> {
  return new Promise((resolve) => {
    const done = (): void => {
      output.removeListener('drain', done).removeListener('close', done);
      resolve();
    };
    output.on('drain', done).on('close', done);
  });
}

/** Resolves with null when the input is at its end; never when the server takes no more, which its end will tell. */
async function writeInput(input: Readable, server: LineProcess, maxLineBytes: number): Promise<null> {
  const lines = new LineSplitter(maxLineBytes);
  const write = (line: Uint8Array): Promise<void> => server.write(Buffer.concat([line, newline]));
  try {
    for await (const chunk of input as AsyncIterable<Uint8Array>) {
      const writes: Promise<void>[] = [];
      lines.push(chunk, (line) => writes.push(write(line)));
      await Promise.all(writes);
    }
    const rest = lines.takeRest();
    if (rest) await write(rest);
    return null;
  } catch (error) {
    if (error instanceof RangeError) throw error;
    return new Promise(() => undefined);
  }
}

/** A message, or a batch of them, as servers of 2025-03-26 may send. */
function isMessage(text: string): boolean {
  try {
    const value: unknown = JSON.parse(text);
    const [first] = Array.isArray(value) ? (value as unknown[]) : [value];
    return typeof first === 'object' && first !== null && 'jsonrpc' in first;
  } catch {
    return false;
  }
}
