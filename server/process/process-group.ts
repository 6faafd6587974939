import { execFile } from 'node:child_process';
import { RpcError } from '@exec-server/protocol';
import { describeOsError, readOsError } from '../os-error.js';

/**
 * Delivers a signal to every process of a group whose leader has not been seen to end. A group that is gone is no error.
 * @throws RpcError `signalFailed` when the system refuses
 */
export function signalGroup(group: number, signal: NodeJS.Signals): void {
  // A program on a terminal makes its group when it has been forked already: until then its leader is all there is.
  if (process.platform === 'win32' || !send(-group, signal)) send(group, signal);
}

/** False when there is nobody to get it. */
function send(target: number, signal: NodeJS.Signals): boolean {
  try {
    process.kill(target, signal);
    return true;
  } catch (error) {
    const code = readOsError(error);
    if (code === 'ESRCH') return false;
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

/**
 * Kills what is left of a group whose leader has ended: the leader's number alone may be somebody else's by now.
 * @throws RpcError `signalFailed` when the system refuses
 */
export function killSurvivors(group: number): void {
  if (process.platform !== 'win32') send(-group, 'SIGKILL');
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
