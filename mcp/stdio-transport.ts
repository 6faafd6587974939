import { limits } from '@exec-server/protocol';
import { DisconnectedError, type ExecClient, type StartOptions } from '@exec-server/client';
import type { JSONRPCMessage, Transport } from '@modelcontextprotocol/client';
import { withDeadline } from './deadline.js';
import type { McpError, StartPhase, Subject } from './errors.js';
import { toFailure, toStartFailure } from './failure.js';
import { Interest } from './interest.js';
import { type LineListener, LineProcess, type LineProcessEnd } from './line-process.js';
import { readMessage } from './messages.js';
import { PendingRequests } from './pending-requests.js';
import { type EnvVar, toStartEnvironment } from './start-environment.js';

export interface ExecutorStdioOptions {
  /** The executor that runs the server. */
  readonly client: ExecClient;
  /** Program; without a slash it is looked up on the executor, in its PATH. */
  readonly command: string;
  readonly args?: readonly string[] | undefined;
  /** Directory on the executor, in its syntax. */
  readonly cwd: string;
  /** Variables for the server, beside the core variables of the executor. */
  readonly env?: Readonly<Record<string, string>> | undefined;
  /** Further variables to pass on, by name. */
  readonly envVars?: readonly EnvVar[] | undefined;
  /** Gets what the server prints on its standard error, line by line. */
  readonly stderr?: ((line: string) => void) | undefined;
  /** Gets lines of the server that are no messages, such as banners, and is told how it ended. */
  readonly log?: ((text: string) => void) | undefined;
  /** Longest message of the server in bytes, 8 MiB by default. */
  readonly maxLineBytes?: number | undefined;
  /** Id of the process on the executor; one of its own by default. */
  readonly processId?: string | undefined;
  /** What becomes of output while the executor cannot reach us; see the client. */
  readonly retention?: StartOptions['retention'];
  /** For errors: the name of the server; the program by default. */
  readonly server?: string | undefined;
  /** For errors: the name of the environment; `remote` by default. */
  readonly environment?: string | undefined;
}

let started = 0;

/**
 * The SDK's client transport for a server on stdio that an executor runs. A lost connection to the executor is not seen by
 * the client, apart from the delay: no message is lost, doubled or changed. When the executor is gone for good, or a message
 * of the server has a hole, the transport ends and tells why by `onerror` and {@link failure}, and with it the server.
 *
 * The server is killed with the transport: when it is closed, when it fails, when its start fails, when this process exits,
 * and when it is garbage: nobody can reach it any more, and no answer is awaited. Who only listens, to notifications or to
 * `onclose`, has to hold it, or its client. Whoever creates one closes it; `connectMcp` does for a handshake that fails.
 */
