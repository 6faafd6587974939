import * as fc from 'fast-check';
import * as assert from 'uvu/assert';
import { OutputLog, type OutputLogLimits } from '#server/process/output-log.js';
import { RetentionBudget } from '#server/process/retention-budget.js';
import { holds } from '../../harness/property.js';
import { suite } from '../../harness/test.js';

const test = suite('output-log');

const roomy: OutputLogLimits = { maxBytes: 1_000_000, maxChunks: 1_000_000 };
const never = new AbortController().signal;
const createLog = (limits: OutputLogLimits = roomy): OutputLog => new OutputLog(limits, new RetentionBudget(1e9));
const text = (log: OutputLog, afterSeq: number, maxBytes = Infinity): string[] =>
  log.readAfter(afterSeq, maxBytes).map(({ seq, chunk }) => `${seq}:${chunk.toString()}`);

function fill(log: OutputLog, ...chunks: string[]): OutputLog {
  for (const chunk of chunks) log.append('stdout', Buffer.from(chunk));
  return log;
}

/** The same promises, kept in the simplest way. */
class Model {
  entries: { seq: number; size: number }[] = [];
  nextSeq = 1;
  constructor(readonly limits: OutputLogLimits) {}

  get bytes(): number {
    return this.entries.reduce((sum, { size }) => sum + size, 0);
  }
  append(size: number): void {
    this.entries.push({ seq: this.nextSeq++, size });
    while (this.bytes > this.limits.maxBytes || this.entries.length > this.limits.maxChunks) this.entries.shift();
  }
  readAfter(afterSeq: number, maxBytes: number): number[] {
    const found: number[] = [];
    let bytes = 0;
    for (const { seq, size } of this.entries.filter((entry) => entry.seq > afterSeq)) {
      if (found.length > 0 && (bytes >= maxBytes || bytes + size > maxBytes)) break;
      found.push(seq);
      bytes += size;
    }
    return found;
  }
}

const step = fc.oneof(
  { weight: 6, arbitrary: fc.record({ does: fc.constant('append' as const), size: fc.integer({ min: 1, max: 40 }) }) },
  { weight: 2, arbitrary: fc.record({ does: fc.constant('mark' as const) }) },
  { weight: 1, arbitrary: fc.record({ does: fc.constant('evict' as const) }) },
  {
    weight: 4,
    arbitrary: fc.record({ does: fc.constant('read' as const), back: fc.nat(30), maxBytes: fc.oneof(fc.nat(100), fc.constant(Infinity)) }),
  },
);

test('it keeps, drops and returns what a simple list would', () => {
  const limits = fc.record({ maxBytes: fc.integer({ min: 1, max: 300 }), maxChunks: fc.integer({ min: 1, max: 12 }) });
  holds(
    fc.tuple(limits, fc.array(step, { maxLength: 80 })),
    ([bounds, steps]) => {
      const budget = new RetentionBudget(1e9);
      const log = new OutputLog(bounds, budget);
      const model = new Model(bounds);
      for (const action of steps) {
        if (action.does === 'append') {
          assert.is(log.append('stdout', Buffer.alloc(action.size)), model.nextSeq);
          model.append(action.size);
        } else if (action.does === 'mark') {
          assert.is(log.mark(), model.nextSeq++);
        } else if (action.does === 'evict') {
          assert.is(log.evictOldest(), model.entries.shift() !== undefined);
        } else {
          const afterSeq = Math.max(0, model.nextSeq - action.back);
          const read = log.readAfter(afterSeq, action.maxBytes).map(({ seq }) => seq);
          assert.equal(read, model.readAfter(afterSeq, action.maxBytes));
          assert.is(log.hasAfter(afterSeq), model.readAfter(afterSeq, Infinity).length > 0);
        }
        assert.is(log.nextSeq, model.nextSeq);
        assert.is(log.oldestSeq, model.entries[0]?.seq ?? model.nextSeq);
        assert.is(log.retainedBytes, model.bytes);
        assert.is(budget.bytes, model.bytes, 'the budget knows the same number');
      }
    },
    500,
  );
});

