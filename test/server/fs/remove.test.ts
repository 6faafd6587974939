import { execFileSync } from 'node:child_process';
import { chmodSync, existsSync, readdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import * as assert from 'uvu/assert';
import { describeTree, FilesOnServer, oddDirectory } from '../../harness/files-on-server.js';
import { suite } from '../../harness/test.js';

const test = suite('remove');

const missing = '-32004 No such file or directory (os error 2)';

async function removing(): Promise<{ files: FilesOnServer; remove: (name: string, options?: object) => Promise<string> }> {
  const files = await FilesOnServer.open();
  return { files, remove: (name, options) => files.outcome('fs/remove', { path: files.uri(name), ...options }) };
}

test('by default a tree goes with all it contains, and what is missing is fine', async () => {
  const { files, remove } = await removing();
  await using _ = files;
  for (const name of ['t/a/b/c/f', 't/a/g', 't/h', 't/.i/j', 'keep/f']) files.scratch.file(name);
  writeFileSync(Buffer.concat([oddDirectory(join(files.path, 't')), Buffer.from('/\xff', 'latin1')]), '');
  files.scratch.pipe('t/pipe');
  symlinkSync('../keep', join(files.path, 't', 'link'));
  assert.is(await remove('t'), 'ok');
  assert.is(await remove('t'), 'ok');
  assert.equal(
    describeTree(files.path).map((line) => line.split(' ')[0]),
    ['keep/', 'keep/f'],
  );
});

test('a link goes itself, never what it leads to', async () => {
  const { files, remove } = await removing();
  await using _ = files;
  files.scratch.file('d/f');
  for (const name of ['l1', 'l2', 'l3']) symlinkSync('d', join(files.path, name));
  symlinkSync('none', join(files.path, 'dangling'));
  for (const [name, options] of [
    ['l1', {}],
    ['l2/', {}],
    ['l3', { recursive: false }],
    ['dangling', { force: false }],
  ] as const)
    assert.is(await remove(name, options), 'ok');
  assert.equal(readdirSync(files.path), ['d']);
  assert.ok(existsSync(join(files.path, 'd/f')));
});

test('what is missing is an error without force', async () => {
  const { files, remove } = await removing();
  await using _ = files;
  files.scratch.file('f');
  for (const recursive of [true, false]) {
    assert.is(await remove('none', { force: false, recursive }), missing);
    assert.is(await remove('none/none', { force: true, recursive }), 'ok');
    for (const force of [true, false]) assert.is(await remove('f/x', { force, recursive }), '-32603 Not a directory (os error 20)');
  }
});

test('one alone has to be empty', async () => {
  const { files, remove } = await removing();
  await using _ = files;
  files.scratch.file('full/f');
  files.scratch.directory('empty');
  assert.is(await remove('full', { recursive: false }), '-32603 Directory not empty (os error 39)');
  assert.is(await remove('empty', { recursive: false }), 'ok');
  assert.is(await remove('full/f', { recursive: false }), 'ok');
});

test('without links only one at a time can be removed', async () => {
  const { files, remove } = await removing();
  await using _ = files;
  files.scratch.file('d/f');
  files.scratch.directory('empty');
  symlinkSync('d', join(files.path, 'l'));
  for (const options of [{}, { recursive: true }, { recursive: null }])
    assert.is(await remove('d', { followSymlinks: false, ...options }), '-32603 recursive no-follow removal is unsupported');
  const alone = { followSymlinks: false, recursive: false };
  assert.is(await remove('l', alone), '-32600 path contains a symbolic link');
  assert.is(await remove('l/f', alone), '-32603 Not a directory (os error 20)');
  for (const name of ['d/f', 'empty', 'none']) assert.is(await remove(name, alone), 'ok');
  assert.is(await remove('none', { ...alone, force: false }), missing);
});

test('S4: the root is not even begun with', async () => {
  const { files } = await removing();
  await using _ = files;
  for (const path of ['file:///', 'file:////', 'file:///x/..'])
    for (const recursive of [true, false])
      assert.is(await files.outcome('fs/remove', { path, recursive }), '-32603 Resource busy (os error 16)');
});

test('a tree deeper than a path can be long goes too', async () => {
  const { files, remove } = await removing();
  await using _ = files;
  const name = 'd'.repeat(200);
  execFileSync('sh', [
    '-c',
    `cd "$1" && i=0 && while [ $i -lt 60 ]; do mkdir ${name} && cd -P ${name} && : > f && i=$((i+1)); done`,
    'sh',
    files.path,
  ]);
  assert.is(await remove(name), 'ok');
  assert.equal(readdirSync(files.path), []);
});

test('a tree that somebody fills meanwhile goes in the end', async () => {
  const { files, remove } = await removing();
  await using _ = files;
  for (let at = 0; at < 300; at++) files.scratch.file(`t/d${at % 7}/f${at}`);
  const removal = remove('t');
  for (let at = 0; at < 50; at++) {
    try {
      writeFileSync(join(files.path, `t/d${at % 7}/late${at}`), '');
    } catch {
      // it is gone by now
    }
    await new Promise((resolve) => setImmediate(resolve));
  }
  assert.is(await removal, 'ok');
  assert.equal(readdirSync(files.path), []);
});

test(
  'what may not be removed is an error, and what was in the way is gone',
  async () => {
    const { files, remove } = await removing();
    await using _ = files;
    files.scratch.file('t/closed/f');
    chmodSync(join(files.path, 't/closed'), 0o500);
    assert.is(await remove('t'), '-32600 Permission denied (os error 13)');
    chmodSync(join(files.path, 't/closed'), 0o700);
    assert.ok(existsSync(join(files.path, 't/closed/f')));
  },
  { skip: process.getuid?.() === 0 ? 'nothing is forbidden to root' : null },
);
