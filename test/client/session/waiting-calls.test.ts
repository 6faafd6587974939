import { getEventListeners } from 'node:events';
import * as assert from 'uvu/assert';
import { WaitingCalls } from '#client/session/waiting-calls.js';
import { suite } from '../../harness/test.js';

const test = suite('waiting-calls');

/** Calls that tell what becomes of them. */
function createWaiting() {
  const waiting = new WaitingCalls();
  const told: string[] = [];
  const add = (order: number, signal?: AbortSignal): void =>
    waiting.add({
      order,
      signal,
      send: () => void told.push(`sent ${order}`),
      fail: (error) => void told.push(`${order}: ${(error as Error).message}`),
    });
  return { waiting, told, add };
}

test('P9: calls are sent at once, in the order of the calls and not of their waiting, and only then', () => {
  const { waiting, told, add } = createWaiting();
  for (const order of [3, 1, 10, 2]) add(order);
  assert.equal(told, []);
  waiting.sendAll();
  assert.equal(told, ['sent 1', 'sent 2', 'sent 3', 'sent 10']);
  waiting.sendAll();
  assert.is(told.length, 4);
});

test('P5: all that wait can be failed, once', () => {
  const { waiting, told, add } = createWaiting();
  add(1);
  add(2);
  waiting.failAll(new Error('over'));
  waiting.sendAll();
  assert.equal(told, ['1: over', '2: over']);
});

test('P5: a signal fails its own call only, at once, whether it aborts later or has before', () => {
  const { waiting, told, add } = createWaiting();
  const controller = new AbortController();
  add(1);
  add(2, controller.signal);
  controller.abort(new Error('enough'));
  add(3, controller.signal);
  assert.equal(told, ['2: enough', '3: enough']);
  waiting.sendAll();
  assert.is(told.at(-1), 'sent 1');
});

test('a call that waits no more leaves nothing on its signal', () => {
  const { waiting, told, add } = createWaiting();
  const controller = new AbortController();
  add(1, controller.signal);
  waiting.sendAll();
  assert.equal(getEventListeners(controller.signal, 'abort'), []);
  controller.abort();
  assert.equal(told, ['sent 1']);
});

test('a call that is sent may come to wait again', () => {
  const waiting = new WaitingCalls();
  let sent = 0;
  const call = { order: 1, signal: undefined, send: () => void (++sent === 1 && waiting.add(call)), fail: () => undefined };
  waiting.add(call);
  waiting.sendAll();
  assert.is(sent, 1);
  waiting.sendAll();
  assert.is(sent, 2);
});
