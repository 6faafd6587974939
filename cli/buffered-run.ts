import { constants } from 'node:os';
import type { ExecClient, RunOptions } from '@exec-server/client';
import { limits } from '@exec-server/protocol';
import { exitCodes, ExitError } from './exit-codes.js';
import { reportEnd } from './local-streams.js';

export interface BufferedRunOptions extends RunOptions {
  readonly argv: readonly string[];
  /** Print how it ended and what it printed as one line of JSON, output in base64. */
  readonly isJson: boolean;
}

/** The program was ended because this command was told to end. */
class Interrupted extends Error {
  constructor(readonly exitCode: number) {
    super('told to end');
  }
}

/**
 * Runs a program in one round trip: our input, to its end, goes with the request, and its output comes with the answer.
 * A signal that asks this command to end ends the program.
 * @returns the exit code for it
 * @throws ExitError when input or output is more than one message can carry
 */
export async function runBuffered(client: ExecClient, { argv, isJson, ...options }: BufferedRunOptions): Promise<number> {
  const input = process.stdin.isTTY ? undefined : await readInput();
  const stop = new AbortController();
  const restoreSignals = onSignals((signal) => stop.abort(new Interrupted(128 + constants.signals[signal])));
  try {
    const { stdout, stderr, ...end } = await client.run(argv, {
      ...options,
      input,
      encoding: 'bytes',
      maxOutputBytes: limits.mostRunOutputBytes,
      signal: stop.signal,
    });
    if (isJson) {
      const [out, err] = [stdout, stderr].map((bytes) => Buffer.from(bytes).toString('base64'));
      await print(process.stdout, Buffer.from(`${JSON.stringify({ ...end, stdoutBase64: out, stderrBase64: err })}\n`));
    } else {
      await print(process.stdout, stdout);
      await print(process.stderr, stderr);
    }
    if (end.truncated && !isJson)
      throw new ExitError(`the output has more than ${limits.mostRunOutputBytes} bytes: this was its beginning`, exitCodes.disconnected);
    return reportEnd(end);
  } catch (error) {
    if (error instanceof Interrupted) return error.exitCode;
    throw error;
  } finally {
    restoreSignals();
  }
}

async function readInput(): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of process.stdin as AsyncIterable<Buffer>) {
    chunks.push(chunk);
    bytes += chunk.length;
    if (bytes > limits.mostRunOutputBytes)
      throw new ExitError(`the input has more than the ${limits.mostRunOutputBytes} bytes that go at once: leave out --buffer`);
  }
  return Buffer.concat(chunks);
}

/** Resolves when it is written. Where nobody reads any more there is nothing left to do. */
async function print(stream: NodeJS.WriteStream, bytes: Uint8Array): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    stream.once('error', (error: NodeJS.ErrnoException) => reject(error.code === 'EPIPE' ? new Interrupted(exitCodes.brokenPipe) : error));
    stream.write(bytes, (error) => error ?? resolve());
  });
}

function onSignals(listener: (signal: NodeJS.Signals) => void): () => void {
  const signals = ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGQUIT'] as const;
  for (const signal of signals) process.on(signal, listener);
  return () => {
    for (const signal of signals) process.removeListener(signal, listener);
  };
}
