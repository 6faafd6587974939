import { performance } from 'node:perf_hooks';
import { Answer } from '../handler.js';
import type { CheckedParams } from '../handler.js';
import type { Process } from './process.js';

type ReadParams = CheckedParams<'process/read'>;

/** Answers a read now, or when there is news, or when its time is up. */
export function read(process: Process, params: ReadParams, waiter: { readonly signal: AbortSignal }): Answer | Promise<Answer> {
  const afterSeq = params.afterSeq ?? 0;
  const waitMs = params.waitMs ?? 0;
  const answer = new Answer(() => writeAnswer(process, afterSeq, params.maxBytes ?? null));
  if (waitMs === 0 || hasNews(process, afterSeq)) return answer;
  return waitForNews(process, afterSeq, waitMs, waiter.signal).then(() => answer);
}

/** Output after the cursor, an end the caller has not seen, or the certainty that nothing will come. */
function hasNews({ log, state }: Process, afterSeq: number): boolean {
  return log.hasAfter(afterSeq) || state === 'closed' || (state === 'exited' && afterSeq < log.nextSeq - 1);
}

async function waitForNews(process: Process, afterSeq: number, waitMs: number, signal: AbortSignal): Promise<void> {
  const deadline = performance.now() + waitMs;
  for (let left = waitMs; left > 0 && !hasNews(process, afterSeq); left = deadline - performance.now()) {
    await process.log.waitForEvent(left, signal);
  }
}

/**
 * The answer as JSON, as things stand when it is sent. With a limit, `nextSeq` follows the last chunk returned,
 * otherwise it is the number the next event will get (base).
 */
function writeAnswer(process: Process, afterSeq: number, maxBytes: number | null): string {
  const { log, state, exitCode, endSignal, hasTimedOut } = process;
  const entries = log.readAfter(afterSeq, maxBytes ?? Infinity);
  const last = entries.at(-1);
  const nextSeq = maxBytes !== null && last ? last.seq + 1 : log.nextSeq;
  const chunks = entries.map(({ seq, stream, chunk }) => `{"seq":${seq},"stream":"${stream}","chunk":"${chunk.toString('base64')}"}`);
  return (
    `{"chunks":[${chunks.join(',')}],"nextSeq":${nextSeq},"exited":${state !== 'running'},"exitCode":${exitCode},` +
    `${endSignal === null ? '' : `"signal":"${endSignal}",`}${hasTimedOut ? '"timedOut":true,' : ''}"closed":${state === 'closed'},"failure":null,"sandboxDenied":false}`
  );
}
