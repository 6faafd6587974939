/** Exit codes of our own, beside those of the programs that are run; the same as other tools of the kind use. */
export const exitCodes = {
  /** Something given is not usable: an address, a file, a token. */
  failure: 1,
  /** The command line makes no sense. */
  usage: 2,
  /** The command took longer than it may: as timeout(1) has it. */
  timedOut: 124,
  /** The program was found but cannot be executed. */
  notExecutable: 126,
  /** The program was not found. */
  notFound: 127,
  /** Nobody reads our output any more: 128 + SIGPIPE. */
  brokenPipe: 141,
  /** Interrupted from the keyboard: 128 + SIGINT. */
  interrupted: 130,
  /** The server cannot be reached, or the session is lost. */
  disconnected: 255,

  // Of `fetch`, as curl(1) has them
  /** There was no response. */
  noResponse: 7,
  /** The body of the response is not complete. */
  partialBody: 18,
  /** The status was 400 or above, with `--fail`. */
  httpStatus: 22,
  /** The output cannot be written, or the input not read. */
  writeFailed: 23,
  readFailed: 26,
  /** It took longer than it may. */
  maxTime: 28,
  redirects: 47,
  badEncoding: 61,
} as const;

/** Ends the command with a message on stderr and an exit code. */
export class ExitError extends Error {
  override readonly name = 'ExitError';
  readonly exitCode: number;

  constructor(message: string, exitCode: number = exitCodes.failure) {
    super(message);
    this.exitCode = exitCode;
  }
}

/** For a program that did not start, as shells do: 127 for what is not there, 126 for what cannot be executed. */
export function startExitCode(message: string): number {
  if (/os error 2\)|No viable candidates/.test(message)) return exitCodes.notFound;
  return /os error \d+\)/.test(message) ? exitCodes.notExecutable : exitCodes.failure;
}
