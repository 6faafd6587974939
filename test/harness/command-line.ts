import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

/** The committed launcher, as npm links it. */
export const launcher = fileURLToPath(new URL('../../../cli/bin/exec-server.js', import.meta.url));

export interface CommandResult {
  readonly stdout: Buffer;
  readonly stderr: string;
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

/** Runs the command to its end, with `input` on its stdin. */
export async function runCommand(
  args: readonly string[],
  input: string | Buffer = '',
  env: NodeJS.ProcessEnv = {},
): Promise<CommandResult> {
  const child = spawn(process.execPath, [launcher, ...args], { env: { ...process.env, ...env } });
  const stdout: Buffer[] = [];
  let stderr = '';
  child.stdout.on('data', (chunk: Buffer) => stdout.push(chunk));
  child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text));
  child.stdin.on('error', () => undefined); // a command that reads no input
  child.stdin.end(input);
  const [code, signal] = (await once(child, 'close')) as [number | null, NodeJS.Signals | null];
  return { stdout: Buffer.concat(stdout), stderr, code, signal };
}

/** A server started by the command. */
export interface CommandServer extends AsyncDisposable {
  readonly url: string;
  readonly child: ChildProcess;
  /** Ends it and resolves with its exit code. */
  stop(signal?: NodeJS.Signals): Promise<number | null>;
}

/** Starts `exec-server` and resolves when it has printed its URL. @param main what is run in place of the launcher */
export async function startCommandServer(args: readonly string[] = [], main: string = launcher): Promise<CommandServer> {
  const child = spawn(process.execPath, [main, '--listen', 'ws://127.0.0.1:0', ...args], { stdio: ['ignore', 'pipe', 'inherit'] });
  const lines = createInterface({ input: child.stdout });
  const [url] = (await once(lines, 'line')) as [string];
  const ended = once(child, 'close') as Promise<[number | null]>;
  const stop = async (signal: NodeJS.Signals = 'SIGTERM'): Promise<number | null> => {
    child.kill(signal);
    return (await ended)[0];
  };
  return {
    url,
    child,
    stop,
    [Symbol.asyncDispose]: async () => {
      await stop();
    },
  };
}
