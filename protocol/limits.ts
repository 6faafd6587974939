import { mcpLimits } from './mcp-limits.js';

const KiB = 1024;
const MiB = 1024 * KiB;

/**
 * Every default number of the house, with its unit in the name.
 * "Base" marks a number both peers of the wire rely on; the others are this implementation's choice.
 */
export const limits = {
  // The wire
  /** Base: largest payload of one WebSocket frame, either way. Larger ones end the connection. */
  maxFrameBytes: 16 * MiB,
  /** Base: largest message, either way. Larger results are refused, larger messages end the connection. */
  maxMessageBytes: 64 * MiB,
  /** Outgoing messages are cut into frames of this size, so that no frame comes near the limit. */
  outgoingFrameBytes: 8 * MiB,
  /** Base: nested arrays and objects in one message. */
  maxJsonDepth: 127,
  /** Base: JSON values in one message, containers included. */
  maxJsonValues: 262_144,

  // Connections
  /** HTTP connections open at once, those on their way to becoming WebSockets included. */
  maxConnections: 10_000,
  /** A peer has this long from connecting to its HTTP request head, in milliseconds. */
  requestHeadTimeoutMs: 10_000,
  /** An idle HTTP connection is kept this long, in milliseconds: longer than clients keep theirs, or a request meets the close. */
  httpKeepAliveMs: 120_000,
  /** A connection without a session after this time is closed, in milliseconds. */
  handshakeTimeoutMs: 30_000,
  /** Base: the server pings this often, in milliseconds. */
  pingIntervalMs: 30_000,
  /** A ping unanswered for this long marks the peer as unresponsive: its session may be taken over. */
  pongTimeoutMs: 10_000,
  /** A contested session probes its connection; without an answer in this time it may be taken over. */
  probeTimeoutMs: 2_000,
  /** A peer that gave no sign of life for this long, in either direction, is dropped, in milliseconds. */
  deadPeerMs: 90_000,
  /** Requests of one connection that are not answered yet; above it the connection is not read. */
  maxRequestsInFlight: 16_384,
  /** Bytes of such requests; above it the connection is not read. One message always fits. */
  maxRequestBytesInFlight: 64 * MiB,
  /** Requests of one connection that work at the same time; waiting ones are not counted. */
  workSlots: 64,
  /** Unsent bytes of a connection above which its sources pause and answers wait. `bench/output`. */
  outboxHighWaterBytes: 256 * KiB,
  /** Unsent bytes above which even the shortest answers wait. */
  outboxHardLimitBytes: 8 * MiB,
  /** Time a closing connection gets to take what is buffered, in milliseconds. */
  closeGraceMs: 1_000,

  // Sessions
  /** Base: a session without a connection lives this long, in milliseconds. Longer than `resumeWindowMs`. */
  detachedSessionMs: 80_000,
  /** Sessions at once. Beyond it the longest detached one without processes gives way. */
  maxSessions: 16_384,

  // Processes
  /** Live processes of one server. */
  maxProcesses: 4_096,
  /** What the group of an ended program left behind is looked at this often, in milliseconds: the number of an empty group is free. */
  orphanCheckMs: 1_000,
  /** A closing server waits this long for killed processes to be reaped, in milliseconds. */
  reapGraceMs: 2_000,
  /** What the shell that guards process groups has still to read; above it the shell is replaced. All of `maxProcesses` fit. */
  guardBacklogBytes: 128 * KiB,
  /** Base: a closed process stays readable and its id taken for this long, in milliseconds. */
  closedProcessMs: 80_000,
  /** Retained output of one process, in memory and on disk together, unless its start says otherwise. The base keeps 1 MiB. */
  retainedOutputBytes: 64 * MiB,
  /** The part of it that stays in memory. */
  outputMemoryBytes: 1 * MiB,
  /** Output of one process in memory while the disk is slow or fails; above it the process is paused. */
  unwrittenOutputBytes: 4 * MiB,
  /**
   * Output of one process that no client has got, as it takes part in an answer; above it the process is paused.
   * Together with what a broken connection may lose it fits into one message, as a client of the base needs it to.
   */
  undeliveredOutputBytes: 48 * MiB,
  /** A client that comes back to a paused process has this long to begin to read, in milliseconds. */
  catchUpMs: 10_000,
  /** Output of all processes in memory; beyond it the oldest is moved to disk, that of closed processes first. */
  outputMemoryBytesPerServer: 64 * MiB,
  /** Output of all processes on disk; beyond it those closed longest lose theirs first. */
  spilledOutputBytesPerServer: 1024 * MiB,
  /** Output that is written to disk, and dropped from there, as one. */
  spillBlockBytes: 256 * KiB,
  /** Largest piece of output in one notification. `bench/output`: base64 of more leaves its fast path. */
  outputChunkBytes: 64 * KiB,
  /** Output in the answer of a run, unless the request says otherwise. */
  runOutputBytes: 16 * MiB,
  /** Most that a request may ask for: in base64 it fits `maxMessageBytes`. */
  mostRunOutputBytes: 40 * MiB,
  /** Output kept for the answers of all runs; beyond it they are truncated. */
  runOutputBytesPerServer: 256 * MiB,
  /** Base: stdin writes accepted but not taken by the process yet. */
  stdinQueueWrites: 128,
  /** Bytes of such writes; one write is always accepted by an empty queue. */
  stdinQueueBytes: 4 * MiB,
  /** Base: write ids remembered per process. */
  rememberedWriteIds: 4_096,
  /** Launches in one turn of the event loop, so that a burst of starts leaves room for everything else. */
  launchesPerTurn: 4,
  /** Named pipes made ahead in one go: starting `mkfifo` costs as much as starting a process. */
  pipeBatch: 64,
  /** Base: size of a terminal unless the start says otherwise. */
  terminalRows: 24,
  terminalCols: 80,

  // Environment
  /** Length of a file of settings; larger ones are refused. */
  configFileBytes: 1 * MiB,
  /** Base: length of a file of a skill or a plugin, and levels of directories that are searched for them; larger and deeper ones are left out. */
  capabilityFileBytes: 1 * MiB,
  capabilityDepth: 6,
  /** Directories searched in one root, and bytes of files in one answer. */
  capabilityDirectories: 10_000,
  capabilityBytes: 16 * MiB,

  // Files
  /** Base: larger files are not read as a whole. What an answer can hold is less: see `maxMessageBytes`. */
  readFileBytes: 512 * MiB,
  /** Base: bytes of one `fs/readBlock` or `fs/writeBlock`. */
  fileBlockBytes: 1 * MiB,
  /** Base: open files of one connection, those being opened included. */
  openFiles: 128,
  /** Base: length of a handle's id, in bytes. */
  handleIdBytes: 32,
  /** Base: how far a walk may be asked to go: levels below its root, directories entered, entries returned. */
  walkDepth: 64,
  walkDirectories: 10_000,
  walkEntries: 50_000,
  /** The answer of a walk; a longer one is cut, and says so. Well below what a message holds. */
  walkAnswerBytes: 32 * MiB,
  /** Content of files on its way into answers of one connection; more waits. What is larger than this goes alone. */
  fileAnswerBytes: 16 * MiB,
  /** Base: paths of one `fs/watchMissing`. */
  watchMissingPaths: 64,
  /** Watches of one connection, and the directories they need together: the system has few, and asks for memory. */
  watches: 64,
  watchedDirectories: 8_192,
  /** Changes that come within this time are told together, in milliseconds. */
  watchPauseMs: 50,
  /** Paths in one notification of a watch; beyond it the client is told to look at everything. */
  watchPaths: 1_024,
  /** Events between two notifications; beyond it some may be lost: the system's queue holds 16 384 for all watches. */
  watchBurstEvents: 4_096,

  // HTTP
  /** Exchanges of one connection at once, streams included. The base has no cap; its clients have had 400 open. */
  httpExchanges: 1_024,
  /** Base: redirects that are followed. */
  httpRedirects: 10,
  /** Bodies of requests of one connection that have no answer yet; one is always taken. */
  httpRequestBytes: 64 * MiB,
  /** Largest body of a response that is answered as a whole: in base64 it leaves room in a message. Larger ones have to be streamed. */
  httpBufferedBodyBytes: 32 * MiB,
  /** Such bodies on the way in, or waiting to be sent, of all connections. */
  httpBufferedBytesPerServer: 256 * MiB,
  /** Largest head of a response, about that of the base. */
  httpHeadBytes: 400 * KiB,
  /** Largest piece of a streamed body in one notification, unless it was read as one; half of it goes out without waiting for more. */
  httpDeltaBytes: 64 * KiB,
  /** Pieces of a streamed request body that wait to be taken by the server, and their bytes; one is always taken. */
  httpUploadPieces: 16,
  httpUploadBytes: 4 * MiB,
  /** Connections to servers kept for later, per connection of a client, and how long, in milliseconds. */
  httpIdleConnections: 32,
  httpIdleConnectionMs: 30_000,
  /** The body of a redirect is read up to here, and so long in milliseconds, to keep its connection; then that is broken. */
  httpDiscardedBytes: 64 * KiB,
  httpDiscardMs: 1_000,

  // Client
  /** Time to reach the server and finish the WebSocket handshake, in milliseconds. */
  connectTimeoutMs: 8_000,
  /** Time the server has to answer `initialize`, in milliseconds. */
  initializeTimeoutMs: 8_000,
  /** A lost connection is sought again for this long, in milliseconds. Shorter than `detachedSessionMs`. The base gives up after 45 s. */
  resumeWindowMs: 62_000,
  /** First and longest pause between two attempts to resume, in milliseconds. */
  resumeDelayMs: 50,
  resumeMaxDelayMs: 1_000,
  /** Requests of one client under way; more wait in line. The reference server stalls above a few hundred. */
  clientRequestsInFlight: 64,
  /** The same with this project's own server, which takes in far more. */
  clientRequestsInFlightOwnServer: 1_024,
  /** The client pings this often and gives the server as long again to show life, in milliseconds. */
  clientPingIntervalMs: 15_000,
  /** Output of a process that nobody reads yet, kept by the client. Older output is fetched or announced as lost. */
  unreadOutputBytes: 8 * MiB,
  /** Output waiting for a slow reader, above which the client stops reading the connection. */
  readerHighWaterBytes: 1 * MiB,
  /** Output of one process that its reader has still to take, above which a server with credits pauses the process. */
  outputWindowBytes: 8 * MiB,
  /** Output the client fetches at a time when it has missed some: at first, and at most. */
  firstPageBytes: 128 * KiB,
  catchUpPageBytes: 4 * MiB,
  /** Events ahead of a missing sequence number before the client fetches what is missing. */
  outOfOrderEvents: 256,
  /** The same after so long without the missing one, in milliseconds. */
  missingEventMs: 250,
  /** A piece of a body that comes so much later than those behind it is missing, in milliseconds. A connection keeps the order. */
  missingDeltaMs: 1_000,
  /** Body of one response that its reader has still to take, above which a server with credits stops reading upstream. */
  bodyWindowBytes: 4 * MiB,
  /** The same of all responses of a client together, from servers without credits; a body that exceeds it fails. */
  undeliveredBodyBytes: 64 * MiB,
  /** Bytes of a body nobody wants that are read and dropped before the exchange is cancelled: asking costs more than a few bytes. */
  unwantedBodyBytes: 64 * KiB,
  /** Exchanges without a reader that a server without `http/cancel` goes on with, remembered to be told of by `inspect`. */
  abandonedExchanges: 256,
  /** Largest body of a request that is sent in one message to a server that takes bodies in pieces too, and its pieces. */
  inlineRequestBodyBytes: 1 * MiB,
  requestBodyPieceBytes: 256 * KiB,
  /** Largest body of a request for other servers: in base64 it fits `maxMessageBytes`, and both sides hold it in memory. */
  bufferedRequestBodyBytes: 32 * MiB,
  /** A body of a request whose end comes within this time is sent with its length, in milliseconds. */
  gatherBodyMs: 20,
  /** Blocks of one open file that the client has under way, or waiting for a reader. `bench/files`. */
  fileBlocksInFlight: 4,
  /** Files up to this size travel in one message; larger ones in blocks. */
  wholeFileBytes: 4 * MiB,
  /** Changed paths that wait for the reader of a watch; above it they are dropped, and the reader is told to look at everything again. */
  watchedChanges: 1_024,

  // Command line
  /** Files that `cp` copies at the same time, unless told otherwise, and directories it reads ahead of them. */
  copyFilesInFlight: 4,
  /** The most it can be told: each has a handle, of which a connection has 128, and some blocks in memory. */
  mostCopyFilesInFlight: 64,
  /** Files found and not copied yet, above which `cp` reads no further directories. */
  copyQueueFiles: 10_000,
  /** How often `cp` begins with a file again after the line broke, or the file was changed. */
  copyAttempts: 10,
  /** An interrupted `cp` has this long to remove what it has begun on the server, in milliseconds. */
  copyCleanUpMs: 3_000,
  /** Names of which `ls` and `cp` ask for size and time at once. */
  looksInFlight: 32,
  /** A progress bar is drawn this often, in milliseconds. */
  progressIntervalMs: 200,
  ...mcpLimits,
} as const;

/** The longest time a timer can hold, in milliseconds: one that is given more fires at once. */
export const longestTimerMs = 2 ** 31 - 1;

export type Limits = { readonly [Name in keyof typeof limits]: number };
