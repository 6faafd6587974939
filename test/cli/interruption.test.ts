import { once } from 'node:events';
import * as assert from 'uvu/assert';
import { Interruption, InterruptionError } from '#cli/interruption.js';
import { suite } from '../harness/test.js';

const test = suite('interruption');

test('the first signal to end is an abort that knows its exit code', async () => {
  for (const [name, exitCode] of [
    ['SIGINT', 130],
    ['SIGTERM', 143],
    ['SIGHUP', 129],
  ] as const) {
    using interruption = new Interruption();
    const aborted = once(interruption.signal, 'abort');
    process.kill(process.pid, name);
    await aborted;
    const reason = interruption.signal.reason as InterruptionError;
    assert.instance(reason, InterruptionError);
    assert.is(reason.exitCode, exitCode);
  }
});

test('afterwards signals mean what they meant before', () => {
  const before = process.listenerCount('SIGINT');
  {
    using interruption = new Interruption();
    assert.is(interruption.signal.aborted, false);
    assert.is(process.listenerCount('SIGINT'), before + 1);
  }
  assert.is(process.listenerCount('SIGINT'), before);
});
