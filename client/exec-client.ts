import { type Channel, type EnvironmentInfoResult, limits } from '@exec-server/protocol';
import { EnvironmentClient } from './environment/environment-client.js';
import { DisconnectedError } from './errors.js';
import { HttpClient } from './http/http-client.js';
import { ProcessClient } from './process/process-client.js';
import { run, type RunOptions, type RunResult } from './process/run.js';
import { SessionClient, type SessionState } from './session/session-client.js';

export interface ConnectOptions {
  /** Tells the server who asks, for its logs. */
  readonly clientName?: string | undefined;
  /** Takes up a session that another client has left. */
  readonly sessionId?: string | undefined;
  /** How long a lost connection is sought again, in milliseconds; 45 000 by default, 0 for not at all. */
  readonly resumeWindowMs?: number | undefined;
  /** Gives the first connection up. */
  readonly signal?: AbortSignal | undefined;
}

export interface CloseOptions {
  /** Leaves the session and its processes to be taken up again, as long as the server keeps them. */
  readonly keepSession?: boolean | undefined;
}

/**
 * A client of an exec-server: its session, on whatever connection there is. A lost connection is sought again and the
 * session taken up without a lost or doubled byte; calls made meanwhile wait. The caller closes it.
 */
export class ExecClient implements AsyncDisposable {
  readonly processes: ProcessClient;
  readonly environment: EnvironmentClient;
  readonly http: HttpClient;
  /** Settles when the client is closed or its session lost, with the reason. */
  readonly ended: Promise<DisconnectedError>;
  readonly #session: SessionClient;
  #closing: Promise<void> | null = null;

  private constructor(openChannel: (signal: AbortSignal) => Promise<Channel>, options: ConnectOptions) {
    let settleEnded!: (error: DisconnectedError) => void;
    this.ended = new Promise((resolve) => (settleEnded = resolve));
    const sessionOptions = {
      openChannel,
      clientName: options.clientName ?? 'exec-server-client',
      sessionId: options.sessionId ?? null,
      resumeWindowMs: options.resumeWindowMs ?? limits.resumeWindowMs,
    };
    this.#session = new SessionClient(sessionOptions, {
      notification: (method, params) => {
        this.processes.notification(method, params);
        this.http.notification(method, params);
      },
      disconnected: (error) => this.http.disconnected(error),
      resumed: () => this.processes.resumed(),
      ended: (error) => {
        this.processes.ended(error);
        this.http.ended(error);
        settleEnded(error);
      },
    });
    this.processes = new ProcessClient(this.#session);
    this.environment = new EnvironmentClient(this.#session);
    this.http = new HttpClient(this.#session);
  }

  /**
   * Connects over channels of your own, one for each connection.
   * @throws what `openChannel` throws; RpcError when the server refuses; CallTimeoutError; DisconnectedError with the
   *   signal's reason as its cause
   */
  static async connect(openChannel: (signal: AbortSignal) => Promise<Channel>, options: ConnectOptions = {}): Promise<ExecClient> {
    options.signal?.throwIfAborted();
    const client = new ExecClient(openChannel, options);
    const abort = (): void =>
      void client.#session.close(new DisconnectedError('connecting was given up', { cause: options.signal?.reason }));
    options.signal?.addEventListener('abort', abort);
    try {
      await client.#session.connect();
    } finally {
      options.signal?.removeEventListener('abort', abort);
    }
    return client;
  }

  /** Whoever knows it can take the session up: keep it secret. */
  get sessionId(): string {
    return this.#session.id;
  }

  get state(): SessionState {
    return this.#session.state;
  }

  /** Whether the server is in this process: what it does is done on this machine. */
  get isInProcess(): boolean {
    return this.#session.isInProcess;
  }

  /** What the server said of its machine at the handshake; null from servers that do not. */
  get environmentInfo(): EnvironmentInfoResult | null {
    return this.#session.environment;
  }

  /** Whether the server announces an addition to the base protocol. */
  supports(capability: string): boolean {
    return this.#session.supports(capability);
  }

  /**
   * Runs a program to its end and resolves with how it ended and what it printed: an exit code that is not 0 is a result,
   * not an error. One round trip where the server offers it; on others the process is started and read.
   * @throws RpcError `startFailed`, `processIdTaken` and others; UnsupportedByServerError; the signal's reason;
   *   OutcomeUnknownError when the line broke and the process, or some of its output, was not there any more afterwards
   */
  run(argv: readonly string[], options?: RunOptions & { readonly encoding?: 'utf8' | undefined }): Promise<RunResult<string>>;
  run(argv: readonly string[], options: RunOptions & { readonly encoding: 'bytes' }): Promise<RunResult<Uint8Array>>;
  async run(argv: readonly string[], options: RunOptions = {}): Promise<RunResult<string> | RunResult<Uint8Array>> {
    const result = await run(this.#session, this.processes, argv, options);
    if (options.encoding === 'bytes') return result;
    const decoder = new TextDecoder('utf-8', { ignoreBOM: true });
    return { ...result, stdout: decoder.decode(result.stdout), stderr: decoder.decode(result.stderr) };
  }

  /**
   * Ends the session with its processes, and the connection; resolves when the connection is gone. Never throws; safe to
   * call twice.
   */
  close(options: CloseOptions = {}): Promise<void> {
    this.#closing ??= this.#close(options);
    return this.#closing;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  /** What lives, as plain data. */
  inspect() {
    return {
      state: this.#session.state,
      sessionId: this.#session.id,
      requestsInFlight: this.#session.requestsInFlight,
      processes: this.processes.live.map(({ id, pid }) => ({ id, pid })),
      httpExchanges: this.http.live,
    };
  }

  async #close({ keepSession = false }: CloseOptions): Promise<void> {
    try {
      if (!keepSession && this.#session.state === 'ready') await this.#endSession();
    } catch {
      // The line broke meanwhile: the server ends the session by itself after a while.
    }
    await this.#session.close(new DisconnectedError('the client is closed'));
  }

  async #endSession(): Promise<void> {
    const timeoutMs = limits.closeGraceMs;
    if (this.#session.supports('sessionClose')) await this.#session.call('session/close', null, { timeoutMs, isUrgent: true });
    else await this.processes.terminateAll(timeoutMs);
  }
}
