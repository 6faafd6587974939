import { setMaxListeners } from 'node:events';
import type { UpstreamConfig } from './config.js';
import { UpstreamStartError } from './start-error.js';

/**
 * A step of the start of an upstream. What it was doing when it is given up is the caller's to end.
 * @param quoteStderr what the upstream has written to stderr, ready to stand behind the message
 * @throws UpstreamStartError when the signal aborts, or it takes longer than the upstream may; and what the task throws
 */
export async function withinStartup<Result>(
  task: Promise<Result>,
  { name, startupTimeoutMs }: UpstreamConfig,
  signal: AbortSignal,
  quoteStderr: () => string = () => '',
): Promise<Result> {
  let timer: NodeJS.Timeout | undefined;
  let abort: (() => void) | undefined;
  const end = new Promise<never>((_, reject) => {
    abort = (): void => reject(new UpstreamStartError(502, 'aborted', `starting upstream ${name} was given up`));
    timer = setTimeout(() => {
      const message = `upstream ${name} was not ready within ${startupTimeoutMs} ms${quoteStderr()}`;
      reject(new UpstreamStartError(504, 'startup_timeout', message));
    }, startupTimeoutMs);
    setMaxListeners(0, signal); // one for each instance that is being started
    signal.addEventListener('abort', abort);
    if (signal.aborted) abort();
  });
  try {
    return await Promise.race([task, end]);
  } finally {
    clearTimeout(timer);
    if (abort) signal.removeEventListener('abort', abort);
  }
}
