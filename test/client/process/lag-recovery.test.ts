import { OutcomeUnknownError, type ProcessEvent } from '@exec-server/client';
import { encodeBase64, RpcError } from '@exec-server/protocol';
import * as fc from 'fast-check';
import * as assert from 'uvu/assert';
import { EventOrder } from '#client/process/event-order.js';
import { catchUp, type ReadLog } from '#client/process/lag-recovery.js';
import { failure } from '../../harness/failure.js';
import { holdsLater } from '../../harness/property.js';
import { suite } from '../../harness/test.js';

const test = suite('lag-recovery');

type SequencedEvent = Parameters<EventOrder['push']>[0];
type ReadResult = Awaited<ReturnType<ReadLog>>;

/** One letter for each event so far: `o` output, `x` output that is evicted, `E` the exit, `C` the close. */
type Log = string;

/** The event of a number, as it would have been sent. */
function eventOf(log: Log, seq: number): SequencedEvent {
  const letter = log[seq - 1];
  if (letter === 'E') return { type: 'exited', seq, exitCode: 5, signal: 'SIGUSR1', timedOut: false };
  if (letter === 'C') return { type: 'closed', seq };
  return { type: 'output', seq, stream: 'stderr', chunk: Buffer.of(seq) };
}

/** What a server with this log answers to a read without limits. */
function read(log: Log, afterSeq: number): ReadResult {
  const hasExited = log.includes('E');
  return {
    chunks: [...log].flatMap((letter, index) =>
      letter === 'o' && index + 1 > afterSeq
        ? [{ seq: index + 1, stream: 'stderr' as const, chunk: encodeBase64(Uint8Array.of(index + 1)) }]
        : [],
    ),
    nextSeq: log.length + 1,
    exited: hasExited,
    exitCode: hasExited ? 5 : null,
    signal: hasExited ? 'SIGUSR1' : null,
    closed: log.includes('C'),
    failure: null,
  };
}

/** Lets the given numbers arrive, in this order, and then catches up. */
async function play(log: Log, arrived: readonly number[]): Promise<ProcessEvent[]> {
  const delivered: ProcessEvent[] = [];
  const order = new EventOrder((event) => void delivered.push(event));
  for (const seq of arrived) order.push(eventOf(log, seq));
  await catchUp(order, async (afterSeq) => read(log, afterSeq));
  assert.is(order.cursor, log.length, 'up to date');
  return delivered;
}

/** Delivered events in letters, a gap as its numbers. */
function spell(events: readonly ProcessEvent[]): string {
  const letters = { output: 'o', exited: 'E', closed: 'C' };
  return events.map((event) => (event.type === 'gap' ? `(${event.fromSeq}-${event.toSeq})` : letters[event.type])).join('');
}

/** All logs of up to `length` events: no exit, an exit, an exit and a close; the oldest `evicted` outputs are gone. */
function* allLogs(length: number): Generator<Log> {
  for (let outputs = 0; outputs <= length; outputs++) {
    for (let evicted = 0; evicted <= outputs; evicted++) {
      const text = 'x'.repeat(evicted) + 'o'.repeat(outputs - evicted);
      yield text;
      for (let at = 0; at <= outputs; at++) {
        const withExit = `${text.slice(0, at)}E${text.slice(at)}`;
        yield withExit;
        yield `${withExit}C`;
      }
    }
  }
}

test('whatever arrived of a log that is kept whole, it is delivered as it was', async () => {
  for (const log of allLogs(4)) {
    if (log.includes('x')) continue;
    const all = Array.from(log, (_, index) => eventOf(log, index + 1));
    for (let subset = 0; subset < 2 ** log.length; subset++) {
      const arrived = all.map(({ seq }) => seq).filter((seq) => (subset & (1 << (seq - 1))) !== 0);
      assert.equal(await play(log, arrived), all, `${log}, of which ${arrived.join(' ')} had arrived`);
    }
  }
});

test('T1, T3: whatever was evicted, kept output is whole, the end is told once and rightly, and no number is silent', async () => {
  for (const log of allLogs(4)) {
    for (let subset = 0; subset < 2 ** log.length; subset++) {
      const arrived = Array.from(log, (_, index) => index + 1).filter((seq) => (subset & (1 << (seq - 1))) !== 0);
      const delivered = await play(log, arrived);
      const what = `${log}, of which ${arrived.join(' ')} had arrived: ${spell(delivered)}`;
      const numbers = delivered.flatMap((event) =>
        event.type === 'gap' ? Array.from({ length: event.toSeq - event.fromSeq + 1 }, (_, index) => event.fromSeq + index) : [event.seq],
      );
      assert.equal(
        numbers,
        Array.from(log, (_, index) => index + 1),
        what,
      );
      const known = [...log].flatMap((letter, index) =>
        letter === 'o' || (letter === 'x' && arrived.includes(index + 1)) ? index + 1 : [],
      );
      assert.equal(
        delivered.flatMap((event) => (event.type === 'output' ? event.seq : [])),
        known,
        what,
      );
      const exits = delivered.filter((event) => event.type === 'exited');
      assert.equal(
        exits.map(({ exitCode, signal }) => [exitCode, signal]),
        log.includes('E') ? [[5, 'SIGUSR1']] : [],
        what,
      );
      assert.is(delivered.filter((event) => event.type === 'closed').length, log.includes('C') ? 1 : 0, what);
    }
  }
});

