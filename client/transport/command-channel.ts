import { type ChildProcess, spawn } from 'node:child_process';
import { type Channel, type ChannelListener, limits, LineSplitter } from '@exec-server/protocol';

/**
 * Starts a command that speaks the protocol on its stdin and stdout, such as `ssh host exec-server --listen stdio`.
 * What it prints on stderr goes to ours. The caller closes the channel, which ends the command.
 * @throws the system's error when the command cannot be started
 */
export function openCommandChannel(command: readonly string[]): Promise<Channel> {
  const [program = '', ...args] = command;
  const child = spawn(program, args, { stdio: ['pipe', 'pipe', 'inherit'] });
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('spawn', () => {
      child.removeListener('error', reject);
      resolve(new CommandChannel(child, program));
    });
  });
}

type PipedChild = ChildProcess & { stdin: NonNullable<ChildProcess['stdin']>; stdout: NonNullable<ChildProcess['stdout']> };

class CommandChannel implements Channel {
  readonly isResponsive = true;
  readonly #child: PipedChild;
  readonly #lines = new LineSplitter(limits.maxMessageBytes);
  readonly #decoder = new TextDecoder();
  /** Runs while the command ends. */
  #timer: NodeJS.Timeout | null = null;
  #isClosed = false;

  constructor(
    child: ChildProcess,
    readonly peer: string,
  ) {
    this.#child = child as PipedChild; // it was spawned with pipes
  }

  get bufferedBytes(): number {
    return this.#child.stdin.writableLength;
  }

  open(listener: ChannelListener): void {
    let failure: Error | undefined;
    this.#child.on('error', (error) => (failure = error));
    this.#child.stdin.on('error', (error) => (failure = error)); // 'close' of the child follows
    this.#child.stdin.on('drain', () => listener.drained());
    this.#child.stdout.on('data', (bytes: Buffer) => {
      try {
        this.#lines.push(bytes, (line) => {
          if (line.length > 0 && !this.#isClosed) listener.message(this.#decoder.decode(line));
        });
      } catch (error) {
        failure = error as Error;
        this.close();
      }
    });
    this.#child.once('exit', () => this.#end()); // somebody it has started may hold its stdout open
    this.#child.once('close', (code, signal) => {
      this.#isClosed = true;
      if (this.#timer) clearTimeout(this.#timer);
      listener.closed(failure ?? new Error(`${this.peer} has ended (${signal ?? `exit code ${code}`})`));
    });
  }

  send(message: string | Uint8Array): void {
    if (this.#isClosed) return;
    this.#child.stdin.write(message);
    this.#child.stdin.write('\n');
  }

  probe(): void {}

  pause(): void {
    if (!this.#timer) this.#child.stdout.pause();
  }

  resume(): void {
    this.#child.stdout.resume();
  }

  /** The end of its input tells the server to end; a command that stays on is killed. */
  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#child.stdin.end();
    this.#end();
  }

  /** Reads on to the end, which comes by itself or is made to come. */
  #end(): void {
    this.#child.stdout.resume();
    this.#timer ??= setTimeout(() => {
      this.#child.kill('SIGKILL');
      this.#child.stdout.destroy(); // 'close' of the child follows
    }, limits.closeGraceMs);
  }
}
