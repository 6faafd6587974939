import { getEventListeners } from 'node:events';
import * as assert from 'uvu/assert';
import { watchAbort } from '#client/http/abort-watch.js';
import { suite } from '../../harness/test.js';

const test = suite('abort-watch');

test('however many watch a signal, it has one listener, and calls those that still watch', () => {
  const controller = new AbortController();
  const called: number[] = [];
  const stops = Array.from({ length: 50 }, (_, index) => watchAbort(controller.signal, () => called.push(index)));
  assert.is(getEventListeners(controller.signal, 'abort').length, 1);
  for (const stop of stops.slice(2)) stop();
  controller.abort();
  assert.equal(called, [0, 1]);
});

test('without a signal nothing is watched', () => {
  watchAbort(undefined, () => assert.unreachable())();
});
