import { existsSync, readFileSync } from 'node:fs';

/** Whether a process runs; one that is dead and only waits for its parent does not. */
export function isRunning(pid: number): boolean {
  try {
    return existsSync(`/proc/${pid}/stat`) && !/^\d+ \(.*\) [ZX]/s.test(readFileSync(`/proc/${pid}/stat`, 'utf8'));
  } catch {
    return false; // it has just gone
  }
}

/** Resolves when none of the processes runs any more. @throws Error after ten seconds, with those that do */
export async function allGone(pids: readonly number[]): Promise<void> {
  for (const deadline = Date.now() + 10_000; pids.some(isRunning);) {
    if (Date.now() > deadline) throw new Error(`still running: ${pids.filter(isRunning).join(', ')}`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}
