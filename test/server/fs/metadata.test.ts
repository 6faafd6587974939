import { chmodSync, statSync, symlinkSync, utimesSync } from 'node:fs';
import { join } from 'node:path';
import * as assert from 'uvu/assert';
import { FilesOnServer, oddDirectory } from '../../harness/files-on-server.js';
import { suite } from '../../harness/test.js';

const test = suite('metadata');

test('a link is described by what it leads to, and as a link', async () => {
  await using files = await FilesOnServer.open();
  files.scratch.file('f', 'hello');
  files.scratch.directory('d');
  symlinkSync('f', join(files.path, 'lf'));
  symlinkSync('d', join(files.path, 'ld'));
  files.scratch.pipe('pipe');
  const kinds = async (name: string, followSymlinks?: boolean) => {
    const { isDirectory, isFile, isSymlink, size } = await files.result('fs/getMetadata', { path: files.uri(name), followSymlinks });
    return [isDirectory && 'directory', isFile && `file of ${size}`, isSymlink && 'link'].filter(Boolean).join(' ');
  };
  for (const follow of [undefined, true]) {
    assert.equal(await Promise.all(['f', 'd', 'lf', 'ld', 'pipe'].map((name) => kinds(name, follow))), [
      'file of 5',
      'directory',
      'file of 5 link',
      'directory link',
      '',
    ]);
  }
  assert.equal(await Promise.all(['f', 'd', 'pipe'].map((name) => kinds(name, false))), ['file of 5', 'directory', '']);
});

test('times are whole milliseconds, exactly, and 0 before the epoch', async () => {
  await using files = await FilesOnServer.open();
  const path = files.scratch.file('f');
  const modified = async (): Promise<number> => (await files.result('fs/getMetadata', { path: files.uri('f') })).modifiedAtMs;
  utimesSync(path, 0, 1_700_000_000.9999);
  assert.is(await modified(), Number(statSync(path, { bigint: true }).mtimeNs / 1_000_000n));
  utimesSync(path, 0, new Date(-5_000));
  assert.is(await modified(), 0);
});

test('links are refused on request, each in the words of the base', async () => {
  await using files = await FilesOnServer.open();
  files.scratch.file('d/f');
  symlinkSync('d', join(files.path, 'l'));
  symlinkSync('none', join(files.path, 'dangling'));
  const look = (name: string) => files.outcome('fs/getMetadata', { path: files.uri(name), followSymlinks: false });
  for (const name of ['l', 'l/', 'dangling']) assert.is(await look(name), '-32600 path contains a symbolic link');
  assert.is(await look('l/f'), '-32603 Not a directory (os error 20)');
  assert.is(await look('d/f'), 'ok');
  assert.is(await look('d/none'), '-32004 No such file or directory (os error 2)');
});

test('what is not there, or not reached, says why', async () => {
  await using files = await FilesOnServer.open();
  files.scratch.file('f');
  symlinkSync('none', join(files.path, 'dangling'));
  symlinkSync('loop', join(files.path, 'loop'));
  const look = (name: string) => files.outcome('fs/getMetadata', { path: files.uri(name) });
  assert.is(await look('none'), '-32004 No such file or directory (os error 2)');
  assert.is(await look('dangling'), '-32004 No such file or directory (os error 2)');
  assert.is(await look('loop'), '-32603 Symbolic link loop (os error 40)');
  assert.is(await look('f/x'), '-32603 Not a directory (os error 20)');
  assert.is(await look('x'.repeat(256)), '-32603 Filename too long (os error 36)');
});

test('a real path is told as URI, with bytes that are no UTF-8 as escapes', async () => {
  await using files = await FilesOnServer.open();
  oddDirectory(files.path);
  symlinkSync('A\ufffd', join(files.path, 'other'));
  const real = async (name: string): Promise<string> => (await files.result('fs/canonicalize', { path: files.uri(name) })).path;
  assert.is(await real('x/../A%FF%FE/.'), files.uri('A%FF%FE'));
  files.scratch.file('d/ü f');
  symlinkSync('d', join(files.path, 'l'));
  assert.is(await real('l/ü f'), files.uri('d/%C3%BC%20f'));
  assert.is(await files.outcome('fs/canonicalize', { path: files.uri('other') }), '-32004 No such file or directory (os error 2)');
});

test(
  'what the server may not see is said to be forbidden',
  async () => {
    await using files = await FilesOnServer.open();
    files.scratch.file('d/f');
    chmodSync(join(files.path, 'd'), 0o600);
    assert.is(await files.outcome('fs/getMetadata', { path: files.uri('d/f') }), '-32600 Permission denied (os error 13)');
    chmodSync(join(files.path, 'd'), 0o700);
  },
  { skip: process.getuid?.() === 0 ? 'nothing is forbidden to root' : null },
);
