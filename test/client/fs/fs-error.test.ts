import { FsError } from '@exec-server/client';
import { RpcError } from '@exec-server/protocol';
import * as assert from 'uvu/assert';
import { FileChangedError, toFsError } from '#client/fs/fs-error.js';
import { suite } from '../../harness/test.js';

const test = suite('fs-error');

test('a refusal becomes an error as node:fs has it', () => {
  const cause = new RpcError({ code: -32603, message: 'Permission denied (os error 13)' });
  const error = toFsError(cause, { syscall: 'open', path: '/etc/shadow' }, 'linux') as FsError;
  assert.instance(error, FsError);
  const { message, code, errno, syscall, path, dest } = error;
  assert.equal(
    { message, code, errno, syscall, path, dest, cause: error.cause },
    {
      message: "EACCES: Permission denied, open '/etc/shadow'",
      code: 'EACCES',
      errno: -13,
      syscall: 'open',
      path: '/etc/shadow',
      dest: undefined,
      cause,
    },
  );
  const two = toFsError(cause, { syscall: 'rename', path: '/a', dest: '/b' }, 'linux') as FsError;
  assert.is(two.message, "EACCES: Permission denied, rename '/a' -> '/b'");
});

test('an error that has nothing to do with files stays what it is', () => {
  for (const error of [new RpcError({ code: -32601, message: 'no such method' }), new Error('x'), 7]) {
    assert.is(toFsError(error, { syscall: 'open', path: '/' }, 'linux'), error);
  }
});

test('a changed file is an FsError too', () => {
  const error = new FileChangedError({ syscall: 'read', path: '/x' });
  assert.instance(error, FsError);
  assert.equal([error.name, error.code], ['FileChangedError', 'ESTALE']);
});
