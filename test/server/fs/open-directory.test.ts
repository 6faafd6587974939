import { mkdirSync, readFileSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import * as assert from 'uvu/assert';
import { inDirectory, OpenDirectory } from '#server/fs/open-directory.js';
import { failure } from '../../harness/failure.js';
import { Scratch } from '../../harness/scratch.js';
import { suite } from '../../harness/test.js';

const test = suite('open-directory');

function boom(): never {
  throw new Error('boom');
}

const codeOf = (promise: Promise<unknown>): Promise<unknown> => failure(promise, Error);

test(
  'what is in it is found, also when it was moved and something else is in its place',
  async () => {
    using scratch = new Scratch();
    scratch.file('d/f', 'right');
    const directory = await OpenDirectory.open(join(scratch.path, 'd'));
    try {
      renameSync(join(scratch.path, 'd'), join(scratch.path, 'moved'));
      mkdirSync(join(scratch.path, 'd'));
      writeFileSync(join(scratch.path, 'd', 'f'), 'wrong');
      assert.is(readFileSync(directory.at('f'), 'utf8'), 'right');
    } finally {
      await directory.close();
    }
  },
  { skip: process.platform === 'linux' ? null : 'only Linux can' },
);

test('a directory below is entered, a link to one is not', async () => {
  using scratch = new Scratch();
  scratch.directory('d/e');
  symlinkSync('e', join(scratch.path, 'd', 'l'));
  const directory = await OpenDirectory.open(join(scratch.path, 'd'));
  try {
    const below = await directory.enter('e');
    const above = await below.above();
    assert.is(await above.identify(), await directory.identify());
    assert.is.not(await below.identify(), await directory.identify());
    await below.close();
    await above.close();
    assert.match(String(await codeOf(directory.enter('l'))), 'ENOTDIR');
    assert.match(String(await codeOf(directory.enter('none'))), 'ENOENT');
  } finally {
    await directory.close();
  }
});

test('a way over a link is refused on request', async () => {
  using scratch = new Scratch();
  scratch.file('d/e/f', 'x');
  symlinkSync('d', join(scratch.path, 'l'));
  const read = (path: string, follow: boolean) =>
    inDirectory(join(scratch.path, path), follow, (directory, name) => Promise.resolve(readFileSync(directory.at(name), 'utf8')));
  assert.is(await read('d/e/f', false), 'x');
  assert.is(await read('l/e/f', true), 'x');
  assert.match(String(await codeOf(read('l/e/f', false))), 'ENOTDIR');
  assert.match(String(await codeOf(read('d/e/f/x', true))), 'ENOTDIR');
});

test('the root is in itself', async () => {
  assert.is(await inDirectory('/', false, (directory, name) => Promise.resolve(String(directory.at(name)).endsWith('/.'))), true);
});

test('it is closed whatever happens', async () => {
  using scratch = new Scratch();
  assert.is((await failure(inDirectory(join(scratch.path, 'x'), true, boom), Error)).message, 'boom');
  rmSync(scratch.path, { recursive: true });
  assert.match(String(await codeOf(OpenDirectory.open(scratch.path))), 'ENOENT');
});
