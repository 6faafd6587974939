import { fromNativePath, RpcError, wireSignals } from '@exec-server/protocol';
import type { Call, Handlers } from '../handler.js';
import { toLaunchRequest } from './launch-request.js';
import { platform } from './launch.js';
import { Process } from './process.js';
import { type ProcessTable, StartingProcess } from './process-table.js';
import { read } from './read.js';
import { run } from './run.js';
import type { InputStatus } from './stdin-queue.js';

/** What the process family works on. */
export interface ProcessScope {
  readonly processes: ProcessTable;
}

type Names =
  | 'process/start'
  | 'process/run'
  | 'process/read'
  | 'process/write'
  | 'process/closeStdin'
  | 'process/resize'
  | 'process/signal'
  | 'process/terminate'
  | 'process/grant'
  | 'process/list';

export const processHandlers: Handlers<Names, ProcessScope> = {
  'process/start': async (params, call) => {
    const { processes } = call.scope;
    const { processId } = params;
    const starting = processes.reserve(processId, toLaunchRequest(params, processes.host));
    try {
      const process = await call.work(() => processes.start(processId, starting));
      call.afterReply(() => process.begin());
      return { processId, pid: process.pid, sandboxType: 'none' };
    } catch (error) {
      processes.release(processId, starting);
      throw error;
    }
  },

  'process/run': run,

  'process/read': (params, call) =>
    whenStarted(call.scope, params.processId, (process) => {
      if (!process) throw unknownProcess(params.processId);
      process.hasBeenRead = true;
      return read(process, params, call, call.scope.processes.host.limits.maxMessageBytes);
    }),

  'process/write': ({ processId, writeId, chunk }, call) => {
    checkWriteId(writeId);
    return whenStarted(call.scope, processId, (process) => enqueue(process, writeId, chunk, call));
  },

  'process/closeStdin': ({ processId, writeId }, call) => {
    checkWriteId(writeId);
    return whenStarted(call.scope, processId, (process) => enqueue(process, writeId, null, call));
  },

  'process/resize': ({ processId, rows, cols }, { scope }) =>
    whenStarted(scope, processId, (process) => {
      if (!process) throw unknownProcess(processId);
      if (!process.description.terminal) throw new RpcError('notATerminal', `process ${processId} has no terminal to resize`);
      process.resize({ rows, cols });
      return {};
    }),

  'process/signal': ({ processId, signal, target }, { scope }) =>
    whenStarted(scope, processId, (process) => {
      if (target === 'foreground' && process && !process.description.terminal)
        throw new RpcError('notATerminal', `process ${processId} has no terminal and no foreground group`);
      return { delivered: process?.signal(wireSignals[signal], target ?? 'group') ?? false };
    }),

  'process/terminate': ({ processId, graceMs, orphans }, { scope }) =>
    whenStarted(scope, processId, (process) => ({
      running: process?.terminate({ graceMs: graceMs ?? 0, orphans: orphans ?? false }) ?? false,
    })),

  'process/grant': ({ processId, bytes }, { scope }) =>
    whenStarted(scope, processId, (process) => {
      if (!process) throw unknownProcess(processId);
      process.flow.grant(bytes);
      return {};
    }),

  'process/list': (_params, { scope: { processes } }) => ({
    processes: [...processes.entries()].map(([processId, entry]) => describe(processId, entry)),
  }),
};

/**
 * Calls `use` with the process, or with undefined when there is none. A process that is being started is waited for,
 * so that requests sent after its start, without waiting for the answer, find it and keep their order.
 */
function whenStarted<Result>(
  { processes }: ProcessScope,
  processId: string,
  use: (process: Process | undefined) => Result | Promise<Result>,
): Result | Promise<Result> {
  const entry = processes.get(processId);
  if (!(entry instanceof StartingProcess)) return use(entry);
  return entry.settled.then(() => {
    const settled = processes.get(processId);
    return use(settled instanceof Process ? settled : undefined);
  });
}

function checkWriteId(writeId: string): void {
  if (writeId === '') throw new RpcError('invalidParams', 'writeId must not be empty');
}

function enqueue(
  process: Process | undefined,
  writeId: string,
  input: Uint8Array | null,
  call: Call<ProcessScope>,
): { status: InputStatus | 'unknownProcess' } | Promise<{ status: InputStatus }> {
  if (!process) return { status: 'unknownProcess' };
  if (!process.stdin) return { status: 'stdinClosed' };
  const status = process.stdin.enqueue(writeId, input, call);
  return typeof status === 'string' ? { status } : status.then((settled) => ({ status: settled }));
}

function describe(processId: string, entry: Process | StartingProcess) {
  const { argv, cwd, terminal } = entry.description;
  const common = { processId, argv, cwd: fromNativePath(cwd, platform), tty: terminal !== null, startedAtMs: entry.startedAtMs };
  if (entry instanceof StartingProcess) {
    return { ...common, pid: null, state: 'starting' as const, exitCode: null, signal: null, nextSeq: 1, oldestSeq: 1, retainedBytes: 0 };
  }
  const { pid, state, exitCode, endSignal, hasTimedOut, log } = entry;
  const { nextSeq, oldestSeq, retainedBytes } = log;
  const timedOut = hasTimedOut ? { timedOut: true } : {};
  return { ...common, pid, state, exitCode, signal: endSignal, ...timedOut, nextSeq, oldestSeq, retainedBytes };
}

function unknownProcess(processId: string): RpcError {
  return new RpcError('unknownProcess', `unknown process id ${processId}`);
}
