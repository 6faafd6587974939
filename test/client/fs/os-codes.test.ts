import { RpcError } from '@exec-server/protocol';
import * as assert from 'uvu/assert';
import { findOsCode } from '#client/fs/os-codes.js';
import { suite } from '../../harness/test.js';

const test = suite('os-codes');

const codeOf = (code: number, message: string, platformOs = 'linux', data?: unknown): string | undefined =>
  findOsCode(new RpcError({ code, message, data }), platformOs)?.code;

/** Answers of the reference server. */
const answers: readonly (readonly [code: number, message: string, name: string | undefined])[] = [
  [-32004, 'No such file or directory (os error 2)', 'ENOENT'],
  [-32004, 'nothing there', 'ENOENT'],
  [-32603, 'Not a directory (os error 20)', 'ENOTDIR'],
  [-32603, 'Is a directory (os error 21)', 'EISDIR'],
  [-32603, 'File exists (os error 17)', 'EEXIST'],
  [-32603, 'Directory not empty (os error 39)', 'ENOTEMPTY'],
  [-32603, 'Permission denied (os error 13)', 'EACCES'],
  [-32603, 'Symbolic link loop (os error 40)', 'ELOOP'],
  [-32603, 'No space left on device (os error 28)', 'ENOSPC'],
  [-32603, 'Filename too long (os error 36)', 'ENAMETOOLONG'],
  [-32603, 'No such device or address (os error 6)', 'ENXIO'],
  [-32603, 'Whatever that is (os error 4711)', 'EUNKNOWN'],
  [-32600, 'path contains a symbolic link', 'ELOOP'],
  [-32600, 'path `/tmp` is not a file', 'EINVAL'],
  [-32600, 'at most 128 file handles may be open per connection', 'EMFILE'],
  [-32600, 'fs/copy requires recursive: true when sourcePath is a directory', 'EISDIR'],
  [-32600, 'fs/copy cannot copy a directory to itself or one of its descendants', 'EINVAL'],
  [-32600, 'fs/copy only supports regular files, directories, and symlinks', 'EINVAL'],
  [-32600, 'file is too large to read: limit is 536870912 bytes', 'EFBIG'],
  [-32600, 'client must call initialize before using filesystem methods', undefined],
  [-32603, 'a fault of the server', undefined],
];

for (const [code, message, name] of answers) test(`${code} "${message}" is ${name}`, () => assert.is(codeOf(code, message), name));

test('numbers mean what they mean on the system of the server', () => {
  assert.is(codeOf(-32603, 'Directory not empty (os error 66)', 'macos'), 'ENOTEMPTY');
  assert.is(codeOf(-32603, 'Too many levels of symbolic links (os error 62)', 'macos'), 'ELOOP');
  assert.is(codeOf(-32603, 'Access is denied. (os error 5)', 'windows'), 'EPERM');
  assert.is(codeOf(-32004, 'The system cannot find the path specified. (os error 3)', 'windows'), 'ENOENT');
});

test('a server that tells the code is believed', () => {
  const data = { reason: 'fileFailed', code: 'EDQUOT' };
  assert.equal(findOsCode(new RpcError({ code: -32603, message: 'Disk quota exceeded (os error 122)', data }), 'linux'), {
    code: 'EDQUOT',
    errno: -122,
  });
});
