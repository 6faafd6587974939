// Written by `npm run docs` from the method table. Change the schemas in `methods/`, not this file.

/** Params of `initialize`. Opens a session, or takes up a detached one. Once per connection; after a failure it may be tried again. */
export interface InitializeParams {
  /** Who is asking; for logs. */
  readonly clientName: string;
  /** What the client can do beyond the base. */
  readonly capabilities?:
    | {
        /** The client grants bytes to the processes it starts with `creditBytes`. */
        readonly credits?: boolean | undefined;
      }
    | null
    | undefined;
  /** Session to take up; absent or null opens a new one. */
  readonly resumeSessionId?: string | null | undefined;
}

/** Result of `initialize`. */
export interface InitializeResult {
  /** Random UUID. Whoever knows it can take the session up: keep it secret. */
  readonly sessionId: string;
  /** What `environment/info` answers. */
  readonly environmentInfo?:
    | {
        /** Login shell of the user the server runs as. */
        readonly shell: {
          /** `bash`, `zsh`, `sh`, `powershell`, `cmd`, … */
          readonly name: string;
          /** Native path or command. */
          readonly path: string;
        };
        /** Version of the server. */
        readonly executorVersion?: string | undefined;
        /** Opaque identity of the build. */
        readonly providerId?: string | null | undefined;
        /** Working directory of the server, as file URI. */
        readonly cwd?: string | null | undefined;
        /** Home directory, as file URI. */
        readonly userHomeDir?: string | null | undefined;
        /** `linux`, `macos` or `windows`. */
        readonly platformOs?: string | null | undefined;
        /** Directories a client should put in front of PATH, as file URIs. */
        readonly prependPathDirs?: readonly string[] | null | undefined;
        /** `$TMPDIR` when it is set, as file URI. */
        readonly temporaryDirectories?: readonly string[] | null | undefined;
        /** Directory for temporary files, as file URI. */
        readonly tempDir?: string | null | undefined;
        /** What the server offers beyond the base; a missing name means false. */
        readonly capabilities?: Readonly<Record<string, boolean>> | undefined;
      }
    | undefined;
}

/** Params of `session/close`. Ends the session and its processes now, instead of after the detach time. The connection stays, without a session. */
export type SessionCloseParams = null | Readonly<Record<string, never>>;

/** Result of `session/close`. */
export interface SessionCloseResult {
  /** Processes that were alive and have been killed. */
  readonly terminated: number;
}

/** Params of `server/status`. Version, age, load and limits of the server. */
export type ServerStatusParams = null | Readonly<Record<string, never>>;

/** Result of `server/status`. */
export interface ServerStatusResult {
  readonly version: string;
  /** Milliseconds since the server started. */
  readonly uptimeMs: number;
  /** Open connections. */
  readonly connections: number;
  readonly sessions: {
    readonly attached: number;
    readonly detached: number;
  };
  readonly processes: {
    /** Starting or running, or exited with output still to come. */
    readonly live: number;
    /** Closed and still readable. */
    readonly retained: number;
  };
  /** Output kept in memory for all processes. */
  readonly retainedBytes: number;
  /** Limits in force; the unit is the end of the name. */
  readonly limits: Readonly<Record<string, number>>;
}

/** Params of `environment/info`. What kind of machine this is and what the server can do. */
export type EnvironmentInfoParams = null | Readonly<Record<string, never>>;

/** Result of `environment/info`. */
export interface EnvironmentInfoResult {
  /** Login shell of the user the server runs as. */
  readonly shell: {
    /** `bash`, `zsh`, `sh`, `powershell`, `cmd`, … */
    readonly name: string;
    /** Native path or command. */
    readonly path: string;
  };
  /** Version of the server. */
  readonly executorVersion?: string | undefined;
  /** Opaque identity of the build. */
  readonly providerId?: string | null | undefined;
  /** Working directory of the server, as file URI. */
  readonly cwd?: string | null | undefined;
  /** Home directory, as file URI. */
  readonly userHomeDir?: string | null | undefined;
  /** `linux`, `macos` or `windows`. */
  readonly platformOs?: string | null | undefined;
  /** Directories a client should put in front of PATH, as file URIs. */
  readonly prependPathDirs?: readonly string[] | null | undefined;
  /** `$TMPDIR` when it is set, as file URI. */
  readonly temporaryDirectories?: readonly string[] | null | undefined;
  /** Directory for temporary files, as file URI. */
  readonly tempDir?: string | null | undefined;
  /** What the server offers beyond the base; a missing name means false. */
  readonly capabilities?: Readonly<Record<string, boolean>> | undefined;
}

