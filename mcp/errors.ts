/** Which MCP server an error is about, and where that server was to run. */
export interface Subject {
  /** Name in the configuration; without one the program or URL. */
  readonly server: string;
  /** Name of the environment, `local` for this machine. */
  readonly environment: string;
}

export interface McpErrorOptions extends ErrorOptions {
  readonly stderrTail?: string | undefined;
}

/** What goes wrong with an MCP server in an environment. `cause` is what was behind it. */
export abstract class McpError extends Error implements Subject {
  readonly server: string;
  readonly environment: string;
  /** What went wrong, without the names. */
  readonly reason: string;
  /** The last lines the program printed on its standard error, 2 KiB at most; empty when there are none. */
  readonly stderrTail: string;

  constructor({ server, environment }: Subject, reason: string, { stderrTail = '', ...options }: McpErrorOptions = {}) {
    const tail = stderrTail === '' ? '' : `; its stderr ends with:\n${stderrTail}`;
    super(`MCP server ${quote(server)} in environment ${quote(environment)}: ${reason}${tail}`, options);
    this.server = server;
    this.environment = environment;
    this.reason = reason;
    this.stderrTail = stderrTail;
  }
}

/** The place where a server is to run is not there. It is not run anywhere else. */
export class EnvironmentUnavailableError extends McpError {
  override readonly name = 'EnvironmentUnavailableError';
}

/** How far a server got that could not be started. */
export type StartPhase = 'spawn' | 'handshake' | 'list';

/** The server could not be started. Nothing of it is left running. */
export class McpStartError extends McpError {
  override readonly name = 'McpStartError';
  /** `spawn`: the program or the address; `handshake`: `initialize`; `list`: the first list of its tools. */
  readonly phase: StartPhase;

  constructor(subject: Subject, phase: StartPhase, reason: string, options?: McpErrorOptions) {
    super(subject, `failed to start (${phase}): ${reason}`, options);
    this.phase = phase;
  }
}

/** Something took longer than it may. */
export class McpTimeoutError extends McpError {
  override readonly name = 'McpTimeoutError';
  readonly timeoutMs: number;

  constructor(subject: Subject, what: string, timeoutMs: number, options?: McpErrorOptions) {
    super(subject, `${what} took longer than ${timeoutMs} ms`, options);
    this.timeoutMs = timeoutMs;
  }
}

/** The executor is gone, and the server with it: the connection was lost and could not be taken up again, or was closed. */
export class ExecutorDisconnectedError extends McpError {
  override readonly name = 'ExecutorDisconnectedError';
}

/** What the server sends cannot be used: a hole in its output, a line that never ends, an answer that makes no sense. */
export class McpProtocolError extends McpError {
  override readonly name = 'McpProtocolError';
}

/** The program has ended by itself. */
export class McpServerExitedError extends McpError {
  override readonly name = 'McpServerExitedError';
  /** Exit status, or 128 + N when signal N ended it. */
  readonly exitCode: number;

  constructor(subject: Subject, exitCode: number, options?: McpErrorOptions) {
    super(subject, `the program has ended with exit code ${exitCode}`, options);
    this.exitCode = exitCode;
  }
}

/** The configuration makes no sense. Names the file, the server and the key it is about, as far as there are any. */
export class McpConfigError extends Error {
  override readonly name = 'McpConfigError';
  readonly file: string | null;
  readonly server: string | null;
  readonly key: string | null;

  constructor(message: string, where: { file?: string | null; server?: string | null; key?: string | null } = {}, options?: ErrorOptions) {
    const { file = null, server = null, key = null } = where;
    const place = [file, server === null ? null : `server ${quote(server)}`, key === null ? null : `key ${quote(key)}`];
    super([...place.filter((part) => part !== null), message].join(': '), options);
    this.file = file;
    this.server = server;
    this.key = key;
  }
}

/** Names come from files and programs: control characters do not reach a terminal through an error. */
function quote(name: string): string {
  return JSON.stringify(name);
}
