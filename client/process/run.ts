import { decodeBase64, encodeBase64, joinBytes, limits, type ProcessRunResult } from '@exec-server/protocol';
import { OutcomeUnknownError, OutputGapError } from '../errors.js';
import type { SessionClient } from '../session/session-client.js';
import type { ProcessClient } from './process-client.js';
import type { ProcessExit } from './process-event.js';
import type { RemoteProcess } from './remote-process.js';
import { type StartOptions, toStartParams } from './start-params.js';

export interface RunOptions extends Omit<StartOptions, 'argv' | 'stdin' | 'signal'> {
  /** Written to stdin, which ends behind it; without it the program gets an empty input. */
  readonly input?: Uint8Array | string | undefined;
  /** Output to keep, of both streams together, in bytes; 16 MiB by default, 40 MiB at most. */
  readonly maxOutputBytes?: number | undefined;
  /** Output as text, in UTF-8 (the default), or as bytes. */
  readonly encoding?: 'utf8' | 'bytes' | undefined;
  /** Kills the program when it aborts; the run fails with its reason. */
  readonly signal?: AbortSignal | undefined;
}

export interface RunResult<Output extends string | Uint8Array> extends ProcessExit {
  readonly processId: string;
  /** Standard output, or everything a terminal has shown. */
  readonly stdout: Output;
  /** Standard error; empty with a terminal. */
  readonly stderr: Output;
  /** There was more output than this, which is its beginning. */
  readonly truncated: boolean;
  /** From the launch to the end of all output, in milliseconds. */
  readonly durationMs: number;
}

/**
 * Runs a program to its end. One request where the server offers it, otherwise a process that is started and read.
 * When the answer is lost with the line, the process is taken up again and read to its end.
 */
export function run(
  session: SessionClient,
  processes: ProcessClient,
  argv: readonly string[],
  options: RunOptions,
): Promise<RunResult<Uint8Array>> {
  const { signal } = options;
  if (!signal) return runUnbound(session, processes, argv, options);
  if (signal.aborted) return Promise.reject(signal.reason as Error);
  // The caller's signal gets one listener for each run, as many may share it.
  const stop = new AbortController();
  return new Promise((resolve, reject) => {
    const abort = (): void => {
      stop.abort(signal.reason);
      reject(signal.reason as Error);
    };
    signal.addEventListener('abort', abort, { once: true });
    const running = runUnbound(session, processes, argv, { ...options, signal: stop.signal });
    void running.then(resolve, reject).finally(() => signal.removeEventListener('abort', abort));
  });
}

function runUnbound(
  session: SessionClient,
  processes: ProcessClient,
  argv: readonly string[],
  options: RunOptions,
): Promise<RunResult<Uint8Array>> {
  return (session.supports('processRun') ? runAtOnce : runInSteps)(session, processes, argv, options);
}

async function runAtOnce(
  session: SessionClient,
  processes: ProcessClient,
  argv: readonly string[],
  options: RunOptions,
): Promise<RunResult<Uint8Array>> {
  const { input, maxOutputBytes, signal } = options;
  const start = toStartParams(session, { ...options, argv });
  const { processId } = start;
  const params = {
    ...start,
    ...(input === undefined ? {} : { stdinBase64: encodeBase64(toBytes(input)) }),
    ...(maxOutputBytes === undefined ? {} : { maxOutputBytes }),
  };
  // Whatever has become of it, the session's end or its own tells.
  const abort = (): void =>
    void session.call('process/terminate', { processId }, { isRepeatable: true, isUrgent: true }).catch(() => undefined);
  signal?.addEventListener('abort', abort, { once: true });
  const startedAtMs = performance.now();
  try {
    return decode(await session.call('process/run', params, { signal, takesLong: true }));
  } catch (error) {
    if (!(error instanceof OutcomeUnknownError)) throw error;
    return await takeUp(processes, processId, { maxOutputBytes, startedAtMs, lost: error });
  } finally {
    signal?.removeEventListener('abort', abort);
  }
}

async function runInSteps(
  session: SessionClient,
  processes: ProcessClient,
  argv: readonly string[],
  options: RunOptions,
): Promise<RunResult<Uint8Array>> {
  const { input, tty = false, maxOutputBytes } = options;
  if (input !== undefined && tty === false) session.require('processCloseStdin', 'ending the input of a run');
  const startedAtMs = performance.now();
  const process = await processes.start({ ...options, argv, stdin: input !== undefined });
  if (input !== undefined) void feed(process, input);
  return collect(process, { maxOutputBytes, startedAtMs });
}

/**
 * The rest of a run whose answer was lost.
 * @throws the loss, when the process, or some of its output, is not there any more
 */
async function takeUp(
  processes: ProcessClient,
  processId: string,
  { lost, ...how }: CollectOptions & { readonly lost: OutcomeUnknownError },
): Promise<RunResult<Uint8Array>> {
  try {
    return await collect(await processes.attach(processId), how);
  } catch {
    throw lost; // why it cannot be read matters less than that nobody knows how it ended
  }
}

async function feed(process: RemoteProcess, input: Uint8Array | string): Promise<void> {
  try {
    await process.write(input);
    await process.closeStdin();
  } catch {
    // A program need not read all its input; what else went wrong is told by its end.
  }
}

interface CollectOptions {
  readonly maxOutputBytes: number | undefined;
  /** By the clock of `performance`. */
  readonly startedAtMs: number;
}

/** @throws OutputGapError when output is missing before the limit is reached */
async function collect(process: RemoteProcess, { maxOutputBytes, startedAtMs }: CollectOptions): Promise<RunResult<Uint8Array>> {
  const chunks: { readonly stdout: Uint8Array[]; readonly stderr: Uint8Array[] } = { stdout: [], stderr: [] };
  let left = maxOutputBytes ?? limits.runOutputBytes;
  let truncated = false;
  for await (const event of process) {
    if (truncated) continue;
    if (event.type === 'gap') throw new OutputGapError(event.fromSeq, event.toSeq);
    if (event.type !== 'output') continue;
    const kept = event.chunk.subarray(0, left);
    truncated = kept.length < event.chunk.length;
    left -= kept.length;
    chunks[event.stream === 'stderr' ? 'stderr' : 'stdout'].push(kept);
  }
  const exit = await process.closed;
  const durationMs = Math.round(performance.now() - startedAtMs);
  return { processId: process.id, ...exit, stdout: joinBytes(chunks.stdout), stderr: joinBytes(chunks.stderr), truncated, durationMs };
}

function decode({ stdoutBase64, stderrBase64, ptyBase64, ...rest }: ProcessRunResult): RunResult<Uint8Array> {
  return { ...rest, stdout: decodeBase64(stdoutBase64 ?? ptyBase64 ?? ''), stderr: decodeBase64(stderrBase64 ?? '') };
}

function toBytes(input: Uint8Array | string): Uint8Array {
  return typeof input === 'string' ? new TextEncoder().encode(input) : input;
}
