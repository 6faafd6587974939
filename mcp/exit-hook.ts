import type { RemoteProcess } from '@exec-server/client';

const live = new Set<RemoteProcess>();

function killAll(): void {
  for (const process of live) void process.terminate().catch(() => undefined); // nobody is left to be told
}

/**
 * Asks the executor to kill a program when this process exits: with `process.exit()`, at its end, or after an uncaught
 * exception. A process that is killed cannot ask; then the program ends with its session, once that has expired.
 * Returns what takes it back.
 */
export function killAtExit(remote: RemoteProcess): () => void {
  if (live.size === 0) process.once('exit', killAll);
  live.add(remote);
  return () => {
    live.delete(remote);
    if (live.size === 0) process.removeListener('exit', killAll);
  };
}
