import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import type { Socket } from 'node:net';
import type { Limits } from '@exec-server/protocol';

/**
 * Reads `+ N` and `- N` and, when nothing more can come, kills the groups that are left. Signals that end a server together
 * with everything on its terminal do not reach it.
 */
const script = `
trap '' HUP INT TERM
groups=' '
while read -r sign group; do
  case $sign in
    +) groups="$groups$group " ;;
    -) case $groups in *" $group "*) groups="\${groups%% $group *} \${groups#* $group }" ;; esac ;;
  esac
done
for group in $groups; do kill -9 -"$group"; done 2>/dev/null`;

/**
 * Sees to it that process groups end with this process even when it is killed (SIGKILL, out of memory, a crash): a shell
 * of its own, one for all, that notices when its input ends. Started for the first group. Windows has none.
 */
export class OrphanGuard {
  readonly #groups = new Set<number>();
  #shell: ChildProcess | null = null;
  #isClosed = false;
  readonly #limits: Pick<Limits, 'reapGraceMs' | 'guardBacklogBytes'>;

  /** @param limits `reapGraceMs`: a shell that has not ended by then, when it is told to, is killed */
  constructor(limits: Pick<Limits, 'reapGraceMs' | 'guardBacklogBytes'>) {
    this.#limits = limits;
  }

  /** The shell's number; null when there is none. */
  get pid(): number | null {
    return this.#shell?.pid ?? null;
  }

  /** From now on the group ends with this process. Without room for a shell it does so from the next start on. Never throws. */
  watch(group: number): void {
    if (process.platform === 'win32' || this.#isClosed) return;
    this.#groups.add(group);
    if (this.#shell) this.#tell('+', group);
    else this.#start();
  }

  /** The group has ended; its number may soon be somebody else's. */
  forget(group: number): void {
    if (this.#groups.delete(group)) this.#tell('-', group);
  }

  /** Ends the shell. Groups that are still watched are killed. */
  async close(): Promise<void> {
    this.#isClosed = true;
    const shell = this.#shell;
    this.#shell = null;
    if (shell === null || shell.pid === undefined || shell.exitCode !== null) return;
    const ended = once(shell, 'exit');
    shell.ref();
    shell.stdin?.end();
    const timer = setTimeout(() => shell.kill('SIGKILL'), this.#limits.reapGraceMs);
    await ended;
    clearTimeout(timer);
  }

  #start(): void {
    const shell = spawn('/bin/sh', ['-c', script], { detached: true, cwd: '/', env: {}, stdio: ['pipe', 'ignore', 'ignore'] });
    shell.on('error', () => this.#lost(shell));
    const input = shell.stdin as Socket | undefined; // missing when this process has no descriptor left
    if (!input) return;
    this.#shell = shell;
    shell.once('exit', () => this.#lost(shell));
    input.on('error', () => undefined); // 'exit' follows
    shell.unref();
    input.unref();
    for (const group of this.#groups) this.#tell('+', group);
  }

  /** Somebody has ended it: the next group starts another one. */
  #lost(shell: ChildProcess): void {
    if (this.#shell === shell) this.#shell = null;
  }

  #tell(sign: '+' | '-', group: number): void {
    const input = this.#shell?.stdin;
    if (!input) return;
    input.write(`${sign} ${group}\n`);
    if (input.writableLength <= this.#limits.guardBacklogBytes) return;
    // Somebody has stopped it: the next group starts another one, which is told of all that are left.
    this.#shell?.kill('SIGKILL');
    this.#shell = null;
    input.destroy();
  }
}
