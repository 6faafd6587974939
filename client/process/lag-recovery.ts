import { decodeBase64, limits, type ProcessReadResult } from '@exec-server/protocol';
import { OutcomeUnknownError } from '../errors.js';
import type { EventOrder } from './event-order.js';

/** Reads the log of the process after a cursor, about so many bytes at most. */
export type ReadLog = (afterSeq: number, maxBytes: number) => Promise<ProcessReadResult>;

/**
 * Fetches what happened after the last event that was delivered and brings the order up to date, answer by answer. What
 * the server no longer has is announced as a gap. Answers grow, and are short again after a line that broke, so that some
 * get through however often it breaks.
 */
export async function catchUp(order: EventOrder, read: ReadLog): Promise<void> {
  const { latestSeq } = order;
  for (let pageBytes: number = limits.firstPageBytes; ; pageBytes = Math.min(2 * pageBytes, limits.catchUpPageBytes)) {
    const result = await read(order.cursor, pageBytes).catch(ifLost);
    if (result === null) {
      pageBytes = limits.firstPageBytes / 2;
      continue;
    }
    if (result.gap) order.skipTo(result.gap.toSeq);
    for (const { seq, stream, chunk } of result.chunks) order.push({ type: 'output', seq, stream, chunk: decodeBase64(chunk) });
    const end = endOfPart(result);
    if (end === null) {
      inferEnd(order, result);
      order.skipTo(result.nextSeq - 1);
      return;
    }
    inferExit(order, result, end);
    order.skipTo(end);
    // What follows arrives by itself now; what was there before may be from a line that broke in the middle of it.
    if (order.cursor > Math.max(end, latestSeq) && order.earlyCount === 0) return;
  }
}

/** The line broke before the answer: it is asked for again, on the next one. */
function ifLost(error: unknown): null {
  if (error instanceof OutcomeUnknownError) return null;
  throw error;
}

/** The last number of an answer behind which there may be more; null for one that tells everything. Servers that tell of gaps may end early. */
function endOfPart({ chunks, nextSeq, gap }: ProcessReadResult): number | null {
  const last = chunks.at(-1);
  return gap !== undefined && last && nextSeq === last.seq + 1 ? last.seq : null;
}

/**
 * The log returns output only. Without a byte limit `nextSeq` counts all events, so that the last number belongs to the
 * close once there is one, and the latest that is missing otherwise to the exit: output that is missing was evicted, and
 * eviction takes the oldest.
 */
function inferEnd(order: EventOrder, result: ProcessReadResult): void {
  const last = result.nextSeq - 1;
  if (result.closed) order.push({ type: 'closed', seq: last });
  inferExit(order, result, last);
}

function inferExit(order: EventOrder, { exited, exitCode, signal, timedOut }: ProcessReadResult, last: number): void {
  if (!exited || order.hasExit) return;
  for (let seq = last; seq > order.cursor; seq--) {
    if (order.has(seq)) continue;
    order.push({ type: 'exited', seq, exitCode: exitCode ?? -1, signal: signal ?? null, timedOut: timedOut ?? false });
    return;
  }
}
