const KiB = 1024;
const MiB = 1024 * KiB;

/** The numbers of the `mcp` room; a part of {@link limits}, as which they are used. */
export const mcpLimits = {
  // MCP servers in an environment
  /** Longest line, and with it the longest message, of a server on stdio. */
  mcpLineBytes: 8 * MiB,
  /** Longest line of its standard error; the rest of a longer one is dropped. */
  mcpStderrLineBytes: 1 * MiB,
  /** The end of its standard error that error messages quote. */
  mcpStderrTailBytes: 2 * KiB,
  /** Messages on their way to a server that does not read them; more are refused. One message always fits. */
  mcpUnsentBytes: 32 * MiB,
  /** Time to start a server, with its handshake and the first list of its tools, in milliseconds. */
  mcpStartupTimeoutMs: 30_000,
  /** A program gets this long to answer the question which era of MCP it speaks, in milliseconds. */
  mcpProbeTimeoutMs: 5_000,
  /** Pages of a list of tools; a server whose list goes on is not started. */
  mcpListPages: 100,
  /** Time for one call of a tool, in milliseconds. */
  mcpToolTimeoutMs: 300_000,
  /** A server whose input has ended gets this long to end by itself before it is killed, in milliseconds. */
  mcpCloseGraceMs: 2_000,
  /** The output of a server that has ended, when children of its hold it open: so long for the rest, and again after their end, in milliseconds. */
  mcpLastOutputMs: 300,
  /** Closing waits this long for the executor to confirm that the server is gone, in milliseconds. */
  mcpCloseTimeoutMs: 5_000,

  // MCP gateway
  /** Body of one request of a caller; 413 above it. */
  mcpBodyBytes: 16 * MiB,
  /** What is sent beyond it is thrown away as long as it comes without such a pause, and no longer than this, in milliseconds. */
  mcpLingerSilenceMs: 1_000,
  mcpLingerMs: 5_000,
  /** One message of an upstream: a line, an event or a JSON answer; the upstream, or the call, fails above it. */
  mcpMessageBytes: 16 * MiB,
  /** Sessions at once, and streams of `subscriptions/listen`; more are refused. */
  mcpSessions: 1_000,
  /** A session without a stream and without a request ends after so many milliseconds. */
  mcpSessionIdleMs: 30 * 60_000,
  /** What a caller says of itself and can do, as JSON text. */
  mcpClientDescriptionBytes: 64 * KiB,
  /** Calls at once of one session; more are refused as busy. */
  mcpCallsPerSession: 256,
  /** Calls at once of one upstream; more are refused as busy. */
  mcpCallsPerUpstream: 1_024,
  /** Upstreams at once. */
  mcpUpstreams: 64,
  /** A caller has this long to answer what an upstream asks of it, in milliseconds. */
  mcpCallerRequestMs: 600_000,
  /** Requests of upstreams that one session has still to answer; more are refused. */
  mcpCallerRequests: 1_024,
  /** Closing the gateway takes no longer, in milliseconds. */
  mcpShutdownMs: 10_000,
  /** Events kept for callers that lose their connection, per session: count, bytes and age in milliseconds. */
  mcpStoredEvents: 1_000,
  mcpStoredBytes: 8 * MiB,
  mcpStoredMs: 300_000,
  /** Messages waiting for a session without a stream; the oldest notifications go first. */
  mcpQueuedMessages: 256,
  /** Bytes a slow reader of an event stream may leave unread before its connection is cut. */
  mcpStreamBacklogBytes: 4 * MiB,
  /** Silence on an event stream before a comment is sent, in milliseconds. */
  mcpKeepAliveMs: 20_000,
  /** A call without a message for so long is answered by an event stream, in milliseconds. */
  mcpSilenceMs: 5_000,
  /** What a caller is told to wait before it takes up a broken stream, in milliseconds. */
  mcpRetryMs: 1_000,
  /** Entries and pages of one list of an upstream; it fails above them. */
  mcpListEntries: 10_000,
  mcpUpstreamListPages: 1_000,
  /** Lines of stderr logged in a second, for each upstream. */
  mcpStderrLinesPerSecond: 100,
  /** Text of an HTTP answer that is told in an error, in bytes. */
  mcpErrorTextBytes: 8 * KiB,
  /** First and longest pause before an upstream is started again, in milliseconds. */
  mcpRestartDelayMs: 500,
  mcpRestartMaxDelayMs: 30_000,
  /** An upstream that has run for so long starts anew at the first pause, in milliseconds. */
  mcpHealthyMs: 60_000,
  /** Failures in a row after which an upstream is given up. */
  mcpRestartAttempts: 10,
  /** A call waits so long for an upstream that is being restarted, in milliseconds. */
  mcpRestartWaitMs: 2_000,
  /** An idle upstream is asked for a sign of life this often, and has so long to give it, in milliseconds; two misses are a crash. */
  mcpPingIntervalMs: 30_000,
  mcpPingTimeoutMs: 10_000,
  /** Calls that wait for input of a caller without a session. */
  mcpParkedCalls: 256,
  mcpParkedMs: 600_000,
  /** Resources that are subscribed to at once, by all callers together. */
  mcpSubscriptions: 10_000,
  /** Changes of lists within so many milliseconds are told as one. */
  mcpCoalesceMs: 50,
  /** An upstream that does not tell its resources for so long is left out of the list, in milliseconds. */
  mcpListWaitMs: 3_000,
  /** Entries of a list in one answer to a caller. */
  mcpPageEntries: 1_000,
} as const;