test('an exit between kept output is put where it belongs', async () => {
  assert.is(spell(await play('ooEoo', [1])), 'ooEoo');
  assert.is(spell(await play('Eoo', [])), 'Eoo');
  assert.is(spell(await play('ooEC', [1, 2])), 'ooEC');
});

test('T3: evicted output is a gap before what is kept', async () => {
  assert.is(spell(await play('xxxoo', [1])), 'o(2-3)oo');
  assert.is(spell(await play('xxxooEC', [])), '(1-3)ooEC');
  assert.is(spell(await play('xxxEC', [1])), 'o(2-3)EC');
});

test('an early event that waited for the gap is delivered after it', async () => {
  assert.is(spell(await play('xxxoE', [3, 5])), '(1-2)ooE');
});

test('it reads once, after the cursor', async () => {
  const cursors: number[] = [];
  const order = new EventOrder(() => undefined);
  for (const seq of [1, 2, 4]) order.push(eventOf('oooo', seq));
  await catchUp(order, async (afterSeq) => {
    cursors.push(afterSeq);
    return read('oooo', afterSeq);
  });
  assert.equal(cursors, [2]);
});

test('live events that come while the answer is on its way are neither lost nor doubled', async () => {
  const cases = fc.record({
    log: fc.constantFrom(...[...allLogs(5)].filter((log) => !log.includes('x') && log.length > 0)),
    before: fc.nat(),
    answered: fc.nat(),
    during: fc.array(fc.nat(), { maxLength: 8 }),
  });
  await holdsLater(cases, async ({ log, before, answered, during }) => {
    const delivered: ProcessEvent[] = [];
    const order = new EventOrder((event) => void delivered.push(event));
    const all = Array.from(log, (_, index) => eventOf(log, index + 1));
    for (const event of all.slice(0, before % (log.length + 1))) order.push(event);
    const snapshot = log.slice(0, Math.max(order.cursor, answered % (log.length + 1)));
    await catchUp(order, async (afterSeq) => {
      for (const index of during) order.push(all[index % all.length] as SequencedEvent);
      return read(snapshot, afterSeq);
    });
    for (const event of all) order.push(event);
    assert.equal(delivered, all);
  });
});

test('an old server that tells no exit code leaves it as not determined', async () => {
  const delivered: ProcessEvent[] = [];
  const order = new EventOrder((event) => void delivered.push(event));
  await catchUp(order, async () => ({ ...read('E', 0), exitCode: null, signal: undefined }));
  assert.equal(delivered, [{ type: 'exited', seq: 1, exitCode: -1, signal: null, timedOut: false }]);
});

test('a refused read changes nothing and is passed on', async () => {
  const order = new EventOrder(() => assert.unreachable());
  const refusal = new RpcError('unknownProcess', 'unknown process id p');
  const error = await failure(
    catchUp(order, () => Promise.reject(refusal)),
    RpcError,
  );
  assert.is(error, refusal);
  assert.is(order.cursor, 0);
});

test('what came ahead on a line that broke is no sign that all has come', async () => {
  const log = 'oooEC'; // the exit was heard, the output before it and the close were not
  const delivered: ProcessEvent[] = [];
  const order = new EventOrder((event) => void delivered.push(event));
  order.push(eventOf(log, 1));
  order.push(eventOf(log, 4));
  const reads: number[] = [];
  await catchUp(order, async (afterSeq, maxBytes) => {
    reads.push(afterSeq);
    const whole = { ...read(log, afterSeq), gap: null };
    const last = whole.chunks.at(-1);
    assert.ok(maxBytes > 0);
    return last ? { ...whole, nextSeq: last.seq + 1 } : whole;
  });
  assert.equal([spell(delivered), reads], ['oooEC', [1, 4]]);
});

test('answers grow, and are short again when a line breaks before one', async () => {
  const order = new EventOrder(() => undefined);
  const asked: number[] = [];
  await catchUp(order, async (afterSeq, maxBytes) => {
    asked.push(maxBytes);
    if (asked.length === 3) throw new OutcomeUnknownError('process/read');
    const log = asked.length < 6 ? 'o'.repeat(afterSeq + 1) : 'o'.repeat(afterSeq);
    const whole = { ...read(log, afterSeq), gap: null };
    return whole;
  });
  const first = asked[0] as number;
  assert.equal(asked, [first, 2 * first, 4 * first, first, 2 * first, 4 * first]);
});
