import { constants } from 'node:os';
import * as assert from 'uvu/assert';
import { isEnding, toWireSignal } from '#client/faces/signal-names.js';
import { suite } from '../../harness/test.js';

const test = suite('signal-names');

test('names and numbers of the system become names of the wire', () => {
  assert.equal([toWireSignal('SIGTERM'), toWireSignal('SIGSTOP'), toWireSignal(9)], ['terminate', 'stop', 'kill']);
  assert.is(toWireSignal(constants.signals.SIGUSR1), 'user1');
});

test('what cannot be sent to another machine is an error like that of Node for an unknown signal', () => {
  for (const signal of ['SIGSEGV', 'TERM', 'terminate', '', 12_345] as NodeJS.Signals[]) {
    assert.throws(
      () => toWireSignal(signal),
      (error: NodeJS.ErrnoException) => error instanceof TypeError && error.code === 'ERR_UNKNOWN_SIGNAL',
    );
  }
});

test('some signals end a program, others do not', () => {
  assert.equal((['terminate', 'kill', 'hangup', 'quit'] as const).map(isEnding), [true, true, true, true]);
  assert.equal((['stop', 'continue', 'user1'] as const).map(isEnding), [false, false, false]);
});
