import { constants } from 'node:os';
import { parseSignal, wireSignals } from '@exec-server/protocol';
import * as assert from 'uvu/assert';
import { suite } from '../harness/test.js';

const test = suite('signals');

test('every signal of the wire is one of the system', () => {
  for (const name of Object.values(wireSignals)) assert.ok(name in constants.signals, name);
});

test('a signal is found by its name on the wire and by the names the system gives it', () => {
  for (const text of ['terminate', 'TERM', 'term', 'SIGTERM', 'SigTerm']) assert.is(parseSignal(text), 'terminate', text);
  for (const [name, system] of Object.entries(wireSignals)) assert.equal([parseSignal(name), parseSignal(system)], [name, name]);
  for (const text of ['', 'SIG', 'SIGSEGV', 'sigterminate', '15', 'SIGSIGTERM']) assert.is(parseSignal(text), null, text);
});
