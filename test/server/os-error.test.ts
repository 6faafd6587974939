import { execFileSync } from 'node:child_process';
import { constants } from 'node:os';
import * as assert from 'uvu/assert';
import { describeOsError, readOsError } from '#server/os-error.js';
import { suite } from '../harness/test.js';

const test = suite('os-error');

const isLinux = process.platform === 'linux';

/** What a start, a signal, or the files of a start can fail with. */
const codes = ['EPERM', 'ENOENT', 'ESRCH', 'EIO', 'E2BIG', 'ENOEXEC', 'EAGAIN', 'ENOMEM', 'EACCES', 'EEXIST', 'ENOTDIR', 'EISDIR']
  .concat([
    'EINVAL',
    'ENFILE',
    'EMFILE',
    'ETXTBSY',
    'ENOSPC',
    'EROFS',
    'ENOTEMPTY',
    'EPIPE',
    'ETIMEDOUT',
    'EFBIG',
    'EBADF',
    'ENXIO',
    'EMLINK',
  ])
  .filter((code) => code in constants.errno);

/** Where the base says it in other words than this system. */
const wordsOfTheBase = {
  EBUSY: 'Resource busy',
  ELOOP: 'Symbolic link loop',
  ENAMETOOLONG: 'Filename too long',
  EXDEV: 'Cross-device link',
};

const failed = (code: unknown): Error => Object.assign(new Error('failed'), { code });

/** The words of the C library, one line for each number. */
function askTheSystem(numbers: readonly number[]): string[] {
  const script = '$! = $_, print "$!\\n" for @ARGV';
  return execFileSync('/usr/bin/env', ['perl', '-e', script, ...numbers.map(String)], {
    encoding: 'utf8',
    env: { PATH: process.env['PATH'], LC_ALL: 'C' },
  })
    .trimEnd()
    .split('\n');
}

test(
  'errors are named in the words of the system, with their number',
  () => {
    const numbers = codes.map((code) => constants.errno[code as keyof typeof constants.errno]);
    const words = askTheSystem(numbers);
    assert.equal(
      codes.map(describeOsError),
      numbers.map((number, at) => `${words[at]} (os error ${number})`),
    );
  },
  { skip: isLinux ? null : 'the words differ from system to system' },
);

test('errors the base words in its own way are worded like that', () => {
  for (const [code, words] of Object.entries(wordsOfTheBase)) {
    assert.is(describeOsError(code), `${words} (os error ${constants.errno[code as keyof typeof constants.errno]})`);
  }
});

test('an error of the system is known by its code', () => {
  assert.is(readOsError(failed('ENOENT')), 'ENOENT');
  for (const code of ['ERR_INVALID_ARG_TYPE', 'toString', 5, undefined, null]) assert.is(readOsError(failed(code)), null, String(code));
  for (const error of [{ code: 'ENOENT' }, 'ENOENT', null, undefined]) assert.is(readOsError(error), null);
});
