import type { Platform } from '@exec-server/protocol';

export interface TerminalSize {
  readonly rows: number;
  readonly cols: number;
}

/** What to start, in the words of this machine. */
export interface LaunchRequest {
  readonly argv: readonly string[];
  /** Absolute native path. */
  readonly cwd: string;
  /** The whole environment of the child. */
  readonly env: ReadonlyMap<string, string>;
  /** The child's `argv[0]`; null leaves the program's name there. */
  readonly arg0: string | null;
  /** Size of the terminal, or null for pipes. */
  readonly terminal: TerminalSize | null;
  readonly pipeStdin: boolean;
  readonly retention: OutputRetention;
  /** Output the client has room for, in bytes; null for no limit. */
  readonly creditBytes: number | null;
  /** The child may take so long, in milliseconds from its launch; null for no limit. */
  readonly timeoutMs: number | null;
}

/** What becomes of output that nobody has read. */
export interface OutputRetention {
  /** Bytes to retain; null leaves that to the limits of the server. */
  readonly spillBytes: number | null;
  readonly whenFull: WhenFull;
}

/** `pause`: what nobody has got is never dropped, the process waits. `dropOldest`: the process never waits. */
export type WhenFull = 'pause' | 'dropOldest';

/** What stays known of a process for as long as it is listed. */
export type ProcessDescription = Pick<LaunchRequest, 'argv' | 'cwd' | 'terminal'>;

/** How the operating system says a process ended; exactly one member is not null. */
export interface WaitStatus {
  /** 0…255. */
  readonly code: number | null;
  /** Such as `SIGKILL`. */
  readonly signal: NodeJS.Signals | null;
}

export type StreamName = 'stdout' | 'stderr' | 'pty';

/** Where one stream of output comes from. */
export interface OutputSource {
  readonly stream: StreamName;
  /**
   * Starts reading. `onEnd` is called once, after the last chunk, when every writer has closed the stream or it was cut.
   * A chunk is the receiver's until it returns.
   */
  open(onChunk: (chunk: Buffer) => void, onEnd: () => void): void;
  /** Stops reading, so that the writer blocks once the system's buffer is full. */
  pause(): void;
  resume(): void;
  /** Delivers what has been written so far and ends the stream, whoever still holds it open. */
  cut(): void;
}

/** Where input goes. One write at a time. */
export interface InputSink {
  /** `done` is called when the system has taken all bytes, with an error when the reader is gone. */
  write(bytes: Uint8Array, done: (error?: Error) => void): void;
  /** Tells the reader that nothing follows: end of file on a pipe, the end-of-file character on a terminal. */
  end(): void;
  /** Whether `end` leaves the way open for more, as on a terminal. */
  readonly staysOpen: boolean;
  /** Gives the descriptor back. */
  close(): void;
}

/** A started child. The one who launched it sees to it that it ends. */
export interface LaunchedProcess {
  /** Also the number of its process group and of its session. */
  readonly pid: number;
  readonly outputs: readonly OutputSource[];
  readonly input: InputSink | null;
  /** Settles with the wait status; never rejects. */
  readonly exited: Promise<WaitStatus>;
  /** Changes the terminal's size; null without a terminal. */
  readonly resize: ((size: TerminalSize) => void) | null;
}

/** Starts children of one kind. */
export interface Launcher {
  /** @throws RpcError `startFailed` with nothing left behind */
  launch(request: LaunchRequest): Promise<LaunchedProcess>;
  /** Gives back what was kept ready. Children that were launched are not its business. */
  close(): Promise<void>;
}

export const platform: Platform = process.platform === 'win32' ? 'win32' : 'posix';
