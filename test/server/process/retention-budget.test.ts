import * as assert from 'uvu/assert';
import { OutputLog } from '#server/process/output-log.js';
import { RetentionBudget } from '#server/process/retention-budget.js';
import { suite } from '../../harness/test.js';

const test = suite('retention-budget');

function createLogs(budget: RetentionBudget, count: number): OutputLog[] {
  return Array.from({ length: count }, () => new OutputLog({ maxBytes: 1_000, maxChunks: 1_000 }, budget));
}

const speak = (log: OutputLog | undefined, bytes: number): void => void log?.append('stdout', Buffer.alloc(bytes));
const kept = (logs: readonly OutputLog[]): number[] => logs.map((log) => log.retainedBytes);

test('all logs draw on one budget', () => {
  const budget = new RetentionBudget(100);
  const logs = createLogs(budget, 2);
  speak(logs[0], 30);
  speak(logs[1], 40);
  assert.is(budget.bytes, 70);
  logs[0]?.evictOldest();
  assert.is(budget.bytes, 40);
  logs[1]?.clear();
  assert.is(budget.bytes, 0);
});

test('exactly the budget fits', () => {
  const budget = new RetentionBudget(100);
  const logs = createLogs(budget, 2);
  speak(logs[0], 50);
  speak(logs[1], 50);
  assert.equal(kept(logs), [50, 50]);
});

test('closed processes lose theirs first, those closed longest before others, and no more than needed', () => {
  const budget = new RetentionBudget(100);
  const logs = createLogs(budget, 4);
  for (const log of logs) speak(log, 25);
  budget.noteClosed(logs[2] as OutputLog);
  budget.noteClosed(logs[1] as OutputLog);
  speak(logs[0], 20);
  assert.equal(kept(logs), [45, 25, 0, 25]);
  speak(logs[3], 10);
  assert.equal(kept(logs), [45, 0, 0, 35]);
  assert.is(budget.bytes, 80);
});

test('without closed ones the speaker loses its own oldest output, the others nothing', () => {
  const budget = new RetentionBudget(100);
  const logs = createLogs(budget, 2);
  for (let at = 0; at < 4; at++) speak(logs[0], 20);
  for (let at = 0; at < 3; at++) speak(logs[1], 10);
  assert.equal(kept(logs), [80, 20]);
  assert.is(logs[1]?.oldestSeq, 2);
  assert.is(budget.bytes, 100);
});

test('a chunk larger than the whole budget is not kept', () => {
  const budget = new RetentionBudget(10);
  const [log] = createLogs(budget, 1);
  speak(log, 11);
  assert.equal([log?.retainedBytes, log?.nextSeq, budget.bytes], [0, 2, 0]);
});

test('a forgotten log gives everything back, once', () => {
  const budget = new RetentionBudget(100);
  const logs = createLogs(budget, 2);
  for (const log of logs) speak(log, 30);
  budget.noteClosed(logs[0] as OutputLog);
  budget.forget(logs[0] as OutputLog);
  budget.forget(logs[0] as OutputLog);
  assert.is(budget.bytes, 30);
  speak(logs[1], 70);
  assert.equal(kept(logs), [0, 100]);
});
