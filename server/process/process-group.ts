import { execFile } from 'node:child_process';
import { RpcError } from '@exec-server/protocol';
import { describeOsError, readOsError } from '../os-error.js';

/**
 * Delivers a signal to every process of the group. A group that is gone is no error.
 * @throws RpcError `signalFailed` when the system refuses
 */
export function signalGroup(group: number, signal: NodeJS.Signals): void {
  try {
    process.kill(process.platform === 'win32' ? group : -group, signal);
  } catch (error) {
    const code = readOsError(error);
    if (code === 'ESRCH') return;
    throw code === null ? error : new RpcError('signalFailed', `failed to signal process: ${describeOsError(code)}`);
  }
}

/**
 * Kills every process of the group at once; on Windows, which has no groups, the tree.
 * @throws RpcError `signalFailed` when the system refuses
 */
export function killGroup(group: number): void {
  if (process.platform === 'win32') execFile('taskkill', ['/T', '/F', '/PID', String(group)], () => undefined);
  else signalGroup(group, 'SIGKILL');
}

/** Whether the group has a living member. */
export function groupIsAlive(group: number): boolean {
  try {
    process.kill(-group, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
