import { setTimeout } from 'node:timers/promises';
import * as assert from 'uvu/assert';
import { EventOrder } from '#client/process/event-order.js';
import { GapWatch } from '#client/process/gap-watch.js';
import { suite } from '../../harness/test.js';

const test = suite('gap-watch');

function createWatch() {
  const order = new EventOrder(() => undefined);
  let gaps = 0;
  let notice: (() => void) | null = null;
  const watch = new GapWatch(order, 20, () => {
    gaps++;
    notice?.();
  });
  const push = (seq: number): void => {
    order.push({ type: 'closed', seq });
    watch.look();
  };
  return { watch, push, count: () => gaps, gap: () => new Promise<void>((resolve) => (notice = resolve)) };
}

test('a number that does not come is noticed once the others have waited for it', async () => {
  const { push, gap, count } = createWatch();
  const noticed = gap();
  push(2);
  push(3);
  await noticed;
  assert.is(count(), 1);
});

test('numbers that come in time, in any order, are nothing to notice', async () => {
  const { push, count } = createWatch();
  for (const seq of [2, 1, 4, 3, 6, 5]) push(seq);
  await setTimeout(60);
  assert.is(count(), 0);
});

test('after the end nothing is noticed', async () => {
  const { push, watch, count } = createWatch();
  push(2);
  watch.stop();
  await setTimeout(60);
  assert.is(count(), 0);
});
