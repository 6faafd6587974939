/** What the task resolves with; undefined when it fails, or has not settled after `deadlineMs`. */
export async function withDeadline<T>(task: Promise<T>, deadlineMs: number): Promise<T | undefined> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<undefined>((resolve) => (timer = setTimeout(() => resolve(undefined), deadlineMs)));
  try {
    return await Promise.race([task.catch(() => undefined), late]);
  } finally {
    clearTimeout(timer);
  }
}
