import { symlinkSync } from 'node:fs';
import { join } from 'node:path';
import * as assert from 'uvu/assert';
import { kindOf, nameOf } from '#server/fs/directory-entries.js';
import { Pace } from '#server/fs/pace.js';
import { sortEntries } from '#server/fs/sorted-entries.js';
import { oddDirectory } from '../../harness/files-on-server.js';
import { Scratch } from '../../harness/scratch.js';
import { suite } from '../../harness/test.js';

const test = suite('sorted-entries');

async function sorted(path: string, followLinks: boolean): Promise<string[]> {
  const { entries, faults, isCut } = await sortEntries(path, followLinks, new Pace());
  assert.equal([faults, isCut], [[], false]);
  return entries.map((entry) => `${nameOf(entry)} ${kindOf(entry)}`);
}

test('files and directories come sorted by bytes; links to directories too, when they are followed', async () => {
  using scratch = new Scratch();
  for (const name of ['b', 'B', '.h', 'a b']) scratch.file(name);
  scratch.directory('a');
  oddDirectory(scratch.path);
  scratch.pipe('pipe');
  for (const [target, name] of [
    ['a', 'la'],
    ['b', 'lb'],
    ['none', 'ln'],
    ['loop', 'loop'],
  ] as const)
    symlinkSync(target, join(scratch.path, name));
  const all = ['.h file', 'A\xff\xfe directory', 'B file', 'a directory', 'a b file', 'b file'];
  assert.equal(await sorted(scratch.path, false), all);
  assert.equal(await sorted(scratch.path, true), [...all, 'la directory']);
});

test('a directory is told from all others', async () => {
  using scratch = new Scratch();
  scratch.directory('a');
  scratch.directory('b');
  symlinkSync('a', join(scratch.path, 'l'));
  const identity = async (name: string) => (await sortEntries(join(scratch.path, name), true, new Pace())).identity;
  assert.is(await identity('a'), await identity('l'));
  assert.is.not(await identity('a'), await identity('b'));
});

test('what is no directory any more, or not there, is a fault of its own', async () => {
  using scratch = new Scratch();
  scratch.file('f');
  scratch.directory('d');
  symlinkSync('d', join(scratch.path, 'l'));
  const fault = async (name: string): Promise<unknown> => {
    const { faults, identity, entries } = await sortEntries(join(scratch.path, name), false, new Pace());
    assert.equal([identity, entries, faults.length, faults[0]?.name], [null, [], 1, null]);
    return String(faults[0]?.error);
  };
  assert.match(String(await fault('none')), 'ENOENT');
  for (const name of ['f', 'l']) assert.match(String(await fault(name)), 'Not a directory');
});
