import { RpcError } from '@exec-server/protocol';
import * as assert from 'uvu/assert';
import { aboutPath, describeFault, hasCode, notAFile, osError, toFileError } from '#server/fs/file-error.js';
import { suite } from '../../harness/test.js';

const test = suite('file-error');

const system = (code: string): Error => Object.assign(new Error('failed'), { code });
const inShort = ({ code, reason, message, detail }: RpcError): string => `${code} ${reason} ${message} ${JSON.stringify(detail)}`;

const mapped = {
  ENOENT: '-32004 fileNotFound No such file or directory (os error 2) {"code":"ENOENT"}',
  EACCES: '-32600 permissionDenied Permission denied (os error 13) {"code":"EACCES"}',
  EPERM: '-32600 permissionDenied Operation not permitted (os error 1) {"code":"EPERM"}',
  EINVAL: '-32600 fileRefused Invalid argument (os error 22) {"code":"EINVAL"}',
  ENOTDIR: '-32603 fileFailed Not a directory (os error 20) {"code":"ENOTDIR"}',
  EEXIST: '-32603 fileFailed File exists (os error 17) {"code":"EEXIST"}',
};

for (const [code, text] of Object.entries(mapped)) {
  test(`${code} is told as in the base, and by name`, () => {
    assert.is(inShort(toFileError(system(code)) as RpcError), text);
    assert.is(inShort(osError(code)), text);
    assert.ok(hasCode(system(code), 'EIO', code));
    assert.ok(hasCode(osError(code), code));
    assert.not.ok(hasCode(osError(code), 'EIO'));
  });
}

test('an error that is not of the system stays as it is', () => {
  for (const error of [new Error('x'), new RpcError('internal', 'x'), null, 'text', system('ERR_INVALID_ARG_TYPE')]) {
    assert.is(toFileError(error), error);
    assert.not.ok(hasCode(error, 'ENOENT'));
  }
});

test('an error about one of many files names it, once', () => {
  const first = aboutPath(system('EACCES'), '/a b');
  assert.equal((first as RpcError).detail, { code: 'EACCES', path: 'file:///a%20b' });
  assert.is(aboutPath(first, '/other'), first);
  const fault = new Error('x');
  assert.is(aboutPath(fault, '/a'), fault);
});

test('a fault of a file is put into words, a fault of the server is not hidden', () => {
  assert.is(describeFault(system('EACCES')), 'Permission denied (os error 13)');
  assert.throws(() => describeFault(new Error('bug')), 'bug');
});

test('what is no file is named by its path', () => assert.is(notAFile('/a\xff').message, 'path `/a\uFFFD` is not a file'));
