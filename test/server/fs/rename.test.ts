import { existsSync, linkSync, readdirSync, readFileSync, readlinkSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import * as assert from 'uvu/assert';
import { describeTree, FilesOnServer } from '../../harness/files-on-server.js';
import { suite } from '../../harness/test.js';

const test = suite('rename');

const exists = '-32603 File exists (os error 17)';

async function renaming(): Promise<{
  files: FilesOnServer;
  rename: (from: string, to: string, overwrite?: boolean | null) => Promise<string>;
}> {
  const files = await FilesOnServer.open();
  const rename = (from: string, to: string, overwrite?: boolean | null): Promise<string> =>
    files.outcome('fs/rename', { from: files.uri(from), to: files.uri(to), overwrite });
  return { files, rename };
}

test('a file takes the place of another, unless it may not', async () => {
  const { files, rename } = await renaming();
  await using _ = files;
  for (const overwrite of [undefined, null, true]) {
    files.scratch.file('a', 'a');
    files.scratch.file('b', 'b');
    assert.is(await rename('a', 'b', overwrite), 'ok');
    assert.is(readFileSync(join(files.path, 'b'), 'utf8'), 'a');
    assert.not.ok(existsSync(join(files.path, 'a')));
  }
  files.scratch.file('a', 'new');
  assert.is(await rename('a', 'b', false), exists);
  assert.is(await rename('a', 'a', false), exists);
  assert.is(await rename('a', 'c', false), 'ok');
  assert.equal(describeTree(files.path), ['b 644', 'c 644']);
});

test('without overwriting anything moves where nothing is: directories, links, pipes', async () => {
  const { files, rename } = await renaming();
  await using _ = files;
  files.scratch.file('d/f', 'x');
  symlinkSync('none', join(files.path, 'l'));
  files.scratch.pipe('p');
  for (const name of ['d', 'l', 'p']) assert.is(await rename(name, `${name}2`, false), 'ok', name);
  assert.is(readFileSync(join(files.path, 'd2/f'), 'utf8'), 'x');
  assert.is(readlinkSync(join(files.path, 'l2')), 'none');
  files.scratch.directory('empty');
  symlinkSync('nowhere', join(files.path, 'dangling'));
  for (const from of ['d2', 'l2', 'p2']) {
    for (const to of ['empty', 'dangling']) assert.is(await rename(from, to, false), exists, `${from} to ${to}`);
    assert.ok(describeTree(files.path).some((line) => line.startsWith(from)));
  }
});

test('of many that want one name without overwriting one gets it', async () => {
  const { files, rename } = await renaming();
  await using _ = files;
  for (let at = 0; at < 20; at++) files.scratch.file(at % 2 === 0 ? `f${at}` : `d${at}/f`);
  const outcomes = await Promise.all(Array.from({ length: 20 }, (none, at) => rename(`${at % 2 === 0 ? 'f' : 'd'}${at}`, 'one', false)));
  assert.is(outcomes.filter((outcome) => outcome === 'ok').length, 1);
  assert.equal([...new Set(outcomes)].toSorted(), [exists, 'ok'].toSorted());
  assert.is(readdirSync(files.path).length, 20);
});

test('a directory takes the place of an empty one only', async () => {
  const { files, rename } = await renaming();
  await using _ = files;
  files.scratch.file('d/f');
  files.scratch.file('full/g');
  files.scratch.directory('empty');
  files.scratch.file('file');
  assert.is(await rename('d', 'full'), '-32603 Directory not empty (os error 39)');
  assert.is(await rename('d', 'file'), '-32603 Not a directory (os error 20)');
  assert.is(await rename('file', 'd'), '-32603 Is a directory (os error 21)');
  for (const overwrite of [true, false]) {
    assert.is(await rename('d', 'd/sub', overwrite), '-32600 Invalid argument (os error 22)');
    assert.not.ok(existsSync(join(files.path, 'd/sub')), 'nothing is left of the attempt');
  }
  assert.is(await rename('d', 'empty'), 'ok');
});

test('what is missing, and what is on another file system, is told', async () => {
  const { files, rename } = await renaming();
  await using _ = files;
  for (const overwrite of [true, false]) assert.is(await rename('none', 'x', overwrite), '-32004 No such file or directory (os error 2)');
  files.scratch.file('f');
  for (const overwrite of [true, false]) {
    const outcome = await files.outcome('fs/rename', { from: files.uri('f'), to: 'file:///proc/exec-server-test', overwrite });
    assert.match(outcome, /^-326|^-32004/);
    assert.ok(existsSync(join(files.path, 'f')));
  }
});

test('two names of one file stay two without overwriting', async () => {
  const { files, rename } = await renaming();
  await using _ = files;
  linkSync(files.scratch.file('a', 'x'), join(files.path, 'b'));
  assert.is(await rename('a', 'b', false), exists);
  assert.equal(describeTree(files.path), ['a 644', 'b 644']);
});
