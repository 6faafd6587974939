/** The line to the server is gone, for now or for good; `cause` says why. */
export class DisconnectedError extends Error {
  override readonly name: string = 'DisconnectedError';
}

/** The session could not be taken up again: its processes are lost to this client. */
export class SessionLostError extends DisconnectedError {
  override readonly name = 'SessionLostError';
}

/**
 * The line broke while the answer to a request was on its way. The request may have been carried out or not;
 * it was not repeated.
 */
export class OutcomeUnknownError extends DisconnectedError {
  override readonly name = 'OutcomeUnknownError';
  readonly method: string;

  constructor(method: string, options?: ErrorOptions) {
    super(`the connection was lost before the answer to ${method} came: it may have been carried out or not`, options);
    this.method = method;
  }
}

/** The server did not answer in time. */
export class CallTimeoutError extends Error {
  override readonly name = 'CallTimeoutError';

  constructor(what: string, timeoutMs: number) {
    super(`${what} took longer than ${timeoutMs} ms`);
  }
}

/** The server does not offer what was asked for: it does not announce the capability. */
export class UnsupportedByServerError extends Error {
  override readonly name = 'UnsupportedByServerError';
  readonly capability: string;

  constructor(what: string, capability: string) {
    super(`the server does not support ${what} (capability \`${capability}\`)`);
    this.capability = capability;
  }
}

/** The server refused the connection by its answer to the upgrade; trying again would not help. */
export class ConnectionRefusedError extends Error {
  override readonly name = 'ConnectionRefusedError';
  /** HTTP status of the answer. */
  readonly status: number;

  constructor(status: number, text: string) {
    super(`the server refused the connection: ${status}${text === '' ? '' : ` ${text}`}`);
    this.status = status;
  }
}

/** Output is gone for good: it was not read in time and is no longer kept. */
export class OutputGapError extends Error {
  override readonly name = 'OutputGapError';
  /** First and last sequence number of what is missing. */
  readonly fromSeq: number;
  readonly toSeq: number;

  constructor(fromSeq: number, toSeq: number) {
    super(`output ${fromSeq} to ${toSeq} of the process was not read in time and is lost`);
    this.fromSeq = fromSeq;
    this.toSeq = toSeq;
  }
}

/** The body of a response ended too early, or its reader was too slow for a server that cannot wait: it is not complete. */
export class HttpBodyError extends Error {
  override readonly name = 'HttpBodyError';
}

/** Redirects that cannot be followed. */
export class HttpRedirectError extends Error {
  override readonly name = 'HttpRedirectError';
}

/** The process takes no input: it was started without, has closed it, or has ended. */
export class StdinClosedError extends Error {
  override readonly name = 'StdinClosedError';
  readonly code = 'EPIPE';
}
