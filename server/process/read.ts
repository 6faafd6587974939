import { performance } from 'node:perf_hooks';
import { limits } from '@exec-server/protocol';
import { Answer, type CheckedParams, type Json } from '../handler.js';
import { JsonPieces } from '../json-pieces.js';
import type { Process } from './process.js';

type ReadParams = CheckedParams<'process/read'>;

/** What stands around the chunks of an answer. */
const envelopeBytes = 64 * 1024;

/**
 * Answers a read now, or when there is news, or when its time is up. What is read counts as delivered.
 * @param maxMessageBytes the answer ends early rather than becoming longer
 */
export function read(
  process: Process,
  params: ReadParams,
  waiter: { readonly signal: AbortSignal },
  maxMessageBytes: number = limits.maxMessageBytes,
): Answer | Promise<Answer> {
  const afterSeq = params.afterSeq ?? 0;
  const waitMs = params.waitMs ?? 0;
  process.log.deliver(Math.min(afterSeq, process.log.nextSeq - 1));
  const answer = new Answer(() => writeAnswer(process, afterSeq, params.maxBytes ?? null, maxMessageBytes - envelopeBytes));
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
 * otherwise it is the number the next event will get (base). An answer that ends early for its length tells how things
 * stood at its last chunk.
 */
function writeAnswer(
  { log, state, exitSeq, exitCode, endSignal, hasTimedOut }: Process,
  afterSeq: number,
  maxBytes: number | null,
  maxAnswerBytes: number,
): Json {
  const entries = log.readAfter(afterSeq, maxBytes ?? Infinity, maxAnswerBytes);
  const last = entries.at(-1);
  const endsEarly = maxBytes === null && last !== undefined && log.hasAfter(last.seq);
  const nextSeq = last && (maxBytes !== null || endsEarly) ? last.seq + 1 : log.nextSeq;
  const hasExited = state !== 'running' && (!endsEarly || exitSeq < nextSeq);
  if (last) log.deliver(last.seq);
  const json = new JsonPieces();
  json.push('{"chunks":[');
  for (const [at, { seq, stream, chunk }] of entries.entries()) {
    json.push(`${at === 0 ? '' : ','}{"seq":${seq},"stream":"${stream}","chunk":"${chunk.toString('base64')}"}`);
  }
  const end = hasExited
    ? `"exited":true,"exitCode":${exitCode},${endSignal === null ? '' : `"signal":"${endSignal}",`}${hasTimedOut ? '"timedOut":true,' : ''}`
    : '"exited":false,"exitCode":null,';
  json.push(
    `],"nextSeq":${nextSeq},${end}"closed":${state === 'closed' && !endsEarly},"failure":null,` +
      `"sandboxDenied":false,"oldestSeq":${log.oldestSeq},"gap":${JSON.stringify(log.gapAfter(afterSeq))}}`,
  );
  return json.end();
}
