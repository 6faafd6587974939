import { limits } from '@exec-server/protocol';
import { ExecutorDisconnectedError, McpError, McpStartError, McpTimeoutError, type StartPhase, type Subject } from './errors.js';

/** A client of the MCP SDK, of its first or its second line. */
export interface ConnectableClient<T> {
  connect(transport: T, options?: { readonly timeout?: number; readonly signal?: AbortSignal }): Promise<void>;
}

/** A transport of this package. */
export interface PlacedTransport {
  readonly subject: Subject;
  /** How far the server has got. */
  readonly phase: StartPhase;
  /** Why it has ended without having been closed; null otherwise. */
  readonly failure: Error | null;
  /** The end of what the server has printed on its standard error; empty when there is none. */
  readonly stderrTail: string;
  /** Makes requests fail with {@link failure}. */
  awaitAnswers(): void;
  close(): Promise<void>;
  /** Where a server can be asked to end. */
  closeGracefully?(): Promise<void>;
}

export interface ConnectMcpOptions {
  /** Longest time for the start and the handshake, in milliseconds; 30 000 by default. */
  readonly timeoutMs?: number | undefined;
  /** Gives the start up. */
  readonly signal?: AbortSignal | undefined;
}

/**
 * Connects a client of the SDK over a transport of this package. When that fails, for whatever reason, the transport is
 * closed before the error is thrown, so that no server stays behind. From then on requests of the client fail with the reason
 * why its transport has ended.
 * @throws McpStartError, McpTimeoutError, ExecutorDisconnectedError; the signal's reason
 */
export async function connectMcp<T extends PlacedTransport>(
  client: ConnectableClient<NoInfer<T>>,
  transport: T,
  { timeoutMs = limits.mcpStartupTimeoutMs, signal }: ConnectMcpOptions = {},
): Promise<void> {
  const giveUp = new AbortController();
  const abort = (): void => giveUp.abort(signal?.reason);
  signal?.addEventListener('abort', abort);
  if (signal?.aborted) abort();
  const timer = setTimeout(() => giveUp.abort(new McpTimeoutError(transport.subject, 'starting', timeoutMs)), timeoutMs);
  try {
    giveUp.signal.throwIfAborted();
    transport.awaitAnswers();
    const given = new Promise<never>((_, reject) => giveUp.signal.addEventListener('abort', () => reject(giveUp.signal.reason as Error)));
    await Promise.race([client.connect(transport, { timeout: timeoutMs + 1_000, signal: giveUp.signal }), given]);
  } catch (error) {
    const failure = giveUp.signal.aborted ? null : transport.failure;
    await transport.close();
    if (giveUp.signal.aborted) throw toGivenUp(transport, giveUp.signal.reason as Error);
    throw toStartError(transport, failure ?? (error as Error));
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener('abort', abort);
  }
}

/** By now it is known what the server has said last. */
function toGivenUp({ subject, stderrTail }: PlacedTransport, reason: Error): Error {
  if (!(reason instanceof McpTimeoutError)) return reason;
  return new McpTimeoutError(subject, 'starting', reason.timeoutMs, { stderrTail });
}

function toStartError({ subject, phase, stderrTail }: PlacedTransport, error: Error): Error {
  const isItself = error instanceof McpStartError || error instanceof ExecutorDisconnectedError;
  if (isItself) return error;
  const message = error instanceof McpError ? error.reason : error.message;
  return new McpStartError(subject, phase, message, { stderrTail, cause: error });
}
