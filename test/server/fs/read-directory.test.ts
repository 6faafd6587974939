import { symlinkSync } from 'node:fs';
import { join } from 'node:path';
import * as assert from 'uvu/assert';
import { FilesOnServer, oddDirectory } from '../../harness/files-on-server.js';
import { suite } from '../../harness/test.js';

const test = suite('read-directory');

async function list(files: FilesOnServer, name = ''): Promise<string[]> {
  const { entries } = await files.result('fs/readDirectory', { path: files.uri(name) });
  return entries.map(({ fileName, isDirectory, isFile }) => fileName + (isDirectory ? '/' : isFile ? '' : ' special')).toSorted();
}

test('what is in it is told by name and kind, links by where they lead', async () => {
  await using files = await FilesOnServer.open();
  assert.equal(await list(files), []);
  files.scratch.file('.hidden');
  files.scratch.file('quote"\n', 'x');
  files.scratch.directory('d');
  oddDirectory(files.path);
  files.scratch.pipe('pipe');
  for (const [target, name] of [
    ['d', 'ld'],
    ['.hidden', 'lf'],
    ['pipe', 'lp'],
    ['none', 'dangling'],
    ['loop', 'loop'],
    ['lf/x', 'through'],
  ] as const)
    symlinkSync(target, join(files.path, name));
  assert.equal(await list(files), ['.hidden', 'A\ufffd\ufffd/', 'd/', 'ld/', 'lf', 'lp special', 'pipe special', 'quote"\n']);
  assert.equal(await list(files, 'ld'), []);
});

test('a directory with many entries is told whole', async () => {
  await using files = await FilesOnServer.open();
  const names = Array.from({ length: 3_000 }, (_, at) => `a-rather-long-name-of-a-file-${at}`);
  for (const name of names) files.scratch.file(name);
  symlinkSync(names[0] ?? '', join(files.path, 'z'));
  assert.equal(await list(files), [...names.toSorted(), 'z']);
});

test('S4: more than fits into a message is refused', async () => {
  await using files = await FilesOnServer.open({ maxMessageBytes: 2_000 });
  for (let at = 0; at < 40; at++) files.scratch.file(`f${at}`);
  assert.match(await files.outcome('fs/readDirectory', { path: files.uri() }), /^-32603 the directory has too many entries/);
});

test('what is no directory says so', async () => {
  await using files = await FilesOnServer.open();
  files.scratch.file('f');
  assert.is(await files.outcome('fs/readDirectory', { path: files.uri('f') }), '-32603 Not a directory (os error 20)');
  assert.is(await files.outcome('fs/readDirectory', { path: files.uri('none') }), '-32004 No such file or directory (os error 2)');
});
