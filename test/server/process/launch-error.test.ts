import { RpcError } from '@exec-server/protocol';
import * as assert from 'uvu/assert';
import { startFailed, toLaunchError } from '#server/process/launch-error.js';
import { suite } from '../../harness/test.js';

const test = suite('launch-error');

test('what the system refuses becomes an error of the request, in its words and with its name', () => {
  for (const error of [startFailed('ENOENT'), toLaunchError(Object.assign(new Error('spawn x ENOENT'), { code: 'ENOENT' }))]) {
    assert.instance(error, RpcError);
    const { code, reason, message, detail } = error as RpcError;
    assert.equal([code, reason, message, detail], [-32603, 'startFailed', 'No such file or directory (os error 2)', { osError: 'ENOENT' }]);
  }
});

test('a fault of our own, and an error that is one of the request already, are passed on', () => {
  const own = Object.assign(new TypeError('wrong argument'), { code: 'ERR_INVALID_ARG_TYPE' });
  for (const error of [own, new RpcError('startFailed', 'x'), 'text', null]) assert.is(toLaunchError(error), error);
});
