import { z } from 'zod';
import { wireSignals, type WireSignal } from '../signals.js';
import { base64, pathUri, sandbox, stringMap, terminalSize, timerMs, u64, unit } from './members.js';
import { method, type NotificationEntry } from './method.js';

const processId = z.string().describe('Chosen by the client; unique within its session.');
const writeId = z.string().describe('Not empty. A repeated id is answered like the first time and writes nothing.');
const seq = z.number().describe('Number of this event among all events of the process, from 1, without gaps.');
const stream = z.enum(['stdout', 'stderr', 'pty']).describe('`pty` carries everything a terminal shows.');
const chunk = base64.describe('Raw bytes; characters may be cut anywhere.');
const exitCode = z.number().describe('Exit status, or 128 + N when signal N ended the process.');
const signalName = z.string().nullish().describe('Signal that ended the process, such as `SIGKILL`; null when it exited by itself.');
const timedOut = z
  .boolean()
  .optional()
  .describe('True when the deadline of the start killed the program; absent otherwise. Capability `processTimeout`.');
const sandboxDenied = z.boolean().optional().describe('Always false here: there is no sandbox.');
const writeStatus = z
  .enum(['accepted', 'unknownProcess', 'stdinClosed', 'starting'])
  .describe('`accepted` means queued for the process, not read by it.');

const environmentPolicy = z.object({
  inherit: z.enum(['core', 'all', 'none']).describe("Which of the server's variables to begin with."),
  ignoreDefaultExcludes: z.boolean().describe('False drops names that look like secrets (`*KEY*`, `*SECRET*`, `*TOKEN*`).'),
  exclude: z.array(z.string()).describe('Patterns of names to drop: `*`, `?`, any case.'),
  set: stringMap.describe('Variables to set next.'),
  includeOnly: z.array(z.string()).describe('When not empty: patterns of the only names to keep.'),
});

const retention = z
  .object({
    spillBytes: u64.nullish().describe('Output to retain, in bytes; 64 MiB by default. What memory has no room for is spilled to disk.'),
    whenFull: z
      .enum(['pause', 'dropOldest'])
      .default('pause')
      .describe('`pause` makes the program wait until somebody has read; `dropOldest` loses output nobody has got, and says so.'),
  })
  .describe('What becomes of output nobody has read. Capability `outputSpill`.');

const gap = z
  .object({
    fromSeq: z.number(),
    toSeq: z.number(),
    bytes: z.number().describe('Bytes lost.'),
  })
  .describe('Output after the cursor that is gone for good; null when there is none. Capability `outputGap`.');

const startParams = z.object({
  processId,
  argv: z.array(z.string()).describe("Program and arguments. A program without a slash is looked up in the child's PATH."),
  cwd: pathUri.describe('Working directory, as file URI.'),
  env: stringMap.describe('Variables of the child, on top of `envPolicy`.'),
  tty: z.boolean().describe('True for a terminal, false for pipes.'),
  pipeStdin: z
    .boolean()
    .default(false)
    .describe('Whether stdin can be written; without it the child reads end of file. Terminals always can.'),
  arg0: z.string().nullish().describe("The child's `argv[0]`, when it shall differ from the program."),
  envPolicy: environmentPolicy.nullish().describe("What the child inherits from the server's environment; absent: nothing."),
  size: terminalSize.nullish().describe('Size of the terminal, 24 × 80 by default. Capability `processResize`.'),
  retention: retention.nullish(),
  creditBytes: u64
    .nullish()
    .describe(
      'Output that may be pushed before the program is paused; `process/grant` adds to it. No limit by default. Capability `credits`.',
    ),
  timeoutMs: timerMs
    .min(1)
    .nullish()
    .describe(
      'Deadline in milliseconds from the launch: the whole process group is killed then, and output is not waited for any ' +
        'longer, unless the process is closed before. None by default. Capability `processTimeout`.',
    ),
  metadata: z.object({ threadId: z.guid().nullish(), toolCallId: z.string().nullish() }).nullish().describe('For telemetry.'),
  sandbox: sandbox.nullish(),
  enforceManagedNetwork: z.boolean().default(false).describe('True is refused: it cannot be enforced here.'),
  networkProxy: z.unknown().optional().describe('Anything but null is refused: there is no proxy here.'),
});

const startResult = z.object({
  processId: z.string(),
  pid: z.number().optional().describe("The system's number of the process. Added by this server."),
  sandboxType: z.string().nullish().describe('`none` here.'),
});

const outputChunk = z.object({ seq, stream, chunk });

