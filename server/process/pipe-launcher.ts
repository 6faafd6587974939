import { type ChildProcess, type SpawnOptions, spawn } from 'node:child_process';
import type { Socket } from 'node:net';
import { readOsError } from '../os-error.js';
import { type Logger, silentLogger } from '../telemetry/logger.js';
import type { Descriptors } from './descriptors.js';
import { startFailed, toLaunchError } from './launch-error.js';
import type { LaunchedProcess, Launcher, LaunchRequest, WaitStatus } from './launch.js';
import { closeAll, NamedPipes, type PipeEnds } from './named-pipes.js';
import { PipeSink } from './pipe-sink.js';
import { PipeSource } from './pipe-source.js';
import { findProgram, toExecute } from './program.js';

/** Starts children on pipes, each as leader of a session and a process group of its own. */
export class PipeLauncher implements Launcher {
  readonly #descriptors: Descriptors;
  /** Null where the system has no named pipes: Node's own socket pairs serve instead. */
  readonly #pipes: NamedPipes | null;
  readonly #logger: Logger;
  #hasWarned = false;

  /** @param pipeBatch named pipes made ahead in one go */
  constructor(descriptors: Descriptors, pipeBatch: number, logger: Logger = silentLogger) {
    this.#descriptors = descriptors;
    this.#logger = logger;
    this.#pipes = process.platform === 'win32' ? null : new NamedPipes(pipeBatch);
  }

  async launch(request: LaunchRequest): Promise<LaunchedProcess> {
    const program = toExecute(request, findProgram(request));
    const ends = await this.#openPipes(request.pipeStdin ? 3 : 2);
    let child: ChildProcess;
    try {
      child = await spawnChild(program, request, this.#descriptors.cover(childStdio(request, ends)));
    } catch (error) {
      for (const { readEnd, writeEnd } of ends) closeAll(readEnd, writeEnd);
      throw toLaunchError(error);
    }
    const exited = new Promise<WaitStatus>((resolve) => child.once('exit', (code, signal) => resolve({ code, signal })));
    const [stdout, stderr, stdin] = ends;
    if (stdout && stderr) closeAll(stdout.writeEnd, stderr.writeEnd);
    if (stdin) closeAll(stdin.readEnd);
    const input = stdin?.writeEnd ?? (child.stdin as Socket | null);
    return {
      pid: child.pid as number,
      outputs: [
        new PipeSource('stdout', stdout?.readEnd ?? (child.stdout as Socket)),
        new PipeSource('stderr', stderr?.readEnd ?? (child.stderr as Socket)),
      ],
      input: input === null ? null : new PipeSink(input),
      exited,
      resize: null,
    };
  }

  async close(): Promise<void> {
    await this.#pipes?.close();
  }

  /** Output, error output and, as the third, input; none where Node's own pipes have to do. */
  async #openPipes(count: number): Promise<PipeEnds[]> {
    if (!this.#pipes) return [];
    try {
      return await this.#pipes.open(count);
    } catch (error) {
      const code = readOsError(error);
      if (code === 'EMFILE' || code === 'ENFILE') throw startFailed(code);
      if (!this.#hasWarned) this.#logger.warn({ error: (error as Error).message }, 'no named pipes: programs cannot open /dev/stdout');
      this.#hasWarned = true;
      return [];
    }
  }
}

function childStdio(request: LaunchRequest, [stdout, stderr, stdin]: PipeEnds[]): (number | 'pipe' | 'ignore')[] {
  return [stdin?.readEnd ?? (request.pipeStdin ? 'pipe' : 'ignore'), stdout?.writeEnd ?? 'pipe', stderr?.writeEnd ?? 'pipe'];
}

/** Resolves without giving up the turn, so that no exit is missed; rejects with the system's error. */
function spawnChild(program: string, request: LaunchRequest, stdio: SpawnOptions['stdio']): ChildProcess | Promise<never> {
  const [name = '', ...args] = request.argv;
  const child = spawn(program, args, {
    cwd: request.cwd,
    // Without a prototype, so that `__proto__` is a name like any other.
    env: Object.assign(Object.create(null) as NodeJS.ProcessEnv, Object.fromEntries(request.env)),
    argv0: request.arg0 ?? name,
    detached: true,
    windowsHide: true,
    stdio: stdio ?? 'ignore',
  });
  if (child.pid !== undefined) {
    child.on('error', () => undefined); // of signals, which we deliver by ourselves
    return child;
  }
  return new Promise((_, reject) => child.once('error', reject));
}
