import { RpcError } from '@exec-server/protocol';
import { describeOsError, readOsError } from '../os-error.js';

/** The start was refused by the operating system, or would have been: its words as an error of the request. */
export function startFailed(code: string): RpcError {
  return new RpcError('startFailed', describeOsError(code), { osError: code });
}

/** Turns what a launch threw into an error of the request. Faults of our own are passed on as they are. */
export function toLaunchError(error: unknown): unknown {
  const code = readOsError(error);
  return code === null ? error : startFailed(code);
}
