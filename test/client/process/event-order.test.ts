import type { ProcessEvent } from '@exec-server/client';
import * as fc from 'fast-check';
import * as assert from 'uvu/assert';
import { EventOrder } from '#client/process/event-order.js';
import { holds } from '../../harness/property.js';
import { suite } from '../../harness/test.js';

const test = suite('event-order');

type SequencedEvent = Parameters<EventOrder['push']>[0];

const output = (seq: number): SequencedEvent => ({ type: 'output', seq, stream: 'stdout', chunk: Uint8Array.of(seq) });

/** What a process of `count` events says: output around the exit at `exitSeq`, and the close. */
function sequence(count: number, exitSeq: number): SequencedEvent[] {
  return Array.from({ length: count }, (_, index) => {
    const seq = index + 1;
    if (seq === count) return { type: 'closed', seq };
    return seq === exitSeq ? { type: 'exited', seq, exitCode: 3, signal: null, timedOut: false } : output(seq);
  });
}

function createOrder() {
  const delivered: ProcessEvent[] = [];
  return { order: new EventOrder((event) => void delivered.push(event)), delivered };
}

/** Sequences of 2 to 40 events, and the same events shuffled with doubles. */
const shuffledSequences = fc.integer({ min: 2, max: 40 }).chain((count) =>
  fc.integer({ min: 1, max: count - 1 }).chain((exitSeq) => {
    const events = sequence(count, exitSeq);
    const doubles = fc.array(fc.constantFrom(...events), { maxLength: 20 });
    const arrivals = doubles.chain((extra) => {
      const all = [...events, ...extra];
      return fc.shuffledSubarray(all, { minLength: all.length });
    });
    return fc.record({ events: fc.constant(events), arrivals });
  }),
);

test('P1: events in any order and with doubles are delivered once and in order', () => {
  holds(shuffledSequences, ({ events, arrivals }) => {
    const { order, delivered } = createOrder();
    for (const event of arrivals) {
      order.push(event);
      assert.equal(delivered, events.slice(0, delivered.length), 'never out of order, not even on the way');
      assert.is(order.cursor, delivered.length);
    }
    assert.equal(delivered, events);
    assert.is(order.earlyCount, 0);
  });
});

test('T3: what is missing when the order is told to go on is announced exactly, and nothing else is', () => {
  const lossy = shuffledSequences.chain(({ events, arrivals }) =>
    fc.record({ events: fc.constant(events), arrivals: fc.subarray(arrivals), seq: fc.integer({ min: 0, max: events.length }) }),
  );
  holds(lossy, ({ events, arrivals, seq }) => {
    const { order, delivered } = createOrder();
    for (const event of arrivals) order.push(event);
    order.skipTo(seq);
    const arrived = new Set(arrivals.map((event) => event.seq));
    const told = delivered.flatMap((event) => {
      if (event.type !== 'gap') return [{ seq: event.seq, isLost: false }];
      const length = event.toSeq - event.fromSeq + 1;
      return Array.from({ length }, (_, index) => ({ seq: event.fromSeq + index, isLost: true }));
    });
    assert.ok(told.length >= seq, 'everything up to the number is accounted for');
    assert.equal(
      told,
      events.slice(0, told.length).map((event) => ({ seq: event.seq, isLost: !arrived.has(event.seq) })),
    );
    const gaps = delivered.map((event) => event.type === 'gap');
    assert.not.ok(
      gaps.some((isGap, index) => isGap && gaps[index + 1]),
      'neighbouring numbers make one gap',
    );
  });
});

test('what comes after it was announced as lost is dropped', () => {
  const { order, delivered } = createOrder();
  order.push(output(3));
  order.skipTo(3);
  order.push(output(1));
  order.push(output(2));
  assert.equal(delivered, [{ type: 'gap', fromSeq: 1, toSeq: 2 }, output(3)]);
});

test('skipping to where one is already does nothing', () => {
  const { order, delivered } = createOrder();
  order.push(output(1));
  order.skipTo(1);
  order.skipTo(0);
  assert.equal(delivered, [output(1)]);
});

test('an exit that is early counts as known, though it is not delivered', () => {
  const { order, delivered } = createOrder();
  order.push({ type: 'exited', seq: 2, exitCode: 0, signal: null, timedOut: false });
  assert.ok(order.hasExit);
  assert.ok(order.has(2));
  assert.not.ok(order.has(1));
  assert.is(order.earlyCount, 1);
  assert.equal(delivered, []);
});