/** Params of `environment/status`. Whether the server is ready for work. */
export type EnvironmentStatusParams = null | Readonly<Record<string, never>>;

/** Result of `environment/status`. */
export interface EnvironmentStatusResult {
  readonly status: 'ready';
}

/** Params of `process/start`. Starts a program. The answer comes before the first notification of the process. */
export interface ProcessStartParams {
  /** Chosen by the client; unique within its session. */
  readonly processId: string;
  /** Program and arguments. A program without a slash is looked up in the child's PATH. */
  readonly argv: readonly string[];
  /** Working directory, as file URI. */
  readonly cwd: string;
  /** Variables of the child, on top of `envPolicy`. */
  readonly env: Readonly<Record<string, string>>;
  /** True for a terminal, false for pipes. */
  readonly tty: boolean;
  /** Whether stdin can be written; without it the child reads end of file. Terminals always can. */
  readonly pipeStdin?: boolean | undefined;
  /** The child's `argv[0]`, when it shall differ from the program. */
  readonly arg0?: string | null | undefined;
  /** What the child inherits from the server's environment; absent: nothing. */
  readonly envPolicy?:
    | {
        /** Which of the server's variables to begin with. */
        readonly inherit: 'core' | 'all' | 'none';
        /** False drops names that look like secrets (`*KEY*`, `*SECRET*`, `*TOKEN*`). */
        readonly ignoreDefaultExcludes: boolean;
        /** Patterns of names to drop: `*`, `?`, any case. */
        readonly exclude: readonly string[];
        /** Variables to set next. */
        readonly set: Readonly<Record<string, string>>;
        /** When not empty: patterns of the only names to keep. */
        readonly includeOnly: readonly string[];
      }
    | null
    | undefined;
  /** Size of the terminal, 24 × 80 by default. Capability `processResize`. */
  readonly size?:
    | {
        /** Rows, 1…65535. */
        readonly rows: number;
        /** Columns, 1…65535. */
        readonly cols: number;
      }
    | null
    | undefined;
  readonly retention?:
    | {
        /** Output to retain, in bytes; 64 MiB by default. What memory has no room for is spilled to disk. */
        readonly spillBytes?: number | null | undefined;
        /** `pause` makes the program wait until somebody has read; `dropOldest` loses output nobody has got, and says so. */
        readonly whenFull?: 'pause' | 'dropOldest' | undefined;
      }
    | null
    | undefined;
  /** Output that may be pushed before the program is paused; `process/grant` adds to it. No limit by default. Capability `credits`. */
  readonly creditBytes?: number | null | undefined;
  /** Deadline in milliseconds from the launch: the whole process group is killed then, and output is not waited for any longer, unless the process is closed before. None by default. Capability `processTimeout`. */
  readonly timeoutMs?: number | null | undefined;
  /** For telemetry. */
  readonly metadata?:
    | {
        readonly threadId?: string | null | undefined;
        readonly toolCallId?: string | null | undefined;
      }
    | null
    | undefined;
  readonly sandbox?:
    | {
        readonly permissions: {
          readonly type: 'managed' | 'disabled' | 'external';
          readonly file_system?:
            | {
                readonly type: string;
              }
            | null
            | undefined;
          readonly network?: string | null | undefined;
        };
      }
    | null
    | undefined;
  /** True is refused: it cannot be enforced here. */
  readonly enforceManagedNetwork?: boolean | undefined;
  /** Anything but null is refused: there is no proxy here. */
  readonly networkProxy?: unknown;
}

/** Result of `process/start`. */
export interface ProcessStartResult {
  readonly processId: string;
  /** The system's number of the process. Added by this server. */
  readonly pid?: number | undefined;
  /** `none` here. */
  readonly sandboxType?: string | null | undefined;
}

