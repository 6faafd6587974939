import type { ExecClient } from '@exec-server/client';

/** The same work done through the server and by plain Node, one after the other. */
export interface Scenario {
  readonly name: string;
  /** Of both figures. */
  readonly unit: string;
  /** Whether a small ratio of the two is good. */
  readonly better: 'lower' | 'higher';
  /** Through the server. */
  ours(client: ExecClient): Promise<number>;
  /** By the shortest program that does the work without a server. */
  plain(): Promise<number>;
}

export function median(numbers: readonly number[]): number {
  const sorted = numbers.toSorted((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? NaN;
}

/** Milliseconds that `task` takes. */
export async function time(task: () => Promise<unknown>): Promise<number> {
  const started = performance.now();
  await task();
  return performance.now() - started;
}

/** The median of `runs` runs, in milliseconds, after some that do not count. */
export async function timeEach(runs: number, task: () => Promise<unknown>): Promise<number> {
  const times: number[] = [];
  for (let run = -10; run < runs; run++) {
    const ms = await time(task);
    if (run >= 0) times.push(ms);
  }
  return median(times);
}

/** Reads a stream to its end; returns its bytes. */
export async function count(stream: AsyncIterable<Uint8Array>): Promise<number> {
  let bytes = 0;
  for await (const chunk of stream) bytes += chunk.length;
  return bytes;
}
