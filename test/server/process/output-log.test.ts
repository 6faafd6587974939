import * as fc from 'fast-check';
import * as assert from 'uvu/assert';
import type { OutputLog } from '#server/process/output-log.js';
import { holdsLater } from '../../harness/property.js';
import { OutputLogs } from '../../harness/output-logs.js';
import { suite } from '../../harness/test.js';

const test = suite('output-log');

const never = new AbortController().signal;
const text = (log: OutputLog, afterSeq: number, maxBytes = Infinity): string[] =>
  log.readAfter(afterSeq, maxBytes).map(({ seq, chunk }) => `${seq}:${chunk.toString()}`);

function fill(log: OutputLog, ...chunks: string[]): OutputLog {
  for (const chunk of chunks) log.append('stdout', Buffer.from(chunk));
  return log;
}

const step = fc.oneof(
  { weight: 8, arbitrary: fc.record({ does: fc.constant('append' as const), size: fc.integer({ min: 1, max: 60 }) }) },
  { weight: 1, arbitrary: fc.record({ does: fc.constant('mark' as const) }) },
  { weight: 2, arbitrary: fc.record({ does: fc.constant('deliver' as const), back: fc.nat(20) }) },
  { weight: 2, arbitrary: fc.record({ does: fc.constant('settle' as const) }) },
  { weight: 1, arbitrary: fc.record({ does: fc.constant('leaveMemory' as const) }) },
  {
    weight: 4,
    arbitrary: fc.record({ does: fc.constant('read' as const), back: fc.nat(60), maxBytes: fc.oneof(fc.nat(200), fc.constant(Infinity)) }),
  },
);

const bounds = fc.record({
  maxBytes: fc.integer({ min: 1, max: 1_500 }),
  maxMemoryBytes: fc.integer({ min: 1, max: 2_000 }),
  maxUnwrittenBytes: fc.integer({ min: 1, max: 2_000 }),
  maxUndeliveredBytes: fc.integer({ min: 1, max: 3_000 }),
  blockBytes: fc.integer({ min: 80, max: 300 }),
  whenFull: fc.constantFrom('pause' as const, 'dropOldest' as const),
});

test('T3: with a disk or without, it returns what was said, says what is lost, and loses nothing it must not', () =>
  holdsLater(
    fc.tuple(bounds, fc.boolean(), fc.integer({ min: 200, max: 4_000 }), fc.array(step, { maxLength: 120 })),
    async ([limits, hasDisk, diskBytes, steps]) => {
      await using logs = new OutputLogs({ diskBytes, ...(hasDisk ? {} : { directory: '/no/such/directory' }) });
      const log = logs.create(limits);
      const said: { seq: number; chunk: Buffer }[] = [];
      let nextSeq = 1;
      let delivered = 0;
      for (const action of steps) {
        const wasFull = log.isFull;
        if (action.does === 'append' && !wasFull) {
          const chunk = Buffer.alloc(action.size, nextSeq);
          said.push({ seq: nextSeq, chunk });
          assert.is(log.append('stdout', chunk), nextSeq++);
        } else if (action.does === 'mark') assert.is(log.mark(), nextSeq++);
        else if (action.does === 'deliver') log.deliver((delivered = Math.max(delivered, nextSeq - 1 - action.back)));
        else if (action.does === 'settle') await logs.settled();
        else if (action.does === 'leaveMemory') log.leaveMemory(false);
        else if (action.does === 'read') {
          const afterSeq = Math.max(0, nextSeq - 1 - action.back);
          const all = said.filter(({ seq }) => seq > afterSeq && seq >= log.oldestSeq);
          const read = log.readAfter(afterSeq, action.maxBytes);
          const bytes = read.reduce((sum, { chunk }) => sum + chunk.length, 0);
          assert.ok(read.length <= 1 || bytes <= action.maxBytes);
          assert.equal(
            read.map(({ seq, chunk }) => ({ seq, chunk })),
            action.maxBytes === Infinity ? all : all.slice(0, read.length),
          );
          assert.is(read.length > 0, all.length > 0, 'at least one');
          const lost = said.filter(({ seq }) => seq > afterSeq && seq < log.oldestSeq);
          const lostBytes = lost.reduce((sum, { chunk }) => sum + chunk.length, 0);
          const gap = lost.length === 0 ? null : { fromSeq: afterSeq + 1, toSeq: lost.at(-1)?.seq, bytes: lostBytes };
          assert.equal(log.gapAfter(afterSeq), gap);
        }
        const lost = said.filter(({ seq }) => seq < log.oldestSeq);
        if (limits.whenFull === 'pause') assert.ok((lost.at(-1)?.seq ?? 0) <= delivered, 'nobody has got it, and it is lost');
        assert.is(
          log.retainedBytes,
          said.filter(({ seq }) => seq >= log.oldestSeq).reduce((sum, { chunk }) => sum + chunk.length, 0),
        );
        assert.ok(log.retainedBytes <= limits.maxBytes + 60 || log.isFull);
        assert.is(logs.budget.memoryBytes, log.memoryBytes);
      }
      await logs.settled();
      log.clear();
      await logs.settled();
      assert.equal([log.retainedBytes, log.memoryBytes, logs.budget.bytes, logs.spill.used], [0, 0, 0, 0]);
    },
    400,
  ));

