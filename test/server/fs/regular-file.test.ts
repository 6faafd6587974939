import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { RpcError } from '@exec-server/protocol';
import * as assert from 'uvu/assert';
import { type OpenedFile, openToRead, openToReplace, openToUpdate, openToWrite } from '#server/fs/regular-file.js';
import { failure } from '../../harness/failure.js';
import { Scratch } from '../../harness/scratch.js';
import { suite } from '../../harness/test.js';

const test = suite('regular-file');

async function closing<Value>(opening: Promise<OpenedFile>, use: (file: OpenedFile) => Value | Promise<Value>): Promise<Value> {
  const file = await opening;
  try {
    return await use(file);
  } finally {
    await file.handle.close();
  }
}

test('a file is opened with what is known of it', async () => {
  using scratch = new Scratch();
  const path = scratch.file('f', 'content');
  for (const links of ['anywhere', 'onTheWay', 'nowhere'] as const)
    assert.is(await closing(openToRead(path, links), ({ stats }) => stats.size), 7);
});

test('opened to write it keeps its content, to replace it is empty', async () => {
  using scratch = new Scratch();
  const path = scratch.file('f', 'content');
  await closing(openToWrite(path), () => assert.is(readFileSync(path, 'utf8'), 'content'));
  await closing(openToReplace(path), () => assert.is(readFileSync(path, 'utf8'), ''));
});

test('opened to update it has to be there, and keeps its content', async () => {
  using scratch = new Scratch();
  const path = scratch.file('f', 'content');
  await closing(openToUpdate(path), () => assert.is(readFileSync(path, 'utf8'), 'content'));
  assert.is(((await failure(openToUpdate(join(scratch.path, 'new')), Error)) as NodeJS.ErrnoException).code, 'ENOENT');
  assert.is((await failure(openToUpdate(scratch.pipe('pipe')), RpcError)).reason, 'notAFile');
});

test('a new file has the mode asked for, as far as the mask allows', async () => {
  using scratch = new Scratch();
  const path = join(scratch.path, 'new');
  await closing(openToWrite(path, 'anywhere', 0o750), () => assert.is(statSync(path).mode & 0o777, 0o750 & ~process.umask()));
});

test('S4: a pipe is refused both ways, whether somebody is at its other end or not', async () => {
  using scratch = new Scratch();
  const path = scratch.pipe('pipe');
  for (const open of [openToRead, openToWrite, openToReplace])
    for (const links of ['anywhere', 'onTheWay', 'nowhere'] as const)
      assert.is((await failure(open(path, links), RpcError)).reason, 'notAFile');
});
