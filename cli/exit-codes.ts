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
  /** The server cannot be reached, or the session is lost. */
  disconnected: 255,
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
