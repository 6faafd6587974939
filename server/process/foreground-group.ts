import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { send } from './process-group.js';

/**
 * Delivers a signal to the process group that has the terminal of a session; false when there is none.
 * @param leader the session's leader, which has not been reaped
 * @throws RpcError `signalFailed` when the system refuses
 */
export function signalForeground(leader: number, signal: NodeJS.Signals): boolean {
  const group = findForegroundGroup(leader);
  // The leader has a group as soon as it is more than forked: until then it is all there is.
  return group !== null && (send(-group, signal) || (group === leader && send(leader, signal)));
}

/**
 * The process group that has the terminal of a session now; null when there is none. The leader's own while it has no terminal yet.
 */
function findForegroundGroup(leader: number): number | null {
  try {
    return process.platform === 'linux' ? readProc(leader) : askPs(leader);
  } catch {
    return null; // the leader is gone
  }
}

function readProc(leader: number): number | null {
  const { session, terminal, foreground } = readStatus(leader);
  // Just forked: the session, and with it the terminal, may still be the one of the server.
  if (session !== leader || terminal === 0) return leader;
  return foreground > 1 && !isStranger(foreground, leader) ? foreground : null;
}

/** With all of a group gone its number may be somebody else's, of another session. */
function isStranger(pid: number, leader: number): boolean {
  try {
    return readStatus(pid).session !== leader;
  } catch {
    return false; // the leader of the group has ended; its number is reserved as long as a member lives
  }
}

/** proc(5): the name, in parentheses, may hold anything; behind it stand state, parent, group, session, terminal, foreground group. */
function readStatus(pid: number) {
  const text = readFileSync(`/proc/${pid}/stat`, 'latin1');
  const [, , , session, terminal, foreground] = text.slice(text.lastIndexOf(')') + 2).split(' ');
  return { session: Number(session), terminal: Number(terminal), foreground: Number(foreground) };
}

function askPs(leader: number): number | null {
  const output = execFileSync('ps', ['-o', 'pgid=,tpgid=', '-p', String(leader)], { encoding: 'utf8', timeout: 2_000 });
  const [group = 0, foreground = 0] = output.trim().split(/\s+/).map(Number);
  if (group !== leader) return leader;
  return foreground > 1 ? foreground : null;
}
