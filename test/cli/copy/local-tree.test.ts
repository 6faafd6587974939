import { chmodSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import * as assert from 'uvu/assert';
import { LocalTree } from '#cli/copy/local-tree.js';
import { Scratch } from '../../harness/scratch.js';
import { suite } from '../../harness/test.js';

const test = suite('local-tree');
const tree = new LocalTree();

test('a directory is listed with what its links lead to, names as bytes', async () => {
  using scratch = new Scratch();
  scratch.file('file', '12345');
  mkdirSync(`${scratch.path}/sub`);
  symlinkSync('sub', `${scratch.path}/link`);
  symlinkSync('nowhere', `${scratch.path}/dangling`);
  scratch.pipe('pipe');
  writeFileSync(Buffer.concat([Buffer.from(`${scratch.path}/`), Buffer.from([0xff])]), '');
  const entries = await tree.list(Buffer.from(scratch.path));
  const shown = entries.map((entry) =>
    'error' in entry
      ? `${entry.ref.toString('latin1').split('/').at(-1)} ${(entry.error as NodeJS.ErrnoException).code}`
      : `${entry.name.toString('latin1')} ${entry.kind} ${entry.size} ${entry.isLink}`,
  );
  assert.equal(shown.toSorted(), [
    'dangling ENOENT',
    'file file 5 false',
    'link directory 0 true',
    'pipe other 0 false',
    'sub directory 0 false',
    '\xff file 0 false',
  ]);
});

test('two ways to a directory are the same directory', async () => {
  using scratch = new Scratch();
  scratch.directory('a');
  symlinkSync('a', `${scratch.path}/b`);
  const [a, b] = await Promise.all(
    ['a', 'b'].map(async (name) => {
      const found = await tree.find(Buffer.from(`${scratch.path}/${name}`));
      return found ? tree.identify(found) : null;
    }),
  );
  assert.is(a, b);
  assert.type(a, 'string');
});

test('what is not there is nothing; what cannot be looked at is an error', async () => {
  using scratch = new Scratch();
  scratch.file('file');
  assert.is(await tree.find(Buffer.from(`${scratch.path}/nope`)), null);
  assert.is(await tree.find(Buffer.from(`${scratch.path}/file/x`)).catch((error: NodeJS.ErrnoException) => error.code), 'ENOTDIR');
});

test('a directory that is there is fine, anything else is not', async () => {
  using scratch = new Scratch();
  scratch.file('file');
  const made = Buffer.from(`${scratch.path}/new`);
  await tree.makeDirectory(made);
  await tree.makeDirectory(made);
  chmodSync(made, 0o700);
  assert.is(await tree.makeDirectory(Buffer.from(`${scratch.path}/file`)).catch((error: NodeJS.ErrnoException) => error.code), 'EEXIST');
  assert.is(await tree.makeDirectory(Buffer.from(`${scratch.path}/x/y`)).catch((error: NodeJS.ErrnoException) => error.code), 'ENOENT');
});

test('names are the last part of a path', () => {
  const names = { a: 'a', '/x/a b': 'a b', 'x/a/': 'a', '/': null, '.': null, 'x/..': null, '': null };
  for (const [path, name] of Object.entries(names)) assert.is(tree.nameOf(Buffer.from(path))?.toString() ?? null, name, path);
  assert.is(tree.child(Buffer.from('/'), Buffer.from('a')).toString(), '/a');
  assert.is(tree.child(Buffer.from('x'), Buffer.from('a')).toString(), 'x/a');
  assert.is(tree.label(Buffer.from('a b')), "'a b'");
});