/** Params of `process/run`. Starts a program and answers when it is closed, with its output. Nothing is notified of it, unless it is read, or the connection is lost, before: from then on it is a process like any other. `process/terminate` ends it. */
export interface ProcessRunParams {
  /** Chosen by the client; unique within its session. */
  readonly processId: string;
  /** Program and arguments. A program without a slash is looked up in the child's PATH. */
  readonly argv: readonly string[];
  /** Working directory, as file URI. */
  readonly cwd: string;
  /** Variables of the child, on top of `envPolicy`. */
  readonly env: Readonly<Record<string, string>>;
  /** True for a terminal, false for pipes. */
  readonly tty: boolean;
  /** Whether stdin can be written; without it the child reads end of file. Terminals always can. */
  readonly pipeStdin?: boolean | undefined;
  /** The child's `argv[0]`, when it shall differ from the program. */
  readonly arg0?: string | null | undefined;
  /** What the child inherits from the server's environment; absent: nothing. */
  readonly envPolicy?:
    | {
        /** Which of the server's variables to begin with. */
        readonly inherit: 'core' | 'all' | 'none';
        /** False drops names that look like secrets (`*KEY*`, `*SECRET*`, `*TOKEN*`). */
        readonly ignoreDefaultExcludes: boolean;
        /** Patterns of names to drop: `*`, `?`, any case. */
        readonly exclude: readonly string[];
        /** Variables to set next. */
        readonly set: Readonly<Record<string, string>>;
        /** When not empty: patterns of the only names to keep. */
        readonly includeOnly: readonly string[];
      }
    | null
    | undefined;
  /** Size of the terminal, 24 × 80 by default. Capability `processResize`. */
  readonly size?:
    | {
        /** Rows, 1…65535. */
        readonly rows: number;
        /** Columns, 1…65535. */
        readonly cols: number;
      }
    | null
    | undefined;
  readonly retention?:
    | {
        /** Output to retain, in bytes; 64 MiB by default. What memory has no room for is spilled to disk. */
        readonly spillBytes?: number | null | undefined;
        /** `pause` makes the program wait until somebody has read; `dropOldest` loses output nobody has got, and says so. */
        readonly whenFull?: 'pause' | 'dropOldest' | undefined;
      }
    | null
    | undefined;
  /** Output that may be pushed before the program is paused; `process/grant` adds to it. No limit by default. Capability `credits`. */
  readonly creditBytes?: number | null | undefined;
  /** Deadline in milliseconds from the launch: the whole process group is killed then, and output is not waited for any longer, unless the process is closed before. None by default. Capability `processTimeout`. */
  readonly timeoutMs?: number | null | undefined;
  /** For telemetry. */
  readonly metadata?:
    | {
        readonly threadId?: string | null | undefined;
        readonly toolCallId?: string | null | undefined;
      }
    | null
    | undefined;
  readonly sandbox?:
    | {
        readonly permissions: {
          readonly type: 'managed' | 'disabled' | 'external';
          readonly file_system?:
            | {
                readonly type: string;
              }
            | null
            | undefined;
          readonly network?: string | null | undefined;
        };
      }
    | null
    | undefined;
  /** True is refused: it cannot be enforced here. */
  readonly enforceManagedNetwork?: boolean | undefined;
  /** Anything but null is refused: there is no proxy here. */
  readonly networkProxy?: unknown;
  /** Input of the program, and then its end; typed, with the end-of-file character behind it, on a terminal. */
  readonly stdinBase64?: string | null | undefined;
  /** Output to keep, of all streams together, in decoded bytes; 16 MiB by default, 40 MiB at most. The rest is discarded. */
  readonly maxOutputBytes?: number | null | undefined;
}

/** Result of `process/run`. */
export interface ProcessRunResult {
  readonly processId: string;
  /** Exit status, or 128 + N when signal N ended the process. */
  readonly exitCode: number;
  /** Signal that ended the process, such as `SIGKILL`; null when it exited by itself. */
  readonly signal: string | null;
  /** The deadline of the start killed the program. */
  readonly timedOut: boolean;
  /** With pipes. */
  readonly stdoutBase64?: string | undefined;
  /** With pipes. */
  readonly stderrBase64?: string | undefined;
  /** With a terminal: everything it has shown. */
  readonly ptyBase64?: string | undefined;
  /** There was more output than this, which is its beginning. */
  readonly truncated: boolean;
  /** From the launch to the close, in milliseconds. */
  readonly durationMs: number;
}

/** Params of `process/read`. Retained output after a cursor, and how the process stands; may wait for news. */
export interface ProcessReadParams {
  /** Chosen by the client; unique within its session. */
  readonly processId: string;
  /** Last sequence number the caller has; 0 by default, which reads from the start. */
  readonly afterSeq?: number | null | undefined;
  /** Stop before exceeding this, but return at least one chunk; no limit by default. */
  readonly maxBytes?: number | null | undefined;
  /** How long to wait for news, in milliseconds; 0 by default. */
  readonly waitMs?: number | null | undefined;
}

