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

/** Params of `environmentConfig/read`. Settings of the machine, its user and a project, from the `config.toml` files a client of the base looks for. */
export interface EnvironmentConfigReadParams {
  /** Where the work is done, as file URI. */
  readonly cwd: string;
  /** Paths of keys, each with one key at least. */
  readonly configPaths: readonly (readonly string[])[];
  /** Paths of keys, each with one key at least. */
  readonly requirementsPaths: readonly (readonly string[])[];
}

/** Result of `environmentConfig/read`. */
export interface EnvironmentConfigReadResult {
  /** As file URI. */
  readonly userHomeDir: string;
  /** Where the settings of the user are, as file URI. */
  readonly codexHomeDir: string;
  readonly hostname: string;
  readonly config: {
    /** Weakest first; files that say nothing about what was asked for are left out. */
    readonly layers: readonly {
      /** What kind of file it is, and its path. */
      readonly source: string;
      /** Directory of the file, as file URI. */
      readonly baseDir: string;
      /** What was asked for of its content. */
      readonly toml: string;
    }[];
    /** Where among the layers settings from elsewhere belong: behind those of the machine. */
    readonly cloudInsertionIndex: number;
  };
  readonly requirements: {
    /** Weakest first; files that say nothing about what was asked for are left out. */
    readonly layers: readonly {
      /** What kind of file it is, and its path. */
      readonly source: string;
      /** Directory of the file, as file URI. */
      readonly baseDir: string;
      /** What was asked for of its content. */
      readonly toml: string;
    }[];
    /** Where among the layers settings from elsewhere belong: behind those of the machine. */
    readonly cloudInsertionIndex: number;
  };
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

/** Params of `http/request`. Makes an HTTP request from the machine of the server. Every status is a result; an error says that there was no response. */
export interface HttpRequestParams {
  /** Sent as it is given. */
  readonly method: string;
  /** Absolute, `http` or `https`. Userinfo becomes basic authentication. */
  readonly url: string;
  /** Sent in this order, repeated ones at the place of the first. */
  readonly headers?:
    | readonly {
        readonly name: string;
        readonly value: string;
        /** Variable of the server whose value is put behind `value`. Secrets are refused. */
        readonly valueEnvVar?: string | null | undefined;
      }[]
    | undefined;
  /** Body of the request; none by default. */
  readonly bodyBase64?: string | null | undefined;
  /** Deadline of the whole exchange, the body of the response included; none by default. */
  readonly timeoutMs?: number | null | undefined;
  /** Deadline for the head of the response, of every hop together; none by default. Capability `httpTimeouts`. */
  readonly headersTimeoutMs?: number | null | undefined;
  /** Longest silence within the body of the response; none by default. Capability `httpTimeouts`. */
  readonly idleTimeoutMs?: number | null | undefined;
  /** `follow` goes through 10 redirects at most; `stop` returns the first. */
  readonly redirectPolicy?: 'follow' | 'stop' | undefined;
  /** Chosen by the client; unique among the exchanges of its connection that are not over. */
  readonly requestId: string;
  /** True sends the body in notifications behind the answer, instead of in it. */
  readonly streamResponse?: boolean | undefined;
  /** True: the body comes in `http/requestBody`. Not together with `bodyBase64`. Capability `httpRequestBodyStream`. */
  readonly bodyStream?: boolean | undefined;
  /** Bytes of a streamed body that may be sent before the server waits; `http/grant` adds to it. No limit by default. Capability `credits`. */
  readonly creditBytes?: number | null | undefined;
}

/** Result of `http/request`. */
export interface HttpRequestResult {
  readonly status: number;
  /** Names in lower case, repeated ones one behind the other at the place of the first. */
  readonly headers: readonly {
    readonly name: string;
    readonly value: string;
  }[];
  /** As it came, never decompressed; empty when it is streamed. */
  readonly bodyBase64: string;
  /** Where the response came from. Capability `httpFinalUrl`. */
  readonly url?: string | undefined;
  /** Whether that was another place than asked. Capability `httpFinalUrl`. */
  readonly redirected?: boolean | undefined;
}

/** Params of `http/requestBody`. A piece of the body of a request that is under way; answered when it was accepted. To be sent one after the other. */
export interface HttpRequestBodyParams {
  /** Chosen by the client; unique among the exchanges of its connection that are not over. */
  readonly requestId: string;
  /** From 1, without gaps. */
  readonly seq: number;
  /** May be empty. */
  readonly chunk: string;
  /** True ends the body. */
  readonly done: boolean;
}

/** Result of `http/requestBody`. */
export type HttpRequestBodyResult = Readonly<Record<string, never>>;

/** Params of `http/cancel`. Ends an exchange: the request fails, or its stream ends with the error `cancelled`. */
export interface HttpCancelParams {
  /** Chosen by the client; unique among the exchanges of its connection that are not over. */
  readonly requestId: string;
}

/** Result of `http/cancel`. */
export interface HttpCancelResult {
  /** Whether there was something to end. */
  readonly cancelled: boolean;
}

/** Params of `http/grant`. Lets a streamed body that was asked for with `creditBytes` send so much more. No stream of this id is no error. */
export interface HttpGrantParams {
  /** Chosen by the client; unique among the exchanges of its connection that are not over. */
  readonly requestId: string;
  /** Bytes of the body. */
  readonly bytes: number;
}

/** Result of `http/grant`. */
export type HttpGrantResult = Readonly<Record<string, never>>;

/** Params of `fs/readFile`. A regular file as a whole. Larger ones than a message can hold: `fs/open`. */
export interface FsReadFileParams {
  /** As file URI. */
  readonly path: string;
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
  /** False refuses a symbolic link anywhere in the path; true by default. */
  readonly followSymlinks?: boolean | null | undefined;
}

/** Result of `fs/readFile`. */
export interface FsReadFileResult {
  readonly dataBase64: string;
}

/** Params of `fs/writeFile`. Creates a file or replaces its content; directories have to be there. */
export interface FsWriteFileParams {
  /** As file URI. */
  readonly path: string;
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
  /** The whole content, as base64. */
  readonly dataBase64: string;
  /** False refuses a symbolic link anywhere in the path; true by default. */
  readonly followSymlinks?: boolean | null | undefined;
}

/** Result of `fs/writeFile`. */
export type FsWriteFileResult = Readonly<Record<string, never>>;

/** Params of `fs/createDirectory`. Makes a directory. */
export interface FsCreateDirectoryParams {
  /** As file URI. */
  readonly path: string;
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
  /** Also makes what is missing above it, and takes it as done when it is there; true by default. */
  readonly recursive?: boolean | null | undefined;
  /** False refuses a symbolic link anywhere in the path; true by default. */
  readonly followSymlinks?: boolean | null | undefined;
}

/** Result of `fs/createDirectory`. */
export type FsCreateDirectoryResult = Readonly<Record<string, never>>;

/** Params of `fs/getMetadata`. What a path leads to. */
export interface FsGetMetadataParams {
  /** As file URI. */
  readonly path: string;
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
  /** False refuses a symbolic link anywhere in the path; true by default. */
  readonly followSymlinks?: boolean | null | undefined;
}

/** Result of `fs/getMetadata`. */
export interface FsGetMetadataResult {
  /** Of the target. */
  readonly isDirectory: boolean;
  /** Of the target. */
  readonly isFile: boolean;
  /** Of the path itself. */
  readonly isSymlink: boolean;
  /** Bytes. */
  readonly size: number;
  /** Milliseconds since the epoch; 0 when not known. */
  readonly createdAtMs: number;
  /** Milliseconds since the epoch; 0 when not known. */
  readonly modifiedAtMs: number;
}

/** Params of `fs/canonicalize`. The real path of something that exists. */
export interface FsCanonicalizeParams {
  /** As file URI. */
  readonly path: string;
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
}

/** Result of `fs/canonicalize`. */
export interface FsCanonicalizeResult {
  /** As file URI. */
  readonly path: string;
}

/** Params of `fs/readDirectory`. What is in a directory, in no order. Links count as what they lead to; those that lead nowhere are left out. */
export interface FsReadDirectoryParams {
  /** As file URI. */
  readonly path: string;
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
}

/** Result of `fs/readDirectory`. */
export interface FsReadDirectoryResult {
  readonly entries: readonly {
    readonly fileName: string;
    readonly isDirectory: boolean;
    readonly isFile: boolean;
  }[];
}

/** Params of `fs/walk`. Files and directories below a directory, level by level, sorted by name within each. */
export interface FsWalkParams {
  /** As file URI. */
  readonly path: string;
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
  readonly options: {
    /** Levels of directories entered below the root; 64 at most. */
    readonly maxDepth: number;
    /** Directories entered; 1…10000. */
    readonly maxDirectories: number;
    /** Entries returned; 1…50000. */
    readonly maxEntries: number;
    /** Whether links to directories are listed and entered. Links to files never are. */
    readonly followDirectorySymlinks: boolean;
    /** True lists directories whose name begins with a dot without entering them. */
    readonly pruneHiddenDirectories?: boolean | undefined;
  };
}

/** Result of `fs/walk`. */
export interface FsWalkResult {
  readonly entries: readonly {
    /** As file URI, by the way it was found. */
    readonly path: string;
    readonly kind: 'file' | 'directory';
  }[];
  /** What could not be read. */
  readonly errors: readonly {
    readonly path: string;
    readonly message: string;
  }[];
  /** Whether `maxEntries` or `maxDirectories` ended it. */
  readonly truncated: boolean;
}

/** Params of `fs/remove`. Removes a file, a link (never what it leads to) or a directory. */
export interface FsRemoveParams {
  /** As file URI. */
  readonly path: string;
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
  /** Whether a directory goes with all it contains; **true** by default. */
  readonly recursive?: boolean | null | undefined;
  /** Whether it is fine when there is nothing; **true** by default. */
  readonly force?: boolean | null | undefined;
  /** False refuses a symbolic link anywhere in the path; true by default. */
  readonly followSymlinks?: boolean | null | undefined;
}

/** Result of `fs/remove`. */
export type FsRemoveResult = Readonly<Record<string, never>>;

/** Params of `fs/copy`. Copies a file over another, a link as a link, a directory into another. */
export interface FsCopyParams {
  /** As file URI. */
  readonly sourcePath: string;
  /** As file URI. */
  readonly destinationPath: string;
  /** Has to be true for a directory. */
  readonly recursive: boolean;
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
}

/** Result of `fs/copy`. */
export type FsCopyResult = Readonly<Record<string, never>>;

/** Params of `fs/rename`. Gives something another path, in one step where both are on one file system. */
export interface FsRenameParams {
  /** As file URI. */
  readonly from: string;
  /** As file URI. */
  readonly to: string;
  /** False refuses when there is something at the new path; true by default. */
  readonly overwrite?: boolean | null | undefined;
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
}

/** Result of `fs/rename`. */
export type FsRenameResult = Readonly<Record<string, never>>;

/** Params of `fs/open`. Opens a regular file for reading or writing in blocks. The handle ends with the connection. */
export interface FsOpenParams {
  /** Chosen by the client, 32 bytes at most; unique among the open handles of its connection. */
  readonly handleId: string;
  /** As file URI. */
  readonly path: string;
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
  /** `replace` creates the file, or empties it; `update`, with the capability `fsOpenUpdate`, opens one that is there for writing. */
  readonly mode?: 'read' | 'replace' | 'update' | undefined;
}

/** Result of `fs/open`. */
export interface FsOpenResult {
  readonly handleId: string;
}

/** Params of `fs/readBlock`. Bytes of an open file from a position on. */
export interface FsReadBlockParams {
  /** Chosen by the client, 32 bytes at most; unique among the open handles of its connection. */
  readonly handleId: string;
  /** Position in the file, in bytes. */
  readonly offset: number;
  /** Bytes to read, 1…1048576. */
  readonly len: number;
}

/** Result of `fs/readBlock`. */
export interface FsReadBlockResult {
  /** As base64; as many bytes as asked for unless the file ends. */
  readonly chunk: string;
  /** Fewer bytes than asked for: the file ends here. */
  readonly eof: boolean;
}

/** Params of `fs/writeBlock`. Writes bytes into an open file at a position; what is skipped reads as zeros. */
export interface FsWriteBlockParams {
  /** Chosen by the client, 32 bytes at most; unique among the open handles of its connection. */
  readonly handleId: string;
  /** Position in the file, in bytes. */
  readonly offset: number;
  /** 1…1048576 bytes. */
  readonly chunk: string;
}

/** Result of `fs/writeBlock`. */
export type FsWriteBlockResult = Readonly<Record<string, never>>;

/** Params of `fs/close`. Closes a handle. One that is not open is no error. */
export interface FsCloseParams {
  /** Chosen by the client, 32 bytes at most; unique among the open handles of its connection. */
  readonly handleId: string;
}

/** Result of `fs/close`. */
export type FsCloseResult = Readonly<Record<string, never>>;

/** Params of `fs/watchMissing`. Tells once, with `fs/missingChanged`, when something appears that is missing now, or something that is there changes. */
export interface FsWatchMissingParams {
  /** A greater one replaces the watch of the connection; others are refused. */
  readonly watchId: number;
  /** What must not exist, as file URIs; 64 at most. */
  readonly missing: readonly string[];
  /** What must exist and stay as it is, as file URI. */
  readonly present?: string | null | undefined;
}

/** Result of `fs/watchMissing`. */
export interface FsWatchMissingResult {
  /** False when it is not so already, or the id is too low, or there are too many paths. */
  readonly watching: boolean;
}

/** Params of `fs/watch`. Tells of changes of a file, or in a directory, with `fs/changed`, until `fs/unwatch` or the end of the connection. */
export interface FsWatchParams {
  /** Chosen by the client, 32 bytes at most; unique among the watches of its connection. */
  readonly watchId: string;
  /** As file URI. */
  readonly path: string;
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
  /** Whether what lies below directories is watched as well; false by default. */
  readonly recursive?: boolean | null | undefined;
}

/** Result of `fs/watch`. */
export type FsWatchResult = Readonly<Record<string, never>>;

/** Params of `fs/unwatch`. Ends a watch. One that is not there is no error. */
export interface FsUnwatchParams {
  readonly watchId: string;
}

/** Result of `fs/unwatch`. */
export type FsUnwatchResult = Readonly<Record<string, never>>;

/** Params of `capabilityRoots/discoverV1`. The skills and the plugin in some directories, read but not interpreted. What is wrong with one of them is told in its place. */
export interface CapabilityRootsDiscoverV1Params {
  readonly roots: readonly {
    /** Comes back in the answer. */
    readonly id: string;
    /** As file URI. */
    readonly path: string;
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
  }[];
}

/** Result of `capabilityRoots/discoverV1`. */
export interface CapabilityRootsDiscoverV1Result {
  readonly roots: readonly {
    readonly id: string;
    readonly path: string;
    /** Null unless the directory has a `plugin.json` in `.codex-plugin` or `.claude-plugin`. */
    readonly plugin: {
      readonly manifest: {
        /** As file URI. */
        readonly path: string;
        readonly contents: string;
      };
      readonly mcpConfig: {
        /** As file URI. */
        readonly path: string;
        readonly contents: string;
      } | null;
      readonly appsConfig: {
        /** As file URI. */
        readonly path: string;
        readonly contents: string;
      } | null;
    } | null;
    /** Every `SKILL.md`, with the `agents/openai.yaml` beside it; sorted by path. */
    readonly skills: readonly {
      readonly instructions: {
        /** As file URI. */
        readonly path: string;
        readonly contents: string;
      };
      readonly metadata: {
        /** As file URI. */
        readonly path: string;
        readonly contents: string;
      } | null;
    }[];
    /** Manifests of plugins around and below. */
    readonly namespaceManifests: readonly {
      /** As file URI. */
      readonly path: string;
      readonly contents: string;
    }[];
    /** What was left out, and why. */
    readonly warnings: readonly string[];
    /** Why nothing could be said of it. */
    readonly error: string | null;
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

/** Params of the notification `http/request/bodyDelta`. A piece of a streamed body. The last one is empty. */
export interface HttpRequestBodyDeltaNotification {
  readonly requestId: string;
  /** From 1, without gaps. */
  readonly seq: number;
  /** 1 MiB at most; not empty unless `done`. */
  readonly deltaBase64: string;
  /** True in the last one. */
  readonly done: boolean;
  /** Why the body ended too early; null when it is complete. */
  readonly error?: string | null | undefined;
}

/** Params of the notification `fs/missingChanged`. What `fs/watchMissing` was asked about is not so any more, or may not be. The watch is over. */
export interface FsMissingChangedNotification {
  readonly watchId: number;
}

/** Params of the notification `fs/changed`. Something changed under a watch. Changes that come close together are told together. */
export interface FsChangedNotification {
  readonly watchId: string;
  /** Number of this notification among those of the watch, from 1, without gaps. */
  readonly version: number;
  /** What was made, changed or removed since the last one, as file URIs, each once. */
  readonly paths: readonly string[];
  /** True: there were more changes than can be told, or the watch lost track. Look at everything again. */
  readonly resync: boolean;
  /** True: the watch is over, because what it watched is gone, moved, or has more directories than may be watched. */
  readonly ended?: boolean | undefined;
}

/** Every request: its params and its result, by method name. */
export interface Requests {
  initialize: { readonly params: InitializeParams; readonly result: InitializeResult };
  'session/close': { readonly params: SessionCloseParams; readonly result: SessionCloseResult };
  'server/status': { readonly params: ServerStatusParams; readonly result: ServerStatusResult };
  'environment/info': { readonly params: EnvironmentInfoParams; readonly result: EnvironmentInfoResult };
  'environment/status': { readonly params: EnvironmentStatusParams; readonly result: EnvironmentStatusResult };
  'environmentConfig/read': { readonly params: EnvironmentConfigReadParams; readonly result: EnvironmentConfigReadResult };
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
  'http/request': { readonly params: HttpRequestParams; readonly result: HttpRequestResult };
  'http/requestBody': { readonly params: HttpRequestBodyParams; readonly result: HttpRequestBodyResult };
  'http/cancel': { readonly params: HttpCancelParams; readonly result: HttpCancelResult };
  'http/grant': { readonly params: HttpGrantParams; readonly result: HttpGrantResult };
  'fs/readFile': { readonly params: FsReadFileParams; readonly result: FsReadFileResult };
  'fs/writeFile': { readonly params: FsWriteFileParams; readonly result: FsWriteFileResult };
  'fs/createDirectory': { readonly params: FsCreateDirectoryParams; readonly result: FsCreateDirectoryResult };
  'fs/getMetadata': { readonly params: FsGetMetadataParams; readonly result: FsGetMetadataResult };
  'fs/canonicalize': { readonly params: FsCanonicalizeParams; readonly result: FsCanonicalizeResult };
  'fs/readDirectory': { readonly params: FsReadDirectoryParams; readonly result: FsReadDirectoryResult };
  'fs/walk': { readonly params: FsWalkParams; readonly result: FsWalkResult };
  'fs/remove': { readonly params: FsRemoveParams; readonly result: FsRemoveResult };
  'fs/copy': { readonly params: FsCopyParams; readonly result: FsCopyResult };
  'fs/rename': { readonly params: FsRenameParams; readonly result: FsRenameResult };
  'fs/open': { readonly params: FsOpenParams; readonly result: FsOpenResult };
  'fs/readBlock': { readonly params: FsReadBlockParams; readonly result: FsReadBlockResult };
  'fs/writeBlock': { readonly params: FsWriteBlockParams; readonly result: FsWriteBlockResult };
  'fs/close': { readonly params: FsCloseParams; readonly result: FsCloseResult };
  'fs/watchMissing': { readonly params: FsWatchMissingParams; readonly result: FsWatchMissingResult };
  'fs/watch': { readonly params: FsWatchParams; readonly result: FsWatchResult };
  'fs/unwatch': { readonly params: FsUnwatchParams; readonly result: FsUnwatchResult };
  'capabilityRoots/discoverV1': { readonly params: CapabilityRootsDiscoverV1Params; readonly result: CapabilityRootsDiscoverV1Result };
}

/** Params of every notification, by method name. */
export interface Notifications {
  initialized: InitializedNotification;
  'process/output': ProcessOutputNotification;
  'process/exited': ProcessExitedNotification;
  'process/closed': ProcessClosedNotification;
  'http/request/bodyDelta': HttpRequestBodyDeltaNotification;
  'fs/missingChanged': FsMissingChangedNotification;
  'fs/changed': FsChangedNotification;
}
