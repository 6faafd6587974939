import { RpcError } from '@exec-server/protocol';
import { Answer, type Call, type CheckedParams } from '../handler.js';
import type { StreamName } from './launch.js';
import { toLaunchRequest } from './launch-request.js';
import type { ProcessHost } from './process-host.js';
import type { ProcessTable } from './process-table.js';
import type { Process, ProcessListener } from './process.js';
import { RunOutput } from './run-output.js';
import type { StdinQueue } from './stdin-queue.js';

/** Largest piece in which the input is queued, so that what the program has not taken is not held twice. */
const inputPieceBytes = 1024 * 1024;

/**
 * Starts a process and answers when it is closed, with all it has printed. It is a process of the session like any
 * other, but nothing is notified of it unless it is read meanwhile, or there is nobody to answer any more.
 * @throws RpcError as a start does
 */
export async function run(params: CheckedParams<'process/run'>, call: Call<{ readonly processes: ProcessTable }>): Promise<Answer> {
  const { processes } = call.scope;
  const { processId, stdinBase64 = null } = params;
  const output = new RunOutput(toMaxBytes(params.maxOutputBytes ?? null, processes.host), processes.host.runBudget);
  const request = toLaunchRequest({ ...params, creditBytes: null, pipeStdin: params.pipeStdin || stdinBase64 !== null }, processes.host);
  const starting = processes.reserve(processId, request);
  try {
    let attendant!: Attendant;
    const process = await call.work(() =>
      processes.start(processId, starting, (session) => (attendant = new Attendant(output, session, call.signal))),
    );
    process.begin();
    if (stdinBase64 !== null && process.stdin) void feed(process.stdin, stdinBase64, () => call.shrink());
    else call.shrink();
    const durationMs = await attendant.ended;
    call.afterReply(() => output.clear());
    return new Answer(() => writeAnswer(process, output, durationMs));
  } catch (error) {
    processes.release(processId, starting);
    output.clear();
    throw error;
  }
}

/** Keeps the output for the answer, until nobody can be answered any more, and tells the session what is not to be kept quiet. */
class Attendant implements ProcessListener {
  /** Settles with the time from the launch to the close, in milliseconds; rejects when nobody can be answered any more. */
  readonly ended: Promise<number>;
  readonly #output: RunOutput;
  readonly #session: ProcessListener;
  readonly #signal: AbortSignal;
  readonly #startedAtMs = performance.now();
  #settle!: (durationMs: number) => void;
  #fail!: (error: Error) => void;

  constructor(output: RunOutput, session: ProcessListener, signal: AbortSignal) {
    this.#output = output;
    this.#session = session;
    this.#signal = signal;
    this.ended = new Promise((resolve, reject) => ([this.#settle, this.#fail] = [resolve, reject]));
    this.ended.catch(() => undefined); // a start that was cancelled fails by itself
    signal.addEventListener('abort', this.#abandon);
    if (signal.aborted) this.#abandon();
  }

  output(process: Process, seq: number, stream: StreamName, chunk: Buffer): void {
    if (!this.#signal.aborted) this.#output.add(stream, chunk);
    if (this.#isHeard(process)) this.#session.output(process, seq, stream, chunk);
    else process.log.sent(seq); // with the answer
  }

  exited(process: Process, seq: number): void {
    if (this.#isHeard(process)) this.#session.exited(process, seq);
  }

  closed(process: Process, seq: number): void {
    if (this.#isHeard(process)) this.#session.closed(process, seq);
    this.#signal.removeEventListener('abort', this.#abandon);
    this.#settle(performance.now() - this.#startedAtMs);
  }

  #isHeard(process: Process): boolean {
    return this.#signal.aborted || process.hasBeenRead;
  }

  readonly #abandon = (): void => this.#fail(this.#signal.reason as Error);
}

/** @throws RpcError `invalidParams` for more than an answer can hold */
function toMaxBytes(wanted: number | null, { limits }: ProcessHost): number {
  if (wanted === null) return limits.runOutputBytes;
  if (wanted <= limits.mostRunOutputBytes) return wanted;
  throw new RpcError('invalidParams', `invalid number ${wanted}, expected at most ${limits.mostRunOutputBytes} (\`maxOutputBytes\`)`);
}

/** Writes the input and its end. `onAccepted` is called when nothing of it has to be waited for any more. */
async function feed(stdin: StdinQueue, input: Uint8Array, onAccepted: () => void): Promise<void> {
  const { signal } = new AbortController(); // whoever asked for the run may be gone, and the program still wants its input
  try {
    let piece = 0;
    for (let at = 0; at < input.length; at += inputPieceBytes)
      await stdin.enqueue(`run ${piece++}`, input.subarray(at, at + inputPieceBytes), { signal });
    await stdin.enqueue('run end', null, { signal });
  } catch (error) {
    if (!(error instanceof RpcError)) throw error; // the program has ended without reading it all, as it may
  } finally {
    onAccepted();
  }
}

/** As JSON: bytes in base64 need no escaping. */
function writeAnswer({ id, exitCode, endSignal, hasTimedOut, description }: Process, output: RunOutput, durationMs: number): string {
  const { isTruncated } = output;
  const streams = description.terminal
    ? `"ptyBase64":"${output.toBase64('pty')}"`
    : `"stdoutBase64":"${output.toBase64('stdout')}","stderrBase64":"${output.toBase64('stderr')}"`;
  return (
    `{"processId":${JSON.stringify(id)},"exitCode":${exitCode},"signal":${JSON.stringify(endSignal)},"timedOut":${hasTimedOut},` +
    `${streams},"truncated":${isTruncated},"durationMs":${Math.round(durationMs)}}`
  );
}
