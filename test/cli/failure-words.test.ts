import { readFile } from 'node:fs/promises';
import * as assert from 'uvu/assert';
import { describeFailure } from '#cli/failure-words.js';
import { FsError } from '@exec-server/client';
import { failure } from '../harness/failure.js';
import { suite } from '../harness/test.js';

const test = suite('failure-words');

test('an error of a file is told without its code, its call and its path', async () => {
  assert.is(describeFailure(await failure(readFile("/no, such 'file'"), Error)), 'No such file or directory');
  assert.is(describeFailure(await failure(readFile(Buffer.from('/\xff\n, x')), Error)), 'No such file or directory');
  assert.is(describeFailure(new FsError('EACCES', 'Permission denied', { syscall: 'open', path: '/x\n' })), 'Permission denied');
  assert.is(describeFailure(new FsError('EXDEV', 'Invalid link', { syscall: 'cp', path: '/x', dest: '/y' })), 'Invalid link');
});

test('other errors are told as they are', () => {
  assert.is(describeFailure(new Error('it broke, open this')), 'It broke, open this');
});
