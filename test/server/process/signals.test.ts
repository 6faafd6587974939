import { constants } from 'node:os';
import * as assert from 'uvu/assert';
import { signalName, signalNumber } from '#server/process/signals.js';
import { suite } from '../../harness/test.js';

const test = suite('signals');

test('the usual signals have their usual names', () => {
  assert.equal([1, 2, 3, 6, 9, 11, 15].map(signalName), ['SIGHUP', 'SIGINT', 'SIGQUIT', 'SIGABRT', 'SIGKILL', 'SIGSEGV', 'SIGTERM']);
});

test('every signal of the system goes there and back', () => {
  for (const number of Object.values(constants.signals)) assert.is(signalNumber(signalName(number)), number);
  for (const [name, number] of Object.entries(constants.signals)) assert.is(signalNumber(name as NodeJS.Signals), number, name);
});

test('a real-time signal without a name keeps its number', () => {
  for (const number of [34, 40, 64]) {
    assert.is(signalName(number), `SIG${number}`);
    assert.is(signalNumber(signalName(number)), number);
  }
});