test('a long life leaves the same as a short one', () => {
  const log = createLog({ maxBytes: 10, maxChunks: 1_000 });
  for (let at = 1; at <= 10_000; at++) log.append('stdout', Buffer.from([at % 256]));
  assert.equal(
    log.readAfter(0, Infinity).map(({ seq }) => seq),
    [9991, 9992, 9993, 9994, 9995, 9996, 9997, 9998, 9999, 10_000],
  );
  assert.equal(
    log.readAfter(9997, Infinity).map(({ chunk }) => chunk[0]),
    [9998 % 256, 9999 % 256, 10_000 % 256],
  );
});

test('numbers start at 1 and are shared by output, exit and close', () => {
  const log = createLog();
  assert.is(log.nextSeq, 1);
  assert.equal([log.append('stdout', Buffer.from('a')), log.mark(), log.append('stderr', Buffer.from('b')), log.mark()], [1, 2, 3, 4]);
  assert.equal(text(log, 0), ['1:a', '3:b']);
  assert.equal(
    log.readAfter(0, 99).map(({ stream }) => stream),
    ['stdout', 'stderr'],
  );
});

test('at least one chunk comes back, and no more than the limit after that', () => {
  const log = fill(createLog(), 'aaaa', 'bb', 'cc');
  assert.equal(text(log, 0, 0), ['1:aaaa']);
  assert.equal(text(log, 0, 1), ['1:aaaa']);
  assert.equal(text(log, 0, 4), ['1:aaaa']);
  assert.equal(text(log, 0, 5), ['1:aaaa']);
  assert.equal(text(log, 0, 6), ['1:aaaa', '2:bb']);
  assert.equal(text(log, 1, 3), ['2:bb']);
  assert.equal(text(log, 1, 4), ['2:bb', '3:cc']);
  assert.equal(text(log, 3, 100), []);
});

test('T3: what was dropped shows as missing numbers, never as other bytes', () => {
  const log = fill(createLog({ maxBytes: 4, maxChunks: 10 }), 'aa', 'bb', 'cc');
  assert.equal(text(log, 0), ['2:bb', '3:cc']);
  assert.is(log.oldestSeq, 2);
});

test('a chunk larger than the limit is numbered but not kept', () => {
  const log = fill(createLog({ maxBytes: 3, maxChunks: 10 }), 'aa', 'bbbb');
  assert.equal(text(log, 0), []);
  assert.equal([log.nextSeq, log.oldestSeq, log.retainedBytes], [3, 3, 0]);
});

test('clearing drops the output and goes on with the numbers', () => {
  const log = fill(createLog(), 'a', 'b');
  log.clear();
  assert.is(log.hasAfter(0), false);
  fill(log, 'c');
  assert.equal(text(log, 0), ['3:c']);
});

test('an append and a mark wake whoever waits', async () => {
  const log = createLog();
  for (const event of [() => log.append('stdout', Buffer.from('x')), () => log.mark()]) {
    const waits = [log.waitForEvent(3_600_000, never), log.waitForEvent(Number.MAX_VALUE, never)];
    event();
    await Promise.all(waits);
  }
});

test('a wait ends after its time', async () => {
  await createLog().waitForEvent(1, never);
});

test('a wait fails with the reason it is aborted for, before or meanwhile', async () => {
  const log = createLog();
  const reason = new Error('session gone');
  const meanwhile = new AbortController();
  const waiting = log.waitForEvent(3_600_000, meanwhile.signal);
  meanwhile.abort(reason);
  for (const wait of [waiting, log.waitForEvent(3_600_000, AbortSignal.abort(reason))]) {
    assert.is(
      await wait.then(
        () => null,
        (error: unknown) => error,
      ),
      reason,
    );
  }
  log.mark();
});
