import * as fc from 'fast-check';
import * as assert from 'uvu/assert';
import { type InputStatus, StdinQueue, type StdinQueueLimits } from '#server/process/stdin-queue.js';
import { FakeSink } from '../../harness/fake-sink.js';
import { holdsLater } from '../../harness/property.js';
import { suite } from '../../harness/test.js';

const test = suite('stdin-queue');

const never = new AbortController().signal;
const limits: StdinQueueLimits = { maxWrites: 3, maxBytes: 100, rememberedIds: 5 };
const bytes = (text: string): Uint8Array => Buffer.from(text);

/** A queue that takes text; `null` is the end of input. */
function createQueue(sink: FakeSink, more: Partial<StdinQueueLimits> = {}) {
  const queue = new StdinQueue(sink, { ...limits, ...more });
  const write = (id: string, text: string | null = id, signal = never): InputStatus | Promise<InputStatus> =>
    queue.enqueue(id, text === null ? null : bytes(text), { signal });
  /** Writes that fit. */
  const accept = (...ids: string[]): void => ids.forEach((id) => assert.is(write(id), 'accepted'));
  return { queue, write, accept };
}

/** What has become of a write by the end of this turn. */
async function outcomeOf(status: InputStatus | Promise<InputStatus>): Promise<string> {
  const turn = new Promise<string>((resolve) => setImmediate(resolve, 'waiting'));
  return Promise.race([Promise.resolve(status).catch((error: unknown) => (error as Error).message), turn]);
}

test('P9: writes reach the process one at a time, in the order they came', () => {
  const sink = new FakeSink();
  const { write } = createQueue(sink);
  assert.equal(
    ['a', 'b', 'c'].map((id) => write(id)),
    ['accepted', 'accepted', 'accepted'],
  );
  assert.equal(sink.taken, ['a']);
  sink.readAll();
  assert.equal(sink.taken, ['a', 'b', 'c']);
});

test('P9: any mix of writes, reads and aborts keeps the order and applies every accepted id once', async () => {
  const step = fc.record({
    does: fc.constantFrom('write', 'write', 'read', 'abort'),
    id: fc.nat(15),
    size: fc.integer({ min: 1, max: 60 }),
  });
  await holdsLater(
    fc.array(step, { maxLength: 60 }),
    async (steps) => {
      const sink = new FakeSink();
      const { write } = createQueue(sink, { rememberedIds: 1_000 });
      const sent: { id: string; order: number; status: string }[] = [];
      const aborts: AbortController[] = [];
      for (const [order, { does, id, size }] of steps.entries()) {
        if (does === 'read') sink.read();
        else if (does === 'abort') aborts.shift()?.abort(new Error('aborted'));
        else {
          const abort = new AbortController();
          aborts.push(abort);
          const entry = { id: `${id}`, order, status: 'waiting' };
          sent.push(entry);
          void outcomeOf(write(`${id}`, `${id}:${'x'.repeat(size)}`, abort.signal)).then((status) => (entry.status = status));
        }
        await Promise.resolve();
      }
      for (let round = 0; round < 3; round++) {
        sink.readAll();
        await new Promise((resolve) => setImmediate(resolve));
      }
      const taken = sink.taken.map((text) => text.split(':')[0] as string);
      assert.is(new Set(taken).size, taken.length, 'nothing is written twice');
      const firstOrder = (id: string): number =>
        Math.min(...sent.filter((entry) => entry.id === id && entry.status === 'accepted').map(({ order }) => order));
      const accepted = new Set(sent.filter(({ status }) => status === 'accepted').map(({ id }) => id));
      for (const id of accepted) assert.ok(taken.includes(id), `${id} was accepted and is written`);
      const orders = taken.map(firstOrder).filter((order) => order !== Infinity);
      assert.equal(
        orders,
        orders.toSorted((a, b) => a - b),
      );
    },
    200,
  );
});

test('T4: a repeated id is answered as before and writes nothing, even with other bytes', () => {
  const sink = new FakeSink();
  const { queue, write } = createQueue(sink);
  assert.is(write('1', 'a'), 'accepted');
  assert.is(write('1', 'other'), 'accepted');
  sink.readAll();
  queue.close();
  assert.is(write('1', 'other'), 'accepted', 'even after the exit');
  assert.equal(sink.taken, ['a']);
});

test('the oldest ids are forgotten beyond the number that is remembered', () => {
  const sink = new FakeSink();
  const { accept } = createQueue(sink, { rememberedIds: 2 });
  for (const id of ['1', '2', '3', '2', '1']) {
    accept(id);
    sink.readAll();
  }
  assert.equal(sink.taken, ['1', '2', '3', '1']);
});

test('P7: a write that finds the queue full waits until the process has read on', async () => {
  const sink = new FakeSink();
  const { write, accept } = createQueue(sink, { maxWrites: 2 });
  accept('1', '2');
  const [third, fourth] = [write('3'), write('4')];
  assert.is(await outcomeOf(third), 'waiting');
  sink.read();
  assert.is(await outcomeOf(third), 'accepted');
  assert.is(await outcomeOf(fourth), 'waiting');
  sink.readAll();
  assert.is(await fourth, 'accepted');
  assert.equal(sink.taken, ['1', '2', '3', '4']);
});

test('the queue is limited in bytes as well, and an empty one takes a write of any size', async () => {
  const sink = new FakeSink();
  const { write } = createQueue(sink, { maxBytes: 10 });
  assert.is(write('big', 'x'.repeat(1_000)), 'accepted');
  const next = write('next', 'y');
  assert.is(await outcomeOf(next), 'waiting');
  sink.read();
  assert.is(await next, 'accepted');
  assert.is(write('fits', 'z'.repeat(9)), 'accepted');
  assert.is(await outcomeOf(write('one too many', '!')), 'waiting');
});

