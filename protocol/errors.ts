/**
 * Every error the server names: its JSON-RPC code and what it means.
 * The name travels as `error.data.reason`; the codes are those of the base protocol.
 */
export const rpcErrors = {
  malformedMessage: { code: -32600, meaning: 'The message is not one well-formed JSON-RPC object. Its id is always -1.' },
  handshakeRequired: { code: -32600, meaning: '`initialize` and `initialized` have to come first.' },
  alreadyInitialized: { code: -32600, meaning: 'The connection has a session already.' },
  unknownSession: { code: -32600, meaning: 'No session has this id: it never existed, has expired, or belongs to somebody else.' },
  sessionResumedElsewhere: { code: -32600, meaning: 'Another connection has taken this session over; the request was not carried out.' },
  sessionEnded: { code: -32600, meaning: 'The session was closed or has expired; the request was not carried out.' },
  sessionAttached: { code: -32010, meaning: 'Another live connection holds the session. Try again shortly.' },
  unknownMethod: { code: -32601, meaning: 'The server does not offer this method.' },
  invalidParams: { code: -32602, meaning: 'The params do not have the shape of the method; the message names the member.' },
  processIdTaken: { code: -32600, meaning: 'The session knows a process of this id, alive or retained.' },
  unknownProcess: { code: -32600, meaning: 'The session knows no process of this id, or no longer.' },
  startCancelled: { code: -32600, meaning: 'The process was terminated before its start was done.' },
  startFailed: { code: -32603, meaning: 'The operating system refused to start the program; the message carries its words.' },
  notATerminal: { code: -32602, meaning: 'The request needs a process with a terminal.' },
  stdinFailed: { code: -32603, meaning: 'The process has exited; the bytes were not written.' },
  signalFailed: { code: -32603, meaning: 'The operating system refused to deliver the signal.' },
  sandboxNotSupported: { code: -32603, meaning: 'The restriction asked for cannot be enforced here, so the request was refused.' },
  requestIdTaken: { code: -32602, meaning: 'The connection has an exchange of this id that is not over.' },
  unknownExchange: { code: -32600, meaning: 'The connection has no exchange of this id that takes a body, or no longer.' },
  httpFailed: { code: -32603, meaning: 'There was no response, or its body did not come whole; the message says why.' },
  limitExceeded: { code: -32603, meaning: 'A limit of the server is reached; the message names it.' },
  resultTooLarge: { code: -32603, meaning: 'The answer would exceed the message limit of the wire.' },
  internal: { code: -32603, meaning: 'A fault of the server. The message carries an id that its log explains.' },
} as const satisfies Record<string, { readonly code: number; readonly meaning: string }>;

export type RpcErrorName = keyof typeof rpcErrors;

/** The error member of a response, as it stands on the wire. */
export interface WireError {
  readonly code: number;
  readonly message: string;
  readonly data?: unknown;
}

/** A request was refused: thrown by the server's handlers and by the client's calls alike. */
export class RpcError extends Error {
  override readonly name = 'RpcError';
  readonly code: number;
  /** Name of the error, one of {@link rpcErrors} from this server; undefined from servers that send none. */
  readonly reason: string | undefined;
  /** Further facts of the error, without the reason. */
  readonly detail: Readonly<Record<string, unknown>>;

  constructor(reason: RpcErrorName | WireError, message?: string, detail: Readonly<Record<string, unknown>> = {}) {
    super(typeof reason === 'string' ? message : reason.message);
    if (typeof reason === 'string') {
      this.code = rpcErrors[reason].code;
      this.reason = reason;
      this.detail = detail;
    } else {
      const { reason: name, ...rest } = isRecord(reason.data) ? reason.data : {};
      this.code = reason.code;
      this.reason = typeof name === 'string' ? name : undefined;
      this.detail = rest;
    }
  }

  /** The form that goes into a response. */
  toWire(): WireError {
    return { code: this.code, message: this.message, data: { reason: this.reason, ...this.detail } };
  }
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
