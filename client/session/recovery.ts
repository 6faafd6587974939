import { limits, RpcError } from '@exec-server/protocol';
import { BackOff } from '../connection/back-off.js';
import { ConnectionRefusedError, DisconnectedError, SessionLostError } from '../errors.js';

export interface RecoveryOptions {
  /** How long a lost connection is sought again, in milliseconds; shorter than the server keeps the session. */
  readonly windowMs: number;
  /** One attempt: connects and takes the session up. */
  readonly attempt: () => Promise<void>;
  readonly signal: AbortSignal;
}

const sessionAttached = -32010;

/**
 * Tries to take the session up again until it succeeds or there is no sense in going on.
 * @throws SessionLostError when the window is over or the server does not know the session; the signal's reason
 */
export async function recover({ windowMs, attempt, signal }: RecoveryOptions): Promise<void> {
  const backOff = new BackOff({ delayMs: limits.resumeDelayMs, maxDelayMs: limits.resumeMaxDelayMs, windowMs }, performance.now());
  for (;;) {
    try {
      await attempt();
      return;
    } catch (error) {
      signal.throwIfAborted();
      if (isFinal(error)) throw new SessionLostError(`the session is lost: ${(error as Error).message}`, { cause: error });
      const pauseMs = backOff.next(performance.now(), Math.random());
      if (pauseMs === null) {
        throw new SessionLostError(`the session could not be taken up again within ${windowMs} ms: ${(error as Error).message}`, {
          cause: error,
        });
      }
      await pause(pauseMs, signal);
    }
  }
}

/** Errors that a further attempt would only repeat. A server that still counts the old connection is none of them. */
function isFinal(error: unknown): boolean {
  if (error instanceof DisconnectedError) return error instanceof SessionLostError;
  return (error instanceof RpcError && error.code !== sessionAttached) || (error instanceof ConnectionRefusedError && error.status < 500);
}

function pause(delayMs: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const abort = (): void => {
      clearTimeout(timer);
      reject(signal.reason as Error);
    };
    const timer = setTimeout(() => {
      signal.removeEventListener('abort', abort);
      resolve();
    }, delayMs);
    signal.addEventListener('abort', abort);
  });
}