test('a write sent again while it waits waits along and is written once', async () => {
  const sink = new FakeSink();
  const { write, accept } = createQueue(sink, { maxWrites: 1 });
  accept('1');
  const twice = [write('2'), write('2', 'other')];
  sink.readAll();
  for (const status of twice) assert.is(await status, 'accepted');
  assert.equal(sink.taken, ['1', '2']);
});

test('an aborted write leaves the queue and may be sent again', async () => {
  const sink = new FakeSink();
  const { write, accept } = createQueue(sink, { maxWrites: 1 });
  accept('1');
  const abort = new AbortController();
  const waiting = write('2', 'lost', abort.signal);
  const behind = write('3');
  abort.abort(new Error('connection gone'));
  assert.is(await outcomeOf(waiting), 'connection gone');
  const again = write('2', 'again');
  sink.readAll();
  assert.equal(await Promise.all([behind, again]), ['accepted', 'accepted']);
  assert.equal(sink.taken, ['1', '3', 'again']);
});

test('a write whose request is over before it has to wait is not queued', async () => {
  const sink = new FakeSink();
  const { write, accept } = createQueue(sink, { maxWrites: 1 });
  accept('1');
  assert.is(await outcomeOf(write('2', '2', AbortSignal.abort(new Error('over')))), 'over');
  sink.readAll();
  assert.equal(sink.taken, ['1']);
});

test('P9: what stood behind an aborted write and fits by now is accepted without waiting for the process', async () => {
  const { write, accept } = createQueue(new FakeSink(), { maxBytes: 10 });
  accept('1');
  const abort = new AbortController();
  const large = outcomeOf(write('2', 'y'.repeat(50), abort.signal));
  const small = write('3', 'z');
  abort.abort(new Error('aborted'));
  assert.is(await large, 'aborted');
  assert.is(await outcomeOf(small), 'accepted');
});

test('the end of input comes after what was written before it, and nothing follows', async () => {
  const sink = new FakeSink();
  const { write, accept } = createQueue(sink);
  accept('1');
  assert.is(write('end', null), 'accepted');
  assert.is(write('2'), 'stdinClosed');
  assert.is(write('end', null), 'accepted', 'the same end again');
  assert.is(write('another end', null), 'stdinClosed');
  sink.readAll();
  assert.equal(sink.taken, ['1', 'end']);
  assert.is(await outcomeOf(write('3')), 'stdinClosed');
});

test('an end that waits refuses what comes after it, until it is aborted', async () => {
  const sink = new FakeSink();
  const { write, accept } = createQueue(sink, { maxWrites: 1 });
  accept('1');
  const abort = new AbortController();
  const end = write('end', null, abort.signal);
  assert.is(write('2'), 'stdinClosed');
  abort.abort(new Error('aborted'));
  assert.is(await outcomeOf(end), 'aborted');
  const later = write('3');
  sink.readAll();
  assert.is(await later, 'accepted');
  assert.equal(sink.taken, ['1', '3']);
});

test('a terminal takes more after its end of file', () => {
  const sink = new FakeSink({ staysOpen: true });
  const { write } = createQueue(sink, { maxWrites: 10 });
  assert.equal([write('1'), write('end', null), write('2'), write('another end', null)], ['accepted', 'accepted', 'accepted', 'accepted']);
  sink.readAll();
  assert.equal(sink.taken, ['1', 'end', '2', 'end']);
});

test('once the process has exited, new writes fail, waiting ones too, and the sink is closed', async () => {
  const sink = new FakeSink();
  const { queue, write, accept } = createQueue(sink, { maxWrites: 1 });
  accept('1');
  const waiting = [write('2'), write('end', null)];
  queue.close();
  queue.close();
  for (const status of waiting) assert.is(await outcomeOf(status), 'failed to write to process stdin');
  assert.throws(() => write('3'), 'failed to write to process stdin');
  assert.is(sink.isClosed, true);
  sink.readAll();
  assert.equal(sink.taken, ['1'], 'a late answer of the system starts nothing');
});

test('a process that closes its stdin loses what was accepted; waiting and later writes learn of it', async () => {
  const sink = new FakeSink();
  const { write, accept } = createQueue(sink, { maxWrites: 2 });
  accept('1', '2');
  const waiting = [write('3'), write('4')];
  sink.read(new Error('EPIPE'));
  for (const status of waiting) assert.is(await outcomeOf(status), 'stdinClosed');
  assert.is(write('5'), 'stdinClosed');
  assert.is(write('1'), 'accepted', 'T4: an id that was accepted stays accepted');
  assert.equal(sink.taken, ['1']);
});

test('T4: after a write that fails at once nothing more is handed over, and what was refused stays refused', async () => {
  const sink = new FakeSink({ staysOpen: true });
  const { write, accept } = createQueue(sink, { maxWrites: 1 });
  accept('1');
  const waiting = ['2', '3', '4'].map((id) => write(id));
  sink.failure = new Error('EIO');
  sink.read();
  await Promise.all(waiting.map(outcomeOf));
  assert.equal(sink.taken, ['1', '2']);
  assert.equal(await Promise.all(waiting.slice(1).map(outcomeOf)), ['stdinClosed', 'stdinClosed']);
  assert.equal([write('3'), write('4')], ['stdinClosed', 'stdinClosed']);
});