/** Result of `process/read`. */
export interface ProcessReadResult {
  readonly chunks: readonly {
    /** Number of this event among all events of the process, from 1, without gaps. */
    readonly seq: number;
    /** `pty` carries everything a terminal shows. */
    readonly stream: 'stdout' | 'stderr' | 'pty';
    /** Raw bytes; characters may be cut anywhere. */
    readonly chunk: string;
  }[];
  /** Continue with `afterSeq: nextSeq - 1`. An answer that would become too long for one message ends early. */
  readonly nextSeq: number;
  readonly exited: boolean;
  readonly exitCode: number | null;
  /** Signal that ended the process, such as `SIGKILL`; null when it exited by itself. */
  readonly signal?: string | null | undefined;
  /** True when the deadline of the start killed the program; absent otherwise. Capability `processTimeout`. */
  readonly timedOut?: boolean | undefined;
  /** Nothing follows any more. */
  readonly closed: boolean;
  /** Always null here. */
  readonly failure: string | null;
  /** Always false here: there is no sandbox. */
  readonly sandboxDenied?: boolean | undefined;
  /** Oldest sequence number whose output is still readable. Capability `outputGap`. */
  readonly oldestSeq?: number | undefined;
  readonly gap?:
    | {
        readonly fromSeq: number;
        readonly toSeq: number;
        /** Bytes lost. */
        readonly bytes: number;
      }
    | null
    | undefined;
}

/** Params of `process/write`. Writes to stdin or the terminal. Writes of one process are applied in the order they arrive. */
export interface ProcessWriteParams {
  /** Chosen by the client; unique within its session. */
  readonly processId: string;
  /** Raw bytes. */
  readonly chunk: string;
  /** Not empty. A repeated id is answered like the first time and writes nothing. */
  readonly writeId: string;
}

/** Result of `process/write`. */
export interface ProcessWriteResult {
  /** `accepted` means queued for the process, not read by it. */
  readonly status: 'accepted' | 'unknownProcess' | 'stdinClosed' | 'starting';
}

/** Params of `process/closeStdin`. Ends stdin after the queued writes. On a terminal it types the end-of-file character. */
export interface ProcessCloseStdinParams {
  /** Chosen by the client; unique within its session. */
  readonly processId: string;
  /** Not empty. A repeated id is answered like the first time and writes nothing. */
  readonly writeId: string;
}

/** Result of `process/closeStdin`. */
export interface ProcessCloseStdinResult {
  /** `accepted` means queued for the process, not read by it. */
  readonly status: 'accepted' | 'unknownProcess' | 'stdinClosed' | 'starting';
}

/** Params of `process/resize`. Changes the size of a terminal; the program gets SIGWINCH. */
export interface ProcessResizeParams {
  /** Chosen by the client; unique within its session. */
  readonly processId: string;
  /** Rows, 1…65535. */
  readonly rows: number;
  /** Columns, 1…65535. */
  readonly cols: number;
}

/** Result of `process/resize`. */
export type ProcessResizeResult = Readonly<Record<string, never>>;

/** Params of `process/signal`. Delivers a signal to the process group of the program. A process that is not running is no error. */
export interface ProcessSignalParams {
  /** Chosen by the client; unique within its session. */
  readonly processId: string;
  /** `interrupt` is the one of the base; the others are capability `processSignals`. */
  readonly signal: 'interrupt' | 'hangup' | 'terminate' | 'kill' | 'quit' | 'user1' | 'user2' | 'stop' | 'continue';
  /** `group`, the default, is the group of the program; `foreground` is the one that has the terminal now, such as the job of a shell. Capability `processSignals`. */
  readonly target?: 'group' | 'foreground' | null | undefined;
}

/** Result of `process/signal`. */
export interface ProcessSignalResult {
  /** Whether anybody got it. The reference answers `{}`. */
  readonly delivered?: boolean | undefined;
}

/** Params of `process/terminate`. Kills the process group of the program: at once, unless a grace is given. */
export interface ProcessTerminateParams {
  /** Chosen by the client; unique within its session. */
  readonly processId: string;
  /** Asks the group to end, with SIGTERM, and kills after so many milliseconds what is left of it; 0, the default, kills at once. Capability `processTerminateGrace`. */
  readonly graceMs?: number | null | undefined;
  /** True also reaches what is left of the group of a program that has ended, as long as the process is retained. Capability `processTerminateGrace`. */
  readonly orphans?: boolean | null | undefined;
}

/** Result of `process/terminate`. */
export interface ProcessTerminateResult {
  /** Whether there was something to kill. */
  readonly running: boolean;
}

