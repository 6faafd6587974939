import { randomBytes } from 'node:crypto';
import { readFileSync, statSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import * as assert from 'uvu/assert';
import { base64, FilesOnServer } from '../../harness/files-on-server.js';
import { suite } from '../../harness/test.js';

const test = suite('write-file');

test('a file is made, and what it contained is replaced', async () => {
  await using files = await FilesOnServer.open();
  const path = join(files.path, 'f');
  for (const content of ['first and long', 'short', '', 'again']) {
    assert.equal(await files.result('fs/writeFile', { path: files.uri('f'), dataBase64: base64(content) }), {});
    assert.is(readFileSync(path, 'utf8'), content);
  }
  assert.is(statSync(path).mode & 0o777, 0o666 & ~process.umask());
});

test('a long content is written whole', async () => {
  await using files = await FilesOnServer.open();
  const content = randomBytes(13_000_001);
  await files.result('fs/writeFile', { path: files.uri('f'), dataBase64: base64(content) });
  assert.ok(readFileSync(join(files.path, 'f')).equals(content));
});

test('the mode of a file that is there stays', async () => {
  await using files = await FilesOnServer.open();
  const path = files.scratch.file('f', 'x', 0o640);
  await files.result('fs/writeFile', { path: files.uri('f'), dataBase64: '' });
  assert.is(statSync(path).mode & 0o777, 0o640);
});

test('S4: bad base64 is refused before anything happens to the file', async () => {
  await using files = await FilesOnServer.open();
  const path = files.scratch.file('f', 'before');
  const words = '-32600 fs/writeFile requires valid base64 dataBase64: ';
  for (const [dataBase64, fault] of [
    ['!', 'Invalid symbol 33, offset 0.'],
    ['eA', 'Invalid padding'],
    ['eB==', 'Invalid last symbol 66, offset 1.'],
  ]) {
    assert.is(await files.outcome('fs/writeFile', { path: files.uri('f'), dataBase64 }), words + fault);
    assert.is(await files.outcome('fs/writeFile', { path: files.uri('new'), dataBase64 }), words + fault);
  }
  assert.is(readFileSync(path, 'utf8'), 'before');
  assert.is(await files.outcome('fs/getMetadata', { path: files.uri('new') }), '-32004 No such file or directory (os error 2)');
});

test('a link is followed, also one to a file that is still to be made; or refused', async () => {
  await using files = await FilesOnServer.open();
  symlinkSync('target', join(files.path, 'l'));
  files.scratch.directory('d');
  symlinkSync('d', join(files.path, 'ld'));
  const write = (name: string, followSymlinks?: boolean) =>
    files.outcome('fs/writeFile', { path: files.uri(name), dataBase64: base64('x'), followSymlinks });
  assert.is(await write('l', false), '-32603 Symbolic link loop (os error 40)');
  assert.is(await write('ld/f', false), '-32603 Not a directory (os error 20)');
  assert.is(await write('l'), 'ok');
  assert.is(readFileSync(join(files.path, 'target'), 'utf8'), 'x');
  assert.is(await write('ld/f'), 'ok');
  assert.is(await write('d/g', false), 'ok');
});

test('S4: a directory, a pipe and a device are not written to', async () => {
  await using files = await FilesOnServer.open();
  files.scratch.directory('d');
  files.scratch.pipe('pipe');
  const write = (path: string, followSymlinks?: boolean) =>
    files.outcome('fs/writeFile', { path, dataBase64: base64('x'), followSymlinks });
  for (const follow of [true, false]) assert.is(await write(files.uri('d'), follow), '-32603 Is a directory (os error 21)');
  assert.is(await write(files.uri('pipe')), `-32600 path \`${files.path}/pipe\` is not a file`);
  assert.is(await write('file:///dev/null'), '-32600 path `/dev/null` is not a file');
});

test('directories are not made on the way', async () => {
  await using files = await FilesOnServer.open();
  files.scratch.file('f');
  const write = (name: string) => files.outcome('fs/writeFile', { path: files.uri(name), dataBase64: '' });
  assert.is(await write('none/f'), '-32004 No such file or directory (os error 2)');
  assert.is(await write('f/x'), '-32603 Not a directory (os error 20)');
  assert.is(await write('x'.repeat(300)), '-32603 Filename too long (os error 36)');
});
