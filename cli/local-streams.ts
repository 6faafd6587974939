import { once } from 'node:events';
import type { ExecClient, ProcessExit, RemoteProcess } from '@exec-server/client';
import { exitCodes } from './exit-codes.js';
import { localTerminalSize } from './terminal-size.js';

export interface ForegroundOptions {
  readonly client: ExecClient;
  readonly process: RemoteProcess;
  /** The process has a terminal: pass keys on as they are typed, and follow the size of ours. */
  readonly isTerminal: boolean;
  /** The process was taken up some time after its start: output from before that is lost is told, and is no error. */
  readonly isTakenUp: boolean;
  /** Key that leaves the process running, in a terminal; null for none. */
  readonly detachKey: number | null;
  /** How long to wait for output after the program has ended while somebody else holds its streams open, in milliseconds. */
  readonly drainMs: number;
}

/** How the foreground was left. */
export type ForegroundEnd = ProcessExit | 'detached' | 'brokenPipe';

/**
 * Joins a remote process with the streams and signals of this one, as if it ran here, until it ends.
 * @throws SessionLostError, OutputGapError
 */
export async function runInForeground(options: ForegroundOptions): Promise<ForegroundEnd> {
  const stop = new AbortController();
  let leave!: (end: ForegroundEnd) => void;
  const left = new Promise<ForegroundEnd>((resolve) => (leave = resolve));
  const onBrokenPipe = (error: NodeJS.ErrnoException): void => {
    if (error.code === 'EPIPE') leave('brokenPipe');
  };
  process.stdout.on('error', onBrokenPipe);
  process.stderr.on('error', onBrokenPipe);
  const restoreTerminal = options.isTerminal ? followTerminal(options, stop.signal) : () => undefined;
  const restoreSignals = forwardSignals(options);
  try {
    void forwardInput(options, () => leave('detached'), stop.signal);
    const output = pour(options);
    output.catch(() => undefined); // awaited below, unless the process is left before its end
    return await Promise.race([left, drained(options.process, output, options.drainMs)]);
  } finally {
    stop.abort();
    restoreSignals();
    restoreTerminal();
    process.stdin.pause();
  }
}

/** The exit code for a foreground that ended so; what it does not tell is told on stderr. */
export function reportEnd(end: ForegroundEnd): number {
  if (end === 'detached') return 0;
  if (end === 'brokenPipe') return exitCodes.brokenPipe;
  if (!end.timedOut) return end.exitCode;
  console.error('exec-server: timed out: the command was killed at the end of its time');
  return exitCodes.timedOut;
}

/**
 * The exit, once `output` has settled with it; output that somebody else may still write is not waited for longer.
 * @param drainMs longest wait after the exit, in milliseconds
 */
export async function drained(remote: RemoteProcess, output: Promise<unknown>, drainMs: number): Promise<ProcessExit> {
  const exit = await Promise.race([remote.exited, output.then(() => remote.exited)]);
  let timer: NodeJS.Timeout | undefined;
  await Promise.race([output, new Promise((resolve) => (timer = setTimeout(resolve, drainMs)))]);
  clearTimeout(timer);
  return exit;
}

/** Prints the output in the order it was read. Bytes on both sides of a hole do not belong together; before the first there is none. */
async function pour({ process: remote, isTakenUp }: ForegroundOptions): Promise<void> {
  for await (const event of remote) {
    if (event.type === 'output') {
      const to = event.stream === 'stderr' ? process.stderr : process.stdout;
      if (!to.write(event.chunk)) await once(to, 'drain');
    } else if (event.type === 'gap') {
      const { OutputGapError } = await import('@exec-server/client');
      const gap = new OutputGapError(event.fromSeq, event.toSeq);
      if (!isTakenUp || event.fromSeq > 1) throw gap;
      console.error(`exec-server: ${gap.message}`);
    }
  }
}

/** What comes on our stdin goes to the process, in order and no faster than it is taken. */
async function forwardInput(
  { process: remote, isTerminal, detachKey }: ForegroundOptions,
  detach: () => void,
  signal: AbortSignal,
): Promise<void> {
  try {
    for await (const chunk of process.stdin as AsyncIterable<Buffer>) {
      if (signal.aborted) return;
      const detachAt = isTerminal && detachKey !== null ? chunk.indexOf(detachKey) : -1;
      if (detachAt >= 0) {
        detach();
        return;
      }
      await remote.write(chunk, { signal });
    }
    if (!signal.aborted) await remote.closeStdin({ signal });
  } catch (error) {
    // A program that reads no more is none of the user's concern; its end, and the session's, are told elsewhere.
    if ((error as Error).name === 'UnsupportedByServerError') console.error(`exec-server: ${(error as Error).message}`);
  }
}

/** Raw keys in, size out. Returns what undoes it. */
function followTerminal({ process: remote }: ForegroundOptions, signal: AbortSignal): () => void {
  const { stdin, stdout } = process;
  const wasRaw = stdin.isRaw;
  if (stdin.isTTY) stdin.setRawMode(true);
  const resize = (): void => {
    if (signal.aborted) return;
    const size = localTerminalSize();
    if (size) void remote.resize(size).catch(() => undefined); // only looks are at stake
  };
  if (stdout.isTTY) stdout.on('resize', resize);
  return () => {
    stdout.removeListener('resize', resize);
    if (stdin.isTTY) stdin.setRawMode(wasRaw);
  };
}

/** What becomes of the process is told by its end. */
const ignore = (): undefined => undefined;

/** Ctrl-C interrupts the remote program; being asked to end ends it. Returns what undoes it. */
function forwardSignals({ client, process: remote }: ForegroundOptions): () => void {
  const interrupt = (): void => {
    if (client.state === 'ready') void remote.signal('interrupt').catch(ignore);
    else process.exit(130); // nobody there to interrupt
  };
  const terminate = (): void => void remote.terminate().catch(ignore);
  process.on('SIGINT', interrupt);
  for (const signal of ['SIGTERM', 'SIGHUP', 'SIGQUIT'] as const) process.on(signal, terminate);
  return () => {
    process.removeListener('SIGINT', interrupt);
    for (const signal of ['SIGTERM', 'SIGHUP', 'SIGQUIT'] as const) process.removeListener(signal, terminate);
  };
}
