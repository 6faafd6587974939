export type StreamName = 'stdout' | 'stderr' | 'pty';

/** How a process has ended. */
export interface ProcessExit {
  /** The exit status, or 128 + N when signal N ended the process. */
  readonly exitCode: number;
  /** The signal that ended it, such as `SIGKILL`; null when it exited by itself or the server does not tell. */
  readonly signal: string | null;
  /** The deadline of its start killed it: this is no end of its own. */
  readonly timedOut: boolean;
}

export interface OutputEvent {
  readonly type: 'output';
  readonly seq: number;
  readonly stream: StreamName;
  readonly chunk: Uint8Array;
}

export interface ExitedEvent extends ProcessExit {
  readonly type: 'exited';
  readonly seq: number;
}

export interface ClosedEvent {
  readonly type: 'closed';
  readonly seq: number;
}

/** What the server numbers: every event of a process has its place in one sequence. */
export type SequencedEvent = OutputEvent | ExitedEvent | ClosedEvent;

/** Output that is gone for good: the first and the last missing number. */
export interface GapEvent {
  readonly type: 'gap';
  readonly fromSeq: number;
  readonly toSeq: number;
}

export type ProcessEvent = SequencedEvent | GapEvent;
