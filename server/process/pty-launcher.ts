import { closeSync, constants, openSync, readFileSync } from 'node:fs';
import { RpcError } from '@exec-server/protocol';
import { BufferPool } from '../buffer-pool.js';
import type { Descriptors } from './descriptors.js';
import { startFailed, toLaunchError } from './launch-error.js';
import type { LaunchedProcess, Launcher, LaunchRequest, TerminalSize, WaitStatus } from './launch.js';
import { findProgram, toExecute } from './program.js';
import { loadPtySystem, type PtySystem } from './pty-binding.js';
import { PtySink } from './pty-sink.js';
import { PtySource } from './pty-source.js';
import { signalName } from './signals.js';

/** A terminal needs memory for a chunk only as long as a turn of the event loop lasts. */
const mostChunksKept = 4;

/** Starts children on terminals. The child leads its session and has the terminal as controlling terminal. */
export class PtyLauncher implements Launcher {
  readonly #descriptors: Descriptors;
  /** Memory for chunks of output. */
  readonly #chunks: BufferPool;
  readonly #loginShell: string;
  #system: PtySystem | null = null;

  /**
   * @param maxChunkBytes most bytes of output in one piece
   * @param loginShell becomes the child's `SHELL` when it has none (base)
   */
  constructor(descriptors: Descriptors, maxChunkBytes: number, loginShell: string) {
    this.#descriptors = descriptors;
    this.#chunks = new BufferPool(() => Buffer.allocUnsafeSlow(maxChunkBytes), mostChunksKept);
    this.#loginShell = loginShell;
  }

  // The binding reports a program that cannot be executed as output and exit code 1, so that everything is checked first.
  // oxlint-disable-next-line require-await -- synchronous on this side, so that no exit is missed
  async launch(request: LaunchRequest): Promise<LaunchedProcess> {
    if (process.platform === 'win32') throw new RpcError('startFailed', 'terminals are not supported on Windows');
    const system = (this.#system ??= loadPtySystem());
    const file = findProgram(request);
    const env = [...request.env].map(([name, value]) => `${name}=${value}`);
    if (!request.env.has('SHELL')) env.push(`SHELL=${this.#loginShell}`);
    const [program, args] = commandLine(request, file);
    refuseTooLong([program, ...args], env);
    return this.#fork(system, { ...request, argv: [program, ...args] }, env);
  }

  async close(): Promise<void> {}

  #fork({ binding, helperPath }: PtySystem, request: LaunchRequest, env: readonly string[]): LaunchedProcess {
    const [program = '', ...args] = request.argv;
    const { rows, cols } = request.terminal as TerminalSize;
    let settle!: (status: WaitStatus) => void;
    const exited = new Promise<WaitStatus>((resolve) => (settle = resolve));
    let held: number | null = null;
    const onExit = (code: number, signal: number): void => {
      if (held !== null) closeSync(held);
      settle(signal > 0 ? { code: null, signal: signalName(signal) } : { code, signal: null });
    };
    let forked: ReturnType<PtySystem['binding']['fork']>;
    try {
      forked = binding.fork(program, args, env, request.cwd, cols, rows, -1, -1, true, helperPath, onExit);
    } catch (error) {
      throw new RpcError('startFailed', `the terminal could not be opened: ${(toLaunchError(error) as Error).message}`);
    }
    const { fd, pid, pty } = forked;
    held = hold(pty);
    this.#descriptors.add(fd);
    const source = new PtySource(fd, this.#chunks);
    source.onceClosed(() => this.#descriptors.delete(fd));
    return {
      pid,
      outputs: [source],
      input: new PtySink(fd, () => source.isOpen),
      exited,
      resize: (size) => {
        if (source.isOpen) binding.resize(fd, size.cols, size.rows, 0, 0);
      },
    };
  }
}

/**
 * Keeps the child's side of a terminal open. Without it a program that closes its terminal before it ends would look as
 * if it had hung up, and would itself be hung up. Null when there is no descriptor to spare.
 */
function hold(path: string): number | null {
  try {
    return openSync(path, constants.O_RDWR | constants.O_NOCTTY);
  } catch {
    return null;
  }
}

/** Program and arguments. The binding makes the program's name `argv[0]`; another one takes an `exec` by Perl. */
function commandLine(request: LaunchRequest, file: string): [string, string[]] {
  const [, ...args] = request.argv;
  if (request.arg0 === null) return [toExecute(request, file), args];
  const perl = findPerl(request);
  return [perl, ['-e', 'my $file = shift; exec {$file} @ARGV; die "exec: $!\\n"', file, request.arg0, ...args]];
}

function findPerl(request: LaunchRequest): string {
  try {
    return findProgram({ ...request, argv: ['perl'], arg0: null, env: new Map() });
  } catch {
    throw new RpcError('startFailed', '`arg0` for a terminal needs perl on the executor');
  }
}

/** Linux: one string may take 128 KiB, all of them a quarter of the stack limit (execve(2)). */
function refuseTooLong(argv: readonly string[], env: readonly string[]): void {
  const sizes = [...argv, ...env].map((text) => Buffer.byteLength(text) + 1);
  const pointerBytes = 8;
  const total = sizes.reduce((sum, size) => sum + size + pointerBytes, 0);
  if (sizes.some((size) => size > 128 * 1024) || (total > 128 * 1024 && total > stackLimitBytes() / 4)) throw startFailed('E2BIG');
}

function stackLimitBytes(): number {
  const usual = 8 * 1024 * 1024;
  if (process.platform !== 'linux') return usual;
  const line = /^Max stack size\s+(\S+)/m.exec(readFileSync('/proc/self/limits', 'utf8'))?.[1];
  return line === 'unlimited' ? 24 * 1024 * 1024 : Number(line ?? usual);
}