/** Params of `process/grant`. Lets a process that was started with `creditBytes` say so much more. Every byte of output counts, pushed or read. */
export interface ProcessGrantParams {
  /** Chosen by the client; unique within its session. */
  readonly processId: string;
  /** Bytes of output. */
  readonly bytes: number;
}

/** Result of `process/grant`. */
export type ProcessGrantResult = Readonly<Record<string, never>>;

/** Params of `process/list`. The session's processes, alive and retained. */
export type ProcessListParams = Readonly<Record<string, never>> | null;

/** Result of `process/list`. */
export interface ProcessListResult {
  readonly processes: readonly {
    readonly processId: string;
    /** Null until the start is done. */
    readonly pid: number | null;
    readonly argv: readonly string[];
    /** As file URI. */
    readonly cwd: string;
    readonly tty: boolean;
    readonly state: 'starting' | 'running' | 'exited' | 'closed';
    /** Milliseconds since the epoch. */
    readonly startedAtMs: number;
    readonly exitCode: number | null;
    readonly signal: string | null;
    /** True when the deadline of the start killed the program; absent otherwise. Capability `processTimeout`. */
    readonly timedOut?: boolean | undefined;
    readonly nextSeq: number;
    /** Oldest sequence number whose output is still readable. */
    readonly oldestSeq: number;
    readonly retainedBytes: number;
  }[];
}

/** Params of the notification `initialized`. Ends the handshake. Params are not looked at; repeating it does nothing. */
export type InitializedNotification = unknown;

/** Params of the notification `process/output`. Output of a process, as it comes. */
export interface ProcessOutputNotification {
  readonly processId: string;
  /** Number of this event among all events of the process, from 1, without gaps. */
  readonly seq: number;
  /** `pty` carries everything a terminal shows. */
  readonly stream: 'stdout' | 'stderr' | 'pty';
  /** Raw bytes; characters may be cut anywhere. */
  readonly chunk: string;
}

/** Params of the notification `process/exited`. The program has ended. Output may follow. */
export interface ProcessExitedNotification {
  readonly processId: string;
  /** Number of this event among all events of the process, from 1, without gaps. */
  readonly seq: number;
  /** Exit status, or 128 + N when signal N ended the process. */
  readonly exitCode: number;
  /** Signal that ended the process, such as `SIGKILL`; null when it exited by itself. */
  readonly signal?: string | null | undefined;
  /** True when the deadline of the start killed the program; absent otherwise. Capability `processTimeout`. */
  readonly timedOut?: boolean | undefined;
  /** Always false here: there is no sandbox. */
  readonly sandboxDenied?: boolean | undefined;
}

/** Params of the notification `process/closed`. The program has ended and all its output has been sent. Nothing follows. */
export interface ProcessClosedNotification {
  readonly processId: string;
  /** Number of this event among all events of the process, from 1, without gaps. */
  readonly seq: number;
}

/** Every request: its params and its result, by method name. */
export interface Requests {
  initialize: { readonly params: InitializeParams; readonly result: InitializeResult };
  'session/close': { readonly params: SessionCloseParams; readonly result: SessionCloseResult };
  'server/status': { readonly params: ServerStatusParams; readonly result: ServerStatusResult };
  'environment/info': { readonly params: EnvironmentInfoParams; readonly result: EnvironmentInfoResult };
  'environment/status': { readonly params: EnvironmentStatusParams; readonly result: EnvironmentStatusResult };
  'process/start': { readonly params: ProcessStartParams; readonly result: ProcessStartResult };
  'process/run': { readonly params: ProcessRunParams; readonly result: ProcessRunResult };
  'process/read': { readonly params: ProcessReadParams; readonly result: ProcessReadResult };
  'process/write': { readonly params: ProcessWriteParams; readonly result: ProcessWriteResult };
  'process/closeStdin': { readonly params: ProcessCloseStdinParams; readonly result: ProcessCloseStdinResult };
  'process/resize': { readonly params: ProcessResizeParams; readonly result: ProcessResizeResult };
  'process/signal': { readonly params: ProcessSignalParams; readonly result: ProcessSignalResult };
  'process/terminate': { readonly params: ProcessTerminateParams; readonly result: ProcessTerminateResult };
  'process/grant': { readonly params: ProcessGrantParams; readonly result: ProcessGrantResult };
  'process/list': { readonly params: ProcessListParams; readonly result: ProcessListResult };
}

/** Params of every notification, by method name. */
export interface Notifications {
  initialized: InitializedNotification;
  'process/output': ProcessOutputNotification;
  'process/exited': ProcessExitedNotification;
  'process/closed': ProcessClosedNotification;
}
