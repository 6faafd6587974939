import { EventEmitter } from 'node:events';
import { Readable, Writable } from 'node:stream';
import { RpcError } from '@exec-server/protocol';
import type { ExecClient } from '../exec-client.js';
import type { StartOptions } from '../process/start-params.js';
import type { ProcessExit } from '../process/process-event.js';
import type { RemoteProcess } from '../process/remote-process.js';
import { isEnding, toWireSignal } from './signal-names.js';

/** Options as those of `node:child_process`, as far as they make sense on another machine. */
export interface SpawnOptions {
  /** Native path on the server, or file URI; the server's own directory by default. */
  readonly cwd?: string | undefined;
  /** The whole environment; by default the server's, without what looks like a secret. */
  readonly env?: Readonly<Record<string, string | undefined>> | undefined;
  readonly argv0?: string | undefined;
  /** True runs `command` with its arguments through `/bin/sh -c`; a string names another shell. */
  readonly shell?: boolean | string | undefined;
  /** `pipe` (the default) or `ignore`, for all or for each of stdin, stdout, stderr. */
  readonly stdio?: StdioMode | readonly StdioMode[] | undefined;
  /** A terminal instead of pipes; everything it shows comes on stdout. */
  readonly tty?: StartOptions['tty'];
  /** Kills the process when it aborts; `error` is emitted with an `AbortError`. */
  readonly signal?: AbortSignal | undefined;
  /** Kills the process after so many milliseconds. */
  readonly timeout?: number | undefined;
  /** What `timeout` and `signal` send; `SIGTERM` by default. */
  readonly killSignal?: NodeJS.Signals | undefined;
}

type StdioMode = 'pipe' | 'ignore';

interface ChildEvents {
  spawn: [];
  exit: [code: number | null, signal: string | null];
  close: [code: number | null, signal: string | null];
  error: [error: Error];
}

/**
 * Starts a program on the server, with the face of `child_process.spawn`: returns at once; `spawn`, or `error`, tells
 * how it went.
 */
export function spawn(client: ExecClient, command: string, args: readonly string[] = [], options: SpawnOptions = {}): RemoteChildProcess {
  return new RemoteChildProcess(client, command, args, options);
}

/** A process on the server that looks like a `ChildProcess`. */
export class RemoteChildProcess extends EventEmitter<ChildEvents> {
  readonly stdin: Writable | null;
  readonly stdout: Readable | null;
  readonly stderr: Readable | null;
  readonly stdio: readonly [Writable | null, Readable | null, Readable | null];
  readonly spawnfile: string;
  readonly spawnargs: readonly string[];
  readonly connected = false;
  /** The system's number of the process on the server; undefined until `spawn`, and from servers that do not tell. */
  pid: number | undefined;
  /** The exit code; as with `node:child_process` the negative number of the system's error after a start that failed. */
  exitCode: number | null = null;
  signalCode: string | null = null;
  /** A signal has been sent with success. */
  killed = false;
  readonly #client: ExecClient;
  readonly #options: SpawnOptions;
  /** The server measures `timeout`, which holds while the line is broken too; it knows no other way of ending than a kill. */
  readonly #isTimedByServer: boolean;
  readonly #started: Promise<RemoteProcess>;
  #timer: NodeJS.Timeout | null = null;

