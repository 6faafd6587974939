import * as assert from 'uvu/assert';
import { Holding } from '#server/connection/holding.js';
import { suite } from '../../harness/test.js';

const test = suite('holding');

const over = new Error('over');

test('its signal aborts at the end, with the reason', () => {
  const holding = new Holding();
  const { signal } = holding;
  assert.is(signal.aborted, false);
  assert.is(holding.signal, signal, 'there is one');
  holding.end(over);
  assert.equal([signal.aborted, signal.reason], [true, over]);
});

test('a signal that is first asked for after the end is aborted already', () => {
  const holding = new Holding();
  holding.end(over);
  assert.equal([holding.signal.aborted, holding.signal.reason], [true, over]);
});

test('any number of requests may wait', () => {
  const { signal } = new Holding();
  const warnings: Error[] = [];
  const note = (warning: Error): void => void warnings.push(warning);
  process.on('warning', note);
  for (let request = 0; request < 100; request++) signal.addEventListener('abort', () => undefined);
  return new Promise<void>((resolve) => setImmediate(resolve)).then(() => {
    process.removeListener('warning', note);
    assert.equal(warnings, []);
  });
});
