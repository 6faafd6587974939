import { execFile } from 'node:child_process';
import { RpcError } from '@exec-server/protocol';
import { describeOsError, readOsError } from '../os-error.js';

/**
 * The process group of a child, which is its leader. Once the leader has been reaped, the group's number stays reserved
 * only while a member lives; afterwards the system may give it to somebody else. From then on it is looked at
 * regularly, and is not used any more once the group was seen to be empty.
 */
export class ProcessGroup {
  readonly #number: number;
  readonly #checkMs: number;
  readonly #onGone: () => void;
  #state: 'led' | 'orphaned' | 'gone' = 'led';
  #timer: NodeJS.Timeout | null = null;

  /**
   * @param number the leader's
   * @param checkMs how often a group without a leader is looked at, in milliseconds
   * @param onGone called when the number is not used any more
   */
  constructor(number: number, checkMs: number, onGone: () => void = () => undefined) {
    this.#number = number;
    this.#checkMs = checkMs;
    this.#onGone = onGone;
  }

  /** The leader has not been reaped yet: its number is its own. */
  get hasLeader(): boolean {
    return this.#state === 'led';
  }

  /** Members live on though the leader has been reaped. */
  get hasOrphans(): boolean {
    if (this.#state !== 'orphaned') return false;
    // A process with the leader's number is a new one, and the group of that number is its group.
    if (send(this.#number, 0) || !send(-this.#number, 0)) this.close();
    return this.#state === 'orphaned';
  }

  /** Call it when the leader has been reaped. */
  leaderEnded(): void {
    if (this.#state !== 'led') return;
    this.#state = process.platform === 'win32' ? 'gone' : 'orphaned';
    if (!this.hasOrphans) return;
    this.#timer = setInterval(() => this.hasOrphans, this.#checkMs);
    this.#timer.unref();
  }

  /**
   * Delivers a signal to every member; false when there is none.
   * @throws RpcError `signalFailed` when the system refuses
   */
  signal(signal: NodeJS.Signals): boolean {
    if (this.#state === 'led') return signalGroup(this.#number, signal);
    return this.hasOrphans && send(-this.#number, signal);
  }

  /**
   * Kills every member at once; on Windows, which has no groups, the tree. False when there is nobody.
   * @throws RpcError `signalFailed` when the system refuses
   */
  kill(): boolean {
    if (process.platform !== 'win32') return this.signal('SIGKILL');
    if (this.#state !== 'led') return false;
    execFile('taskkill', ['/T', '/F', '/PID', String(this.#number)], () => undefined);
    return true;
  }

  /** The number is not used any more. */
  close(): void {
    if (this.#timer) clearInterval(this.#timer);
    this.#timer = null;
    if (this.#state !== 'orphaned') return;
    this.#state = 'gone';
    this.#onGone();
  }
}

/**
 * Delivers a signal to every process of a group whose leader has not been reaped; false when the group is gone.
 * @throws RpcError `signalFailed` when the system refuses
 */
export function signalGroup(group: number, signal: NodeJS.Signals): boolean {
  // A program on a terminal makes its group when it has been forked already: until then its leader is all there is.
  return (process.platform !== 'win32' && send(-group, signal)) || send(group, signal);
}

/**
 * Delivers a signal to a process, or to the members of a group when the number is negative; false when there is nobody to
 * get it. Signal 0 only asks.
 * @throws RpcError `signalFailed` when the system refuses
 */
export function send(target: number, signal: NodeJS.Signals | 0): boolean {
  try {
    process.kill(target, signal);
    return true;
  } catch (error) {
    const code = readOsError(error);
    if (code === 'ESRCH') return false;
    if (code === 'EPERM' && signal === 0) return true;
    throw code === null ? error : new RpcError('signalFailed', `failed to signal process: ${describeOsError(code)}`);
  }
}
