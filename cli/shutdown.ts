const endings = ['SIGTERM', 'SIGINT', 'SIGHUP'] as const;

/** Resolves with the first signal that asks the process to end. A second one ends it on the spot. */
export function waitForEnding(): Promise<NodeJS.Signals> {
  return new Promise((resolve) => {
    for (const signal of endings) {
      process.once(signal, () => {
        for (const other of endings) process.once(other, () => process.exit(1));
        resolve(signal);
      });
    }
  });
}

/** Resolves when `task` is done or after `deadlineMs`, whichever comes first. */
export async function withDeadline(task: Promise<void>, deadlineMs: number): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  try {
    await Promise.race([task, new Promise<void>((resolve) => (timer = setTimeout(resolve, deadlineMs)))]);
  } finally {
    clearTimeout(timer);
  }
}
