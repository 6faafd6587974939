import { existsSync, mkdirSync, readdirSync, renameSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import * as assert from 'uvu/assert';
import { OpenDirectory } from '#server/fs/open-directory.js';
import { removeTree } from '#server/fs/remove-tree.js';
import { failure } from '../../harness/failure.js';
import { Scratch } from '../../harness/scratch.js';
import { suite } from '../../harness/test.js';

const test = suite('remove-tree');

/** A signal that does something when it is looked at for the nth time. */
function onLook(count: number, act: () => void): AbortSignal {
  let looks = 0;
  const signal = new AbortController().signal;
  signal.throwIfAborted = () => {
    if (++looks === count) act();
  };
  return signal;
}

function gone(): never {
  throw new Error('gone');
}

async function removeIn(path: string, name: string, signal: AbortSignal): Promise<void> {
  const directory = await OpenDirectory.open(path);
  try {
    await removeTree(directory, name, signal);
  } finally {
    await directory.close();
  }
}

test(
  'S4: whoever puts a link in the place of a directory does not lead it out of the tree',
  async () => {
    // At any moment: the tree has 3 directories and some looks for each.
    for (let moment = 1; moment < 20; moment++) {
      using scratch = new Scratch();
      for (const name of ['t/a/f', 't/b/f', 't/b/c/g', 'outside/precious', 'outside/c/precious']) scratch.file(name);
      const swap = (): void => {
        for (const name of ['t/b/c', 't/b', 't/a']) {
          if (!existsSync(join(scratch.path, name))) continue;
          renameSync(join(scratch.path, name), join(scratch.path, `away-${name.replaceAll('/', '-')}`));
          symlinkSync(join(scratch.path, 'outside'), join(scratch.path, name));
        }
      };
      await removeIn(scratch.path, 't', onLook(moment, swap)).catch(() => undefined);
      assert.equal(readdirSync(join(scratch.path, 'outside')).toSorted(), ['c', 'precious'], `moment ${moment}`);
      assert.ok(existsSync(join(scratch.path, 'outside/c/precious')), `moment ${moment}`);
    }
  },
  { skip: process.platform === 'linux' ? null : 'only Linux can keep to a directory' },
);

test('it ends early when nobody waits for it any more', async () => {
  using scratch = new Scratch();
  for (let at = 0; at < 100; at++) scratch.file(`t/d${at}/f`);
  assert.is((await failure(removeIn(scratch.path, 't', onLook(30, gone)), Error)).message, 'gone');
  const left = readdirSync(join(scratch.path, 't')).length;
  assert.ok(left > 0 && left < 100, `${left} are left`);
});

test('a directory that is filled again and again is given up', async () => {
  using scratch = new Scratch();
  scratch.directory('t');
  const signal = new AbortController().signal;
  signal.throwIfAborted = () => mkdirSync(join(scratch.path, 't', 'd'), { recursive: true });
  assert.is(((await failure(removeIn(scratch.path, 't', signal), Error)) as NodeJS.ErrnoException).code, 'ENOTEMPTY');
});