export class ExecutorStdioClientTransport implements Transport, AsyncDisposable {
  onmessage?: Transport['onmessage'];
  onerror?: Transport['onerror'];
  onclose?: Transport['onclose'];
  readonly subject: Subject;
  readonly #options: ExecutorStdioOptions;
  readonly #closing = new AbortController();
  readonly #listener: LineListener = {
    line: (line) => this.#receive(line),
    stderrLine: (line) => this.#options.stderr?.(line),
    ended: (end) => this.#ended(end),
  };
  readonly #interest = new Interest(this.#listener);
  readonly #requests = new PendingRequests();
  readonly #decoder = new TextDecoder();
  #state: 'new' | 'starting' | 'open' | 'closed' = 'new';
  #launching: Promise<void> | null = null;
  #process: LineProcess | null = null;
  #failure: McpError | null = null;
  #closed: Promise<void> | null = null;
  #hasFinished: Promise<void> | null = null;
  #awaitsAnswers = false;

  constructor(options: ExecutorStdioOptions) {
    this.#options = options;
    this.subject = { server: options.server ?? options.command, environment: options.environment ?? 'remote' };
  }

  /** Why it has ended without having been closed; null otherwise. */
  get failure(): Error | null {
    return this.#failure;
  }

  /** How far the server has got. */
  get phase(): StartPhase {
    return this.#process ? 'handshake' : 'spawn';
  }

  /** The end of what the server has printed on its standard error, 2 KiB at most. */
  get stderrTail(): string {
    return this.#process?.stderrTail ?? '';
  }

  /** The number of the server's process on the executor; null before it runs and when the executor does not tell. */
  get pid(): number | null {
    return this.#process?.pid ?? null;
  }

  /** Starts the server. @throws McpStartError, ExecutorDisconnectedError; Error when it was started or closed before */
  async start(): Promise<void> {
    if (this.#state !== 'new') throw new Error('an ExecutorStdioClientTransport can be started once');
    this.#state = 'starting';
    this.#launching = this.#launch();
    const given = new Promise<never>((_, reject) => {
      this.#closing.signal.addEventListener('abort', () => reject(this.#closing.signal.reason as Error));
    });
    given.catch(() => undefined);
    try {
      await Promise.race([this.#launching, given]);
    } catch (error) {
      throw toStartFailure(this.subject, this.#options.command, this.#options.cwd, error as Error);
    }
  }

  /** Nothing; by this member and `pid` the SDK knows that it speaks to a program, which may not answer what it does not know. */
  get stderr(): null {
    return null;
  }

  /**
   * From now on, sending a request settles with its answer, and fails with {@link failure} when there will be none: that is
   * how the reason gets to whoever made the request. For clients that go on without waiting, as those of the SDK do.
   */
  awaitAnswers(): void {
    this.#awaitsAnswers = true;
  }

  /**
   * Sends a message; resolves when the executor has it. Messages arrive in the order of the calls.
   * @throws StdinClosedError when the server does not read any more; McpError when the transport has ended; RangeError
   *   when too much waits for a server that does not read
   */
  async send(message: JSONRPCMessage): Promise<void> {
    if (this.#failure) throw this.#failure;
    if (!this.#process || this.#state !== 'open') throw new Error('the transport is not open');
    const answered = this.#requests.sent(message);
    this.#interest.isAwaited = this.#requests.size > 0;
    try {
      await this.#process.write(`${JSON.stringify(message)}\n`);
    } catch (error) {
      if ('id' in message) this.#requests.settle(message.id as string | number);
      if (!(error instanceof DisconnectedError)) throw error;
      throw this.#failure ?? toFailure(this.subject, { failure: error }, this.stderrTail);
    }
    if (answered && this.#awaitsAnswers) await answered;
  }

  /** Kills the server. Resolves when the executor has confirmed it; see {@link LineProcess.terminate}. */
  close(): Promise<void> {
    return (this.#closed ??= this.#close((process) => process.terminate()));
  }

  /** Ends the server's input, and kills it when it has not ended after so many milliseconds; 2 000 by default. */
  closeGracefully(graceMs: number = limits.mcpCloseGraceMs): Promise<void> {
    return (this.#closed ??= this.#close((process) => process.closeGracefully(graceMs)));
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async #launch(): Promise<void> {
    const { client, command, args = [], cwd, env = {}, envVars = [], maxLineBytes, retention } = this.#options;
    const processId = this.#options.processId ?? `mcp-stdio-${++started}-${crypto.randomUUID().slice(0, 8)}`;
    const variables = toStartEnvironment(env, envVars, globalThis.process.env);
    const options = { argv: [command, ...args], cwd, ...variables, maxLineBytes, processId, retention };
    const process = await LineProcess.start(client, options);
    if (this.#closing.signal.aborted) {
      await process.terminate();
      return;
    }
    this.#process = process;
    this.#state = 'open';
    Interest.watch(this, process);
    process.follow(this.#interest);
  }

  async #close(end: (process: LineProcess) => Promise<unknown>): Promise<void> {
    const wasOpen = this.#process;
    this.#closing.abort(new Error('the transport was closed'));
    this.#state = 'closed';
    if (wasOpen) await end(wasOpen);
    else if (this.#launching) await withDeadline(this.#launching, limits.mcpCloseTimeoutMs); // it kills what it has started
    await this.#finish();
  }

  /** The SDK handles a notification a little later than an answer: it gets the time, so that the last progress is not late. */
  #receive(line: Uint8Array): void | Promise<void> {
    const text = this.#decoder.decode(line).trim();
    const message = readMessage(text);
    if (message === null) {
      if (text !== '') this.#options.log?.(`${this.subject.server} printed a line that is no message: ${text.slice(0, 200)}`);
      return;
    }
    this.#requests.received(message);
    this.#interest.isAwaited = this.#requests.size > 0;
    this.onmessage?.(message);
    if ('method' in message && !('id' in message)) return Promise.resolve();
  }

  #ended(end: LineProcessEnd): void {
    if (!this.#closing.signal.aborted) this.#failure = toFailure(this.subject, end, this.stderrTail);
    void this.#finish();
  }

  /** Tells that it is over, once: first those who wait for answers, then everybody. */
  #finish(): Promise<void> {
    return (this.#hasFinished ??= this.#tellEnd());
  }

  async #tellEnd(): Promise<void> {
    this.#state = 'closed';
    Interest.unwatch(this);
    const failure = this.#failure;
    const isToldFirst = this.#awaitsAnswers && failure !== null && this.#requests.size > 0;
    this.#requests.end(failure);
    if (isToldFirst) await new Promise((resolve) => setImmediate(resolve));
    if (failure) this.#tell(() => this.onerror?.(failure));
    this.#tell(() => this.onclose?.());
  }

  /** What a callback throws at the end has nobody to go to. */
  #tell(callback: () => void): void {
    try {
      callback();
    } catch (error) {
      this.#options.log?.(`a callback of the transport failed: ${(error as Error).message}`);
    }
  }
}