test('numbers start at 1 and are shared by output, exit and close', async () => {
  await using logs = new OutputLogs();
  const log = logs.create();
  assert.is(log.nextSeq, 1);
  assert.equal([log.append('stdout', Buffer.from('a')), log.mark(), log.append('stderr', Buffer.from('b')), log.mark()], [1, 2, 3, 4]);
  assert.equal(text(log, 0), ['1:a', '3:b']);
  assert.equal(
    log.readAfter(0, 99).map(({ stream }) => stream),
    ['stdout', 'stderr'],
  );
});

test('at least one chunk comes back, and no more than the limit after that', async () => {
  await using logs = new OutputLogs();
  const log = fill(logs.create(), 'aaaa', 'bb', 'cc');
  for (const maxBytes of [0, 1, 4, 5]) assert.equal(text(log, 0, maxBytes), ['1:aaaa']);
  assert.equal(text(log, 0, 6), ['1:aaaa', '2:bb']);
  assert.equal(text(log, 1, 3), ['2:bb']);
  assert.equal(text(log, 1, 4), ['2:bb', '3:cc']);
  assert.equal(text(log, 3, 100), []);
});

test('an answer is no longer than it may be', async () => {
  await using logs = new OutputLogs();
  const log = fill(logs.create(), ...Array.from({ length: 100 }, () => 'x'.repeat(30)));
  const read = log.readAfter(0, Infinity, 1_040);
  assert.is(read.length, 10, '40 bytes of base64 and 64 around it, each');
});

test('what memory has no room for comes back from disk', async () => {
  await using logs = new OutputLogs({ slotBytes: 1_000 });
  const log = logs.create({ maxMemoryBytes: 2_000 });
  const said = Array.from({ length: 300 }, (_, at) => `chunk ${at} ${'.'.repeat(at % 90)}`);
  for (const [at, chunk] of said.entries()) {
    fill(log, chunk);
    if (at % 10 === 0) await logs.settled();
  }
  await logs.settled();
  assert.ok(log.memoryBytes <= 3_000, `${log.memoryBytes} in memory`);
  assert.ok(logs.spill.used > 5);
  assert.equal(
    text(log, 0),
    said.map((chunk, at) => `${at + 1}:${chunk}`),
  );
  log.clear();
  assert.is(logs.spill.used, 0);
});

