import * as assert from 'uvu/assert';
import { exitCodes, ExitError } from '#cli/exit-codes.js';
import { suite } from '../harness/test.js';

const test = suite('exit-codes');

test('the codes are those of other tools of the kind', () => {
  assert.equal(exitCodes, { failure: 1, usage: 2, timedOut: 124, notExecutable: 126, notFound: 127, brokenPipe: 141, disconnected: 255 });
});

test('an exit error means failure unless it says otherwise', () => {
  const [failed, usage] = [new ExitError('no such file'), new ExitError('no such flag', exitCodes.usage)];
  assert.equal([failed.exitCode, failed.message, failed.name], [1, 'no such file', 'ExitError']);
  assert.is(usage.exitCode, 2);
  assert.instance(usage, Error);
});