export const processMethods = {
  'process/start': method({
    summary: 'Starts a program. The answer comes before the first notification of the process.',
    paramsName: 'ExecParams',
    gate: 'exec',
    params: startParams,
    result: startResult,
  }),
  'process/run': method({
    summary:
      'Starts a program and answers when it is closed, with its output. Nothing is notified of it, unless it is read, or the ' +
      'connection is lost, before: from then on it is a process like any other. `process/terminate` ends it.',
    paramsName: 'RunParams',
    gate: 'exec',
    capability: 'processRun',
    params: startParams.extend({
      stdinBase64: base64
        .nullish()
        .describe('Input of the program, and then its end; typed, with the end-of-file character behind it, on a terminal.'),
      maxOutputBytes: u64
        .nullish()
        .describe('Output to keep, of all streams together, in decoded bytes; 16 MiB by default, 40 MiB at most. The rest is discarded.'),
    }),
    result: z.object({
      processId: z.string(),
      exitCode,
      signal: z.string().nullable().describe('Signal that ended the process, such as `SIGKILL`; null when it exited by itself.'),
      timedOut: z.boolean().describe('The deadline of the start killed the program.'),
      stdoutBase64: z.string().optional().describe('With pipes.'),
      stderrBase64: z.string().optional().describe('With pipes.'),
      ptyBase64: z.string().optional().describe('With a terminal: everything it has shown.'),
      truncated: z.boolean().describe('There was more output than this, which is its beginning.'),
      durationMs: z.number().describe('From the launch to the close, in milliseconds.'),
    }),
  }),
  'process/read': method({
    summary: 'Retained output after a cursor, and how the process stands; may wait for news.',
    paramsName: 'ReadParams',
    gate: 'exec',
    params: z.object({
      processId,
      afterSeq: u64.nullish().describe('Last sequence number the caller has; 0 by default, which reads from the start.'),
      maxBytes: u64.nullish().describe('Stop before exceeding this, but return at least one chunk; no limit by default.'),
      waitMs: u64.nullish().describe('How long to wait for news, in milliseconds; 0 by default.'),
    }),
    result: z.object({
      chunks: z.array(outputChunk),
      nextSeq: z
        .number()
        .describe('Continue with `afterSeq: nextSeq - 1`. An answer that would become too long for one message ends early.'),
      exited: z.boolean(),
      exitCode: z.number().nullable(),
      signal: signalName,
      timedOut,
      closed: z.boolean().describe('Nothing follows any more.'),
      failure: z.string().nullable().describe('Always null here.'),
      sandboxDenied,
      oldestSeq: z.number().optional().describe('Oldest sequence number whose output is still readable. Capability `outputGap`.'),
      gap: gap.nullish(),
    }),
  }),
  'process/write': method({
    summary: 'Writes to stdin or the terminal. Writes of one process are applied in the order they arrive.',
    paramsName: 'WriteParams',
    gate: 'exec',
    params: z.object({ processId, chunk: base64.describe('Raw bytes.'), writeId }),
    result: z.object({ status: writeStatus }),
  }),
  'process/closeStdin': method({
    summary: 'Ends stdin after the queued writes. On a terminal it types the end-of-file character.',
    paramsName: 'CloseStdinParams',
    gate: 'exec',
    capability: 'processCloseStdin',
    params: z.object({ processId, writeId }),
    result: z.object({ status: writeStatus }),
  }),
  'process/resize': method({
    summary: 'Changes the size of a terminal; the program gets SIGWINCH.',
    paramsName: 'ResizeParams',
    gate: 'exec',
    capability: 'processResize',
    params: z.object({ processId, ...terminalSize.shape }),
    result: unit,
  }),
  'process/signal': method({
    summary: 'Delivers a signal to the process group of the program. A process that is not running is no error.',
    paramsName: 'SignalParams',
    gate: 'exec',
    params: z.object({
      processId,
      signal: z
        .enum(Object.keys(wireSignals) as WireSignal[])
        .describe('`interrupt` is the one of the base; the others are capability `processSignals`.'),
      target: z
        .enum(['group', 'foreground'])
        .nullish()
        .describe(
          '`group`, the default, is the group of the program; `foreground` is the one that has the terminal now, such as the job ' +
            'of a shell. Capability `processSignals`.',
        ),
    }),
    result: z.object({
      delivered: z.boolean().optional().describe('Whether anybody got it. The reference answers `{}`.'),
    }),
  }),
  'process/terminate': method({
    summary: 'Kills the process group of the program: at once, unless a grace is given.',
    paramsName: 'TerminateParams',
    gate: 'exec',
    params: z.object({
      processId,
      graceMs: timerMs
        .nullish()
        .describe(
          'Asks the group to end, with SIGTERM, and kills after so many milliseconds what is left of it; 0, the default, kills at ' +
            'once. Capability `processTerminateGrace`.',
        ),
      orphans: z
        .boolean()
        .nullish()
        .describe(
          'True also reaches what is left of the group of a program that has ended, as long as the process is retained. ' +
            'Capability `processTerminateGrace`.',
        ),
    }),
    result: z.object({ running: z.boolean().describe('Whether there was something to kill.') }),
  }),
  'process/grant': method({
    summary: 'Lets a process that was started with `creditBytes` say so much more. Every byte of output counts, pushed or read.',
    paramsName: 'GrantParams',
    gate: 'exec',
    capability: 'credits',
    params: z.object({ processId, bytes: u64.describe('Bytes of output.') }),
    result: unit,
  }),
  'process/list': method({
    summary: "The session's processes, alive and retained.",
    paramsName: 'ListParams',
    gate: 'exec',
    capability: 'processList',
    params: z.object({}).nullable(),
    result: z.object({
      processes: z.array(
        z.object({
          processId: z.string(),
          pid: z.number().nullable().describe('Null until the start is done.'),
          argv: z.array(z.string()),
          cwd: z.string().describe('As file URI.'),
          tty: z.boolean(),
          state: z.enum(['starting', 'running', 'exited', 'closed']),
          startedAtMs: z.number().describe('Milliseconds since the epoch.'),
          exitCode: z.number().nullable(),
          signal: z.string().nullable(),
          timedOut,
          nextSeq: z.number(),
          oldestSeq: z.number().describe('Oldest sequence number whose output is still readable.'),
          retainedBytes: z.number(),
        }),
      ),
    }),
  }),
};

export const processNotifications = {
  'process/output': {
    summary: 'Output of a process, as it comes.',
    sender: 'server',
    params: z.object({ processId: z.string(), seq, stream, chunk }),
  },
  'process/exited': {
    summary: 'The program has ended. Output may follow.',
    sender: 'server',
    params: z.object({ processId: z.string(), seq, exitCode, signal: signalName, timedOut, sandboxDenied }),
  },
  'process/closed': {
    summary: 'The program has ended and all its output has been sent. Nothing follows.',
    sender: 'server',
    params: z.object({ processId: z.string(), seq }),
  },
} satisfies Record<string, NotificationEntry>;