test('S4: without a disk what was delivered gives way, what was not makes the log full, and it is said once', async () => {
  await using logs = new OutputLogs({ directory: '/no/such/directory' });
  const log = logs.create({ maxMemoryBytes: 1_000, maxUnwrittenBytes: 1_000 });
  while (!log.isFull) fill(log, 'x'.repeat(72));
  await logs.settled();
  assert.ok(log.isFull);
  assert.is(log.oldestSeq, 1, 'nothing is lost');
  log.deliver(log.nextSeq - 1);
  assert.is(log.isFull, false);
  assert.is(logs.rooms, 1);
  for (let more = 0; more < 100; more++) {
    log.sent(log.append('stdout', Buffer.alloc(72)));
    assert.is(log.isFull, false);
  }
  await logs.settled();
  assert.ok(log.memoryBytes <= 2_000);
  assert.is(logs.warnings.length, 1);
});

test('T3: without a disk it keeps of what was delivered what fits into its memory, however large the buffers are', async () => {
  const blockBytes = 25_000;
  await using logs = new OutputLogs({ directory: '/no/such/directory', slotBytes: blockBytes });
  const log = logs.create({ maxMemoryBytes: 100_000, maxUnwrittenBytes: 400_000, blockBytes });
  for (let chunk = 1; chunk <= 300; chunk++) {
    log.sent(log.append('stdout', Buffer.alloc(1_000)));
    assert.ok(log.retainedBytes >= Math.min(chunk, 97) * 1_000, `${log.retainedBytes} after ${chunk} chunks`);
    assert.ok(log.memoryBytes <= 100_000 + 2 * blockBytes + 8 * 150, `${log.memoryBytes} in memory`);
    if (chunk % 10 === 0) await logs.settled();
  }
});

test('a log whose reader is away is full at its limit and has room again once that was read', async () => {
  await using logs = new OutputLogs();
  const log = logs.create({ maxUndeliveredBytes: 1_000 });
  while (!log.isFull) fill(log, 'x'.repeat(30));
  const last = log.nextSeq - 1;
  assert.is(last, 10);
  log.deliver(5);
  assert.equal([log.isFull, logs.rooms], [true, 0], 'delivered blocks count as a whole');
  log.deliver(last);
  assert.equal([log.isFull, logs.rooms], [false, 1]);
});

test('what is pushed after something that was missed is not delivered before that is', async () => {
  await using logs = new OutputLogs();
  const log = logs.create({ maxBytes: 100 });
  fill(log, 'x'.repeat(80));
  log.sent(log.append('stdout', Buffer.alloc(80)));
  assert.equal([log.isFull, log.oldestSeq], [true, 1], 'the first chunk was never sent');
  log.deliver(1);
  assert.equal([log.isFull, log.oldestSeq], [false, 2]);
});

test('T3: by policy the oldest is dropped at the limit, and the gap tells', async () => {
  await using logs = new OutputLogs();
  const log = fill(logs.create({ maxBytes: 4, whenFull: 'dropOldest' }), 'aa', 'bb', 'cc');
  assert.equal(text(log, 0), ['2:bb', '3:cc']);
  assert.equal([log.isFull, log.oldestSeq], [false, 2]);
  assert.equal(log.gapAfter(0), { fromSeq: 1, toSeq: 1, bytes: 2 });
  assert.is(log.gapAfter(1), null);
});

test('clearing drops the output and goes on with the numbers', async () => {
  await using logs = new OutputLogs();
  const log = fill(logs.create(), 'a', 'b');
  log.clear();
  assert.is(log.hasAfter(0), false);
  fill(log, 'c');
  assert.equal(text(log, 0), ['3:c']);
});

test('an append and a mark wake whoever waits', async () => {
  await using logs = new OutputLogs();
  const log = logs.create();
  for (const event of [() => log.append('stdout', Buffer.from('x')), () => log.mark()]) {
    const waits = [log.waitForEvent(3_600_000, never), log.waitForEvent(Number.MAX_VALUE, never)];
    event();
    await Promise.all(waits);
  }
});
