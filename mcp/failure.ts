import { DisconnectedError, OutputGapError, RpcError } from '@exec-server/client';
import { ExecutorDisconnectedError, McpError, McpProtocolError, McpServerExitedError, McpStartError, type Subject } from './errors.js';
import type { LineProcessEnd } from './line-process.js';

/** Why a server is not there any more, in words of this package. */
export function toFailure(subject: Subject, end: LineProcessEnd, stderrTail: string): McpError {
  if ('exit' in end) return new McpServerExitedError(subject, end.exit.exitCode, { stderrTail });
  const { failure } = end;
  if (failure instanceof McpError) return failure;
  if (failure instanceof DisconnectedError || failure instanceof RpcError) return toDisconnected(subject, failure);
  const what = failure instanceof OutputGapError ? 'its messages have a hole' : 'what it sends cannot be used';
  return new McpProtocolError(subject, `${what}: ${failure.message}`, { cause: failure });
}

/** Why a server did not come to be. */
export function toStartFailure(subject: Subject, program: string, cwd: string, error: Error): McpError {
  if (error instanceof McpError) return error;
  if (error instanceof DisconnectedError) return toDisconnected(subject, error);
  const what = `cannot run ${JSON.stringify(program)} in ${JSON.stringify(cwd)}: ${error.message}`;
  return new McpStartError(subject, 'spawn', what, { cause: error });
}

function toDisconnected(subject: Subject, error: Error): McpError {
  return new ExecutorDisconnectedError(subject, `the executor is gone: ${error.message}`, { cause: error });
}
