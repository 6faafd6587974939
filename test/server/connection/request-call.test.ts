import * as assert from 'uvu/assert';
import { Holding } from '#server/connection/holding.js';
import { RequestCall } from '#server/connection/request-call.js';
import { RequestSlots } from '#server/connection/request-slots.js';
import { turns } from '../../harness/launching.js';
import { suite } from '../../harness/test.js';

const test = suite('request-call');

const holding = new Holding();

test('what was asked for after the reply runs then, in order, and not before', () => {
  const call = new RequestCall('scope', holding, new RequestSlots(1), () => undefined);
  const order: string[] = [];
  call.afterReply(() => order.push('first'));
  call.afterReply(() => order.push('second'));
  assert.equal(order, []);
  call.replied();
  assert.equal(order, ['first', 'second']);
});

test('a call without such wishes is fine', () => new RequestCall('scope', holding, new RequestSlots(1), () => undefined).replied());

test('what it has brought is told to be dealt with', () => {
  let shrunk = 0;
  new RequestCall('scope', holding, new RequestSlots(1), () => shrunk++).shrink();
  assert.is(shrunk, 1);
});

test('work runs in a slot of the connection', async () => {
  const slots = new RequestSlots(1);
  const call = new RequestCall('scope', holding, slots, () => undefined);
  let finish!: () => void;
  const first = call.work(() => new Promise<void>((resolve) => (finish = resolve)));
  let isSecondStarted = false;
  const second = slots.run(async () => void (isSecondStarted = true));
  await turns();
  assert.is(isSecondStarted, false);
  finish();
  await Promise.all([first, second]);
  assert.equal([isSecondStarted, call.scope, call.signal], [true, 'scope', holding.signal]);
});
