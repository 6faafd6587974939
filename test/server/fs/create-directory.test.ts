import { statSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import * as assert from 'uvu/assert';
import { FilesOnServer } from '../../harness/files-on-server.js';
import { suite } from '../../harness/test.js';

const test = suite('create-directory');

const exists = '-32603 File exists (os error 17)';
const noDirectory = '-32603 Not a directory (os error 20)';
const missing = '-32004 No such file or directory (os error 2)';

/** A file, a directory, links to both and to nothing. */
async function withLinks(): Promise<{ files: FilesOnServer; make: (name: string, options?: object) => Promise<string> }> {
  const files = await FilesOnServer.open();
  files.scratch.file('f');
  files.scratch.directory('d');
  for (const [target, name] of [
    ['f', 'lf'],
    ['d', 'ld'],
    ['none', 'dangling'],
    ['loop', 'loop'],
  ] as const)
    symlinkSync(target, join(files.path, name));
  return { files, make: (name, options) => files.outcome('fs/createDirectory', { path: files.uri(name), ...options }) };
}

test('by default everything on the way is made, and what is there is fine', async () => {
  const { files, make } = await withLinks();
  await using _ = files;
  for (const options of [{}, { recursive: null }, { recursive: true }]) {
    for (const name of ['d', 'd/', 'ld', 'a/b/c', 'ld/x/y', 'a%FF/b']) assert.is(await make(name, options), 'ok', name);
    for (const name of ['f', 'lf', 'dangling', 'loop']) assert.is(await make(name, options), exists, name);
    for (const name of ['f/x', 'f/x/y', 'lf/x']) assert.is(await make(name, options), noDirectory, name);
    assert.is(await make('dangling/x', options), exists);
  }
  assert.ok(statSync(join(files.path, 'd/x/y')).isDirectory());
  assert.is(await files.outcome('fs/createDirectory', { path: 'file:///' }), 'ok');
});

test('one alone has to be new, in a directory that is there', async () => {
  const { files, make } = await withLinks();
  await using _ = files;
  const recursive = false;
  assert.is(await make('d/new', { recursive }), 'ok');
  for (const name of ['d', 'ld', 'f', 'lf', 'dangling', 'loop']) assert.is(await make(name, { recursive }), exists, name);
  assert.is(await make('none/x', { recursive }), missing);
  assert.is(await make('f/x', { recursive }), noDirectory);
});

test('without links each step has to be a directory', async () => {
  const { files, make } = await withLinks();
  await using _ = files;
  const followSymlinks = false;
  for (const name of ['d', 'a/b/c']) assert.is(await make(name, { followSymlinks }), 'ok', name);
  for (const name of ['ld', 'ld/x', 'lf', 'dangling', 'loop', 'f', 'f/x'])
    assert.is(await make(name, { followSymlinks }), noDirectory, name);
  assert.is(await make('ld', { followSymlinks, recursive: false }), exists);
  assert.is(await make('ld/x', { followSymlinks, recursive: false }), noDirectory);
  assert.is(await make('d/z', { followSymlinks, recursive: false }), 'ok');
});

test('many that make the same at the same time all find it made', async () => {
  await using files = await FilesOnServer.open();
  const outcomes = await Promise.all(
    Array.from({ length: 20 }, (_, at) =>
      files.outcome('fs/createDirectory', { path: files.uri(`a/b/c/${at % 3}`), followSymlinks: at % 2 === 0 }),
    ),
  );
  assert.equal([...new Set(outcomes)], ['ok']);
});