  constructor(client: ExecClient, command: string, args: readonly string[], options: SpawnOptions) {
    super();
    const argv = toArgv(command, args, options.shell);
    const [stdin, stdout, stderr] = toModes(options.stdio);
    if (options.killSignal !== undefined) toWireSignal(options.killSignal);
    this.#client = client;
    this.#options = options;
    this.spawnfile = argv[0] as string;
    this.spawnargs = options.argv0 === undefined ? argv : [options.argv0, ...argv.slice(1)];
    this.#isTimedByServer = (options.timeout ?? 0) > 0 && options.killSignal === 'SIGKILL' && client.supports('processTimeout');
    this.#started = client.processes.start({
      argv,
      cwd: options.cwd,
      ...(options.env === undefined ? {} : { env: withoutUndefined(options.env), inherit: 'none' as const }),
      ...(options.argv0 === undefined ? {} : { arg0: options.argv0 }),
      ...(this.#isTimedByServer ? { timeoutMs: options.timeout } : {}),
      ...(options.tty === undefined ? {} : { tty: options.tty }),
      stdin: stdin === 'pipe',
    });
    this.stdin = stdin === 'pipe' ? this.#createStdin() : null;
    this.stdout = stdout === 'pipe' ? this.#createReadable((process) => process.stdout) : null;
    this.stderr = stderr === 'pipe' ? this.#createReadable((process) => process.stderr) : null;
    this.stdio = [this.stdin, this.stdout, this.stderr];
    void this.#run(stdout, stderr);
  }

  /**
   * Sends a signal to the process group; true when it is on its way. On a server without `processSignals` every signal
   * that ends programs kills, and those that do not are not sent.
   * @throws TypeError for a signal that cannot be sent to another machine
   */
  kill(signal: NodeJS.Signals | number = 'SIGTERM'): boolean {
    const isOver = this.exitCode !== null || this.signalCode !== null;
    if (signal === 0) return !isOver;
    const wireSignal = toWireSignal(signal);
    if (isOver) return false;
    const isKnown = wireSignal === 'interrupt' || this.#client.supports('processSignals');
    if (!isKnown && !isEnding(wireSignal)) return false;
    this.killed = true;
    void this.#started
      .then<unknown>((process) => (isKnown && wireSignal !== 'kill' ? process.signal(wireSignal) : process.terminate()))
      .catch(() => undefined); // what ends the process, or the session, is told by other events
    return true;
  }

  /** There is nothing to keep the event loop alive for, or not: the connection does that. */
  ref(): this {
    return this;
  }

  unref(): this {
    return this;
  }

  [Symbol.dispose](): void {
    this.kill('SIGKILL');
  }

  async #run(stdout: StdioMode, stderr: StdioMode): Promise<void> {
    let process: RemoteProcess;
    try {
      process = await this.#started;
    } catch (error) {
      const spawnError = toSpawnError(error, this.spawnfile, this.spawnargs.slice(1));
      this.exitCode = spawnError.errno ?? null;
      this.#fail(spawnError);
      await this.#close();
      return;
    }
    this.pid = process.pid ?? undefined;
    if (stdout === 'ignore') void process.stdout.cancel();
    if (stderr === 'ignore') void process.stderr.cancel();
    this.emit('spawn');
    this.#bindKills();
    try {
      const exit = await process.exited;
      this.#setExit(exit);
      this.emit('exit', this.exitCode, this.signalCode);
      this.stdin?.destroy();
      queueMicrotask(() => this.#readUnread());
      await process.closed;
    } catch (error) {
      this.#fail(error as Error);
    } finally {
      this.#unbindKills();
    }
    await this.#close();
  }

  #setExit({ exitCode, signal, timedOut }: ProcessExit): void {
    this.killed ||= timedOut;
    this.signalCode = signal;
    this.exitCode = signal === null ? exitCode : null;
  }

  #fail(error: Error): void {
    for (const stream of this.stdio) stream?.destroy();
    this.emit('error', error);
  }

  /** Whatever has happened, `close` comes last, after the end of the streams. */
  async #close(): Promise<void> {
    for (const stream of [this.stdout, this.stderr]) if (stream) await finished(stream);
    this.emit('close', this.exitCode, this.signalCode);
  }

  /** As Node does: output nobody wanted by the time of the exit does not keep `close` from coming. */
  #readUnread(): void {
    for (const stream of [this.stdout, this.stderr]) if (stream?.listenerCount('readable') === 0) stream.resume();
  }

  #bindKills(): void {
    const { signal, timeout = 0, killSignal } = this.#options;
    if (timeout > 0 && !this.#isTimedByServer) this.#timer = setTimeout(() => this.kill(killSignal), timeout);
    signal?.addEventListener('abort', this.#abort);
    if (signal?.aborted) this.#abort();
  }

  #unbindKills(): void {
    if (this.#timer) clearTimeout(this.#timer);
    this.#options.signal?.removeEventListener('abort', this.#abort);
  }

  readonly #abort = (): void => {
    if (!this.kill(this.#options.killSignal)) return;
    const error = new Error('The operation was aborted', { cause: this.#options.signal?.reason });
    this.emit('error', Object.assign(error, { name: 'AbortError', code: 'ABORT_ERR' }));
  };

  #createStdin(): Writable {
    return new Writable({
      write: (chunk: Buffer, _encoding, done) => void this.#started.then((process) => process.write(chunk)).then(() => done(), done),
      final: (done) => void this.#started.then((process) => process.closeStdin()).then(() => done(), done),
    }).on('error', () => undefined); // a program that stopped reading: as with a local pipe nobody has to care
  }

  #createReadable(select: (process: RemoteProcess) => ReadableStream<Uint8Array>): Readable {
    let reader: ReadableStreamDefaultReader<Uint8Array> | null = null;
    const read = async (): Promise<Uint8Array | null> => {
      reader ??= select(await this.#started).getReader();
      const { value, done } = await reader.read();
      return done ? null : Buffer.from(value.buffer, value.byteOffset, value.byteLength);
    };
    return new Readable({
      read() {
        read().then(
          (chunk) => this.push(chunk),
          (error: unknown) => this.destroy(error as Error),
        );
      },
      destroy: (error, done) => {
        reader?.cancel().catch(() => undefined); // what it fails with has been told
        done(error);
      },
    }).on('error', () => undefined);
  }
}

/** Resolves when the stream has ended or was given up. Like a local child's, it has to be read. */
function finished(stream: Readable): Promise<void> {
  if (stream.closed || stream.readableEnded) return Promise.resolve();
  return new Promise((resolve) => {
    stream.once('close', resolve);
    stream.once('end', resolve);
  });
}

function toArgv(command: string, args: readonly string[], shell: SpawnOptions['shell']): readonly string[] {
  if (shell === undefined || shell === false) return [command, ...args];
  return [shell === true ? '/bin/sh' : shell, '-c', [command, ...args].join(' ')];
}

function toModes(stdio: SpawnOptions['stdio'] = 'pipe'): [StdioMode, StdioMode, StdioMode] {
  const modes = typeof stdio === 'string' ? [stdio, stdio, stdio] : stdio;
  for (const mode of modes) {
    if (mode !== 'pipe' && mode !== 'ignore')
      throw new TypeError(`stdio: '${String(mode)}' does not exist on another machine; use 'pipe' or 'ignore'`);
  }
  return [modes[0] ?? 'pipe', modes[1] ?? 'pipe', modes[2] ?? 'pipe'];
}

function withoutUndefined(env: Readonly<Record<string, string | undefined>>): Record<string, string> {
  return Object.fromEntries(Object.entries(env).filter((entry): entry is [string, string] => entry[1] !== undefined));
}

/** A refused start in the form `child_process` gives it: `spawn NAME ENOENT`, with number, code, path and arguments. */
function toSpawnError(error: unknown, path: string, spawnargs: readonly string[]): NodeJS.ErrnoException {
  const osError = error instanceof RpcError ? findOsError(error) : null;
  if (osError === null) return error as Error;
  const { number, code } = osError;
  return Object.assign(new Error(`spawn ${path} ${code}`, { cause: error }), {
    ...(number === undefined ? {} : { errno: -number }),
    code,
    syscall: `spawn ${path}`,
    path,
    spawnargs,
  });
}

/** Our server names the code; every server tells the number in its message. */
function findOsError({ detail, message }: RpcError): { readonly number: number | undefined; readonly code: string } | null {
  const digits = /\(os error (\d+)\)/.exec(message)?.[1];
  const number = digits === undefined ? undefined : Number(digits);
  const code = typeof detail['osError'] === 'string' ? detail['osError'] : number === undefined ? undefined : codes[number];
  return code === undefined ? null : { number, code };
}

/** What a start can fail with, by number: the same on all systems that servers run on. */
const codes: Readonly<Record<number, string>> = { 2: 'ENOENT', 7: 'E2BIG', 8: 'ENOEXEC', 13: 'EACCES', 20: 'ENOTDIR' };
