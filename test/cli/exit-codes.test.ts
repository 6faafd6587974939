import * as assert from 'uvu/assert';
import { exitCodes, ExitError } from '#cli/exit-codes.js';
import { suite } from '../harness/test.js';

const test = suite('exit-codes');

test('the codes are those of other tools of the kind', () => {
  const ours = { failure: 1, usage: 2, disconnected: 255 };
  const shell = { timedOut: 124, notExecutable: 126, notFound: 127, interrupted: 130, brokenPipe: 141 };
  const curl = {
    noResponse: 7,
    partialBody: 18,
    httpStatus: 22,
    writeFailed: 23,
    readFailed: 26,
    maxTime: 28,
    redirects: 47,
    badEncoding: 61,
  };
  assert.equal(exitCodes, { ...ours, ...shell, ...curl });
});

test('an exit error means failure unless it says otherwise', () => {
  const [failed, usage] = [new ExitError('no such file'), new ExitError('no such flag', exitCodes.usage)];
  assert.equal([failed.exitCode, failed.message, failed.name], [1, 'no such file', 'ExitError']);
  assert.is(usage.exitCode, 2);
  assert.instance(usage, Error);
});
