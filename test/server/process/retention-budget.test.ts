import * as assert from 'uvu/assert';
import type { OutputLog } from '#server/process/output-log.js';
import { OutputLogs } from '../../harness/output-logs.js';
import { suite } from '../../harness/test.js';

const test = suite('retention-budget');

const speak = (log: OutputLog, bytes: number): void => void log.append('stdout', Buffer.alloc(bytes));
const createLogs = (logs: OutputLogs, count: number): OutputLog[] => Array.from({ length: count }, () => logs.create());
const inMemory = (logs: readonly OutputLog[]): boolean[] => logs.map((log) => log.memoryBytes > 0);
const kept = (logs: readonly OutputLog[]): number[] => logs.map((log) => log.retainedBytes);

test('all logs draw on one budget', async () => {
  await using logs = new OutputLogs();
  const [a, b] = createLogs(logs, 2) as [OutputLog, OutputLog];
  speak(a, 30);
  speak(b, 40);
  assert.is(logs.budget.memoryBytes, a.memoryBytes + b.memoryBytes);
  b.clear();
  assert.is(logs.budget.memoryBytes, a.memoryBytes);
});

test('closed processes leave memory first, those closed longest before others, and no more than needed', async () => {
  await using logs = new OutputLogs({ memoryBytes: 2_100 });
  const all = createLogs(logs, 5);
  const [a, b, c, , e] = all as [OutputLog, OutputLog, OutputLog, OutputLog, OutputLog];
  for (const log of all.slice(0, 4)) speak(log, 300);
  logs.budget.noteClosed(c);
  logs.budget.noteClosed(b);
  speak(a, 300); // memory grows ahead of what is said
  await logs.settled();
  assert.equal(inMemory(all), [true, true, false, true, false]);
  speak(e, 250);
  await logs.settled();
  assert.equal(inMemory(all), [true, false, false, true, true]);
  assert.equal(kept(all), [600, 300, 300, 300, 250], 'nothing is lost');
});

test('without closed ones the speaker leaves memory, the others stay', async () => {
  await using logs = new OutputLogs({ memoryBytes: 1_000 });
  const all = createLogs(logs, 2);
  speak(all[0] as OutputLog, 500);
  speak(all[1] as OutputLog, 500);
  await logs.settled();
  assert.equal(inMemory(all), [true, false]);
  assert.equal(kept(all), [500, 500]);
});

test('T3: when the disk is used up, those closed longest lose theirs', async () => {
  await using logs = new OutputLogs({ memoryBytes: 500, diskBytes: 1_000 });
  const all = createLogs(logs, 3);
  for (const log of all) {
    speak(log, 600);
    logs.budget.noteClosed(log);
    await logs.settled();
  }
  assert.equal(kept(all), [0, 0, 600]);
  assert.equal(all[0]?.gapAfter(0), { fromSeq: 1, toSeq: 1, bytes: 600 });
});

test('S4: closed processes that cannot leave memory lose their output rather than filling it', async () => {
  await using logs = new OutputLogs({ memoryBytes: 1_000, directory: '/no/such/directory' });
  for (let process = 0; process < 50; process++) {
    const log = logs.create();
    speak(log, 100);
    logs.budget.noteClosed(log);
    await logs.settled();
  }
  assert.ok(logs.budget.memoryBytes <= 2_000, `${logs.budget.memoryBytes} bytes in memory`);
});

test('a forgotten log gives everything back, once, from disk as well', async () => {
  await using logs = new OutputLogs({ memoryBytes: 100 });
  const [log] = createLogs(logs, 1) as [OutputLog];
  speak(log, 300);
  logs.budget.noteClosed(log);
  await logs.settled();
  assert.is(logs.spill.used, 1);
  logs.budget.forget(log);
  logs.budget.forget(log);
  assert.equal([logs.budget.bytes, logs.spill.used], [0, 0]);
});
