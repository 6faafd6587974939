import { decodeBase64, type ProcessReadResult } from '@exec-server/protocol';
import type { EventOrder } from './event-order.js';

/** Reads the log of the process after a cursor. */
export type ReadLog = (afterSeq: number) => Promise<ProcessReadResult>;

/**
 * Fetches what happened after the last event that was delivered and brings the order up to date. What the server no
 * longer has is announced as a gap.
 */
export async function catchUp(order: EventOrder, read: ReadLog): Promise<void> {
  const result = await read(order.cursor);
  for (const { seq, stream, chunk } of result.chunks) order.push({ type: 'output', seq, stream, chunk: decodeBase64(chunk) });
  inferEnd(order, result);
  order.skipTo(result.nextSeq - 1);
}

/**
 * The log returns output only. Without a byte limit `nextSeq` counts all events, so that the last number belongs to the
 * close once there is one, and the latest that is missing otherwise to the exit: output that is missing was evicted, and
 * eviction takes the oldest.
 */
function inferEnd(order: EventOrder, { nextSeq, exited, exitCode, signal, timedOut, closed }: ProcessReadResult): void {
  const last = nextSeq - 1;
  if (closed) order.push({ type: 'closed', seq: last });
  if (!exited || order.hasExit) return;
  for (let seq = last; seq > order.cursor; seq--) {
    if (order.has(seq)) continue;
    order.push({ type: 'exited', seq, exitCode: exitCode ?? -1, signal: signal ?? null, timedOut: timedOut ?? false });
    return;
  }
}
