import * as assert from 'uvu/assert';
import { RequestCall } from '#server/connection/request-call.js';
import { RequestSlots } from '#server/connection/request-slots.js';
import { suite } from '../../harness/test.js';

const test = suite('request-call');

const { signal } = new AbortController();

test('what was asked for after the reply runs then, in order, and not before', () => {
  const call = new RequestCall('scope', signal, new RequestSlots(1));
  const order: string[] = [];
  call.afterReply(() => order.push('first'));
  call.afterReply(() => order.push('second'));
  assert.equal(order, []);
  call.replied();
  assert.equal(order, ['first', 'second']);
});

test('a call without such wishes is fine', () => new RequestCall('scope', signal, new RequestSlots(1)).replied());

test('work runs in a slot of the connection', async () => {
  const slots = new RequestSlots(1);
  const call = new RequestCall('scope', signal, slots);
  assert.is(await call.work(() => Promise.resolve(slots.working)), 1);
  assert.equal([call.scope, call.signal], ['scope', signal]);
});
