import {
  appendFileSync,
  chmodSync,
  existsSync,
  linkSync,
  mkdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import * as assert from 'uvu/assert';
import { describeTree, FilesOnServer, oddDirectory } from '../../harness/files-on-server.js';
import { suite } from '../../harness/test.js';

const test = suite('copy');

const exists = '-32603 File exists (os error 17)';

async function copying(): Promise<{ files: FilesOnServer; copy: (from: string, to: string, recursive?: boolean) => Promise<string> }> {
  const files = await FilesOnServer.open();
  const copy = (from: string, to: string, recursive = false): Promise<string> =>
    files.outcome('fs/copy', { sourcePath: files.uri(from), destinationPath: files.uri(to), recursive });
  return { files, copy };
}

test('a file is copied with its permissions, over another too', async () => {
  const { files, copy } = await copying();
  await using _ = files;
  files.scratch.file('f', 'content', 0o640);
  files.scratch.file('other', 'longer than the content', 0o666);
  symlinkSync('behind', join(files.path, 'l'));
  files.scratch.file('behind', '');
  for (const name of ['new', 'other', 'l']) assert.is(await copy('f', name, name === 'other'), 'ok');
  for (const name of ['new', 'other', 'behind']) {
    assert.is(readFileSync(join(files.path, name), 'utf8'), 'content');
    assert.is(statSync(join(files.path, name)).mode & 0o777, 0o640);
  }
  files.scratch.file('suid', 'x', 0o4755);
  assert.is(await copy('suid', 'suid2'), 'ok');
  assert.is(statSync(join(files.path, 'suid2')).mode & 0o7777, 0o4755);
});

test('a large file is copied whole', async () => {
  const { files, copy } = await copying();
  await using _ = files;
  const content = Buffer.from(Array.from({ length: 1_500_001 }, (none, at) => (at * 31) % 251));
  files.scratch.file('f', content);
  assert.is(await copy('f', 'g'), 'ok');
  assert.ok(readFileSync(join(files.path, 'g')).equals(content));
});

test('a file copied onto itself, by whatever name, stays what it is', async () => {
  const { files, copy } = await copying();
  await using _ = files;
  const path = files.scratch.file('f', 'content');
  linkSync(path, join(files.path, 'hard'));
  symlinkSync('f', join(files.path, 'soft'));
  for (const name of ['f', 'hard', 'soft', './x/../f']) assert.is(await copy('f', name), 'ok');
  assert.is(readFileSync(path, 'utf8'), 'content');
});

test('a link is copied as a link, and only where nothing is', async () => {
  const { files, copy } = await copying();
  await using _ = files;
  files.scratch.file('d/f');
  symlinkSync('d', join(files.path, 'ld'));
  symlinkSync(Buffer.from('no\xffne', 'latin1'), join(files.path, 'dangling'));
  for (const recursive of [true, false]) {
    assert.is(await copy('ld', `ld${recursive}`, recursive), 'ok');
    assert.is(await copy('dangling', `dangling${recursive}`, recursive), 'ok');
    assert.is(await copy('ld', 'd', recursive), exists);
  }
  assert.ok(describeTree(files.path).includes('ldtrue -> d'));
});

test('S4: pipes, devices and sockets are not copied, neither from nor to', async () => {
  const { files, copy } = await copying();
  await using _ = files;
  files.scratch.file('f');
  files.scratch.pipe('pipe');
  for (const recursive of [true, false])
    assert.is(await copy('pipe', 'x', recursive), '-32600 fs/copy only supports regular files, directories, and symlinks');
  assert.is(await copy('f', 'pipe'), `-32600 path \`${files.path}/pipe\` is not a file`);
});

test('where a file cannot go is told', async () => {
  const { files, copy } = await copying();
  await using _ = files;
  files.scratch.file('f');
  files.scratch.directory('d');
  assert.is(await copy('f', 'd'), '-32603 Is a directory (os error 21)');
  assert.is(await copy('f', 'none/x'), '-32004 No such file or directory (os error 2)');
  assert.is(await copy('none', 'x'), '-32004 No such file or directory (os error 2)');
});

/** A tree with everything that can be in one. */
function fill(files: FilesOnServer): void {
  files.scratch.file('t/a/b/f', 'f', 0o600);
  files.scratch.file('t/x', 'x', 0o755);
  files.scratch.directory('t/empty');
  chmodSync(join(files.path, 't/a'), 0o750);
  chmodSync(join(files.path, 't/empty'), 0o555);
  symlinkSync('a/b', join(files.path, 't/link'));
  symlinkSync('nowhere', join(files.path, 't/dangling'));
  files.scratch.pipe('t/pipe');
  writeFileSync(Buffer.concat([oddDirectory(join(files.path, 't')), Buffer.from('/\xff', 'latin1')]), 'odd');
}

test('a directory is copied with all it contains, links as links, modes and all', async () => {
  const { files, copy } = await copying();
  await using _ = files;
  fill(files);
  assert.is(await copy('t', 'new/and/deep'), '-32600 fs/copy requires recursive: true when sourcePath is a directory');
  assert.is(await copy('t', 'new/and/deep', true), 'ok');
  assert.equal(
    describeTree(join(files.path, 'new/and/deep')),
    describeTree(join(files.path, 't')).filter((line) => !line.startsWith('pipe')),
  );
  assert.is(
    readFileSync(Buffer.concat([Buffer.from(`${files.path}/new/and/deep/A`), Buffer.from('\xff\xfe/\xff', 'latin1')]), 'utf8'),
    'odd',
  );
  for (const path of ['t/empty', 'new/and/deep/empty']) chmodSync(join(files.path, path), 0o755);
});

test('a directory goes into one that is there: files are replaced, the rest stays', async () => {
  const { files, copy } = await copying();
  await using _ = files;
  files.scratch.file('t/a/f', 'new', 0o600);
  files.scratch.file('to/a/f', 'old', 0o644);
  files.scratch.file('to/a/stays', 'stays');
  files.scratch.directory('elsewhere');
  files.scratch.file('t/b/g', 'g');
  symlinkSync('../elsewhere', join(files.path, 'to', 'b'));
  assert.is(await copy('t', 'to', true), 'ok');
  assert.is(readFileSync(join(files.path, 'to/a/f'), 'utf8'), 'new');
  assert.is(readFileSync(join(files.path, 'to/a/stays'), 'utf8'), 'stays');
  assert.is(readFileSync(join(files.path, 'elsewhere/g'), 'utf8'), 'g', 'a link to a directory is one');
});

test('where the two do not go together is an error that names the place', async () => {
  const { files } = await copying();
  await using _ = files;
  files.scratch.file('t/a/f', 'x');
  files.scratch.file('to1/a', 'a file');
  files.scratch.directory('to2/a/f');
  const refusal = async (to: string) =>
    (await files.client.request('fs/copy', { sourcePath: files.uri('t'), destinationPath: files.uri(to), recursive: true })).error;
  assert.equal(await refusal('to1'), {
    code: -32603,
    message: 'File exists (os error 17)',
    data: { reason: 'fileFailed', code: 'EEXIST', path: files.uri('to1/a') },
  });
  assert.equal((await refusal('to2'))?.data, { reason: 'fileFailed', code: 'EISDIR', path: files.uri('t/a/f') });
  files.scratch.file('file');
  assert.is((await refusal('file'))?.message, 'File exists (os error 17)');
  assert.is((await refusal('file/x'))?.message, 'Not a directory (os error 20)');
});

test('a directory does not go into itself, by whatever way', async () => {
  const { files, copy } = await copying();
  await using _ = files;
  files.scratch.file('t/a/f');
  files.scratch.directory('ta');
  symlinkSync('t', join(files.path, 'l'));
  const refusal = '-32600 fs/copy cannot copy a directory to itself or one of its descendants';
  for (const to of ['t', 't/a', 't/a/new/deep', 'l', 'l/new', 't/../l/a']) assert.is(await copy('t', to, true), refusal, to);
  assert.is(await copy('t', 'ta', true), 'ok', 'a name that only begins alike');
  assert.is(await copy('t/a', 't', true), 'ok', 'upwards is fine');
  assert.ok(existsSync(join(files.path, 't/f')));
});

test('a file that changes while it is copied is told, not passed off as a copy', async () => {
  const { files, copy } = await copying();
  await using _ = files;
  const path = files.scratch.file('f');
  truncateSync(path, 64 * 1024 * 1024);
  let changes = 0;
  const change = setInterval(() => (changes++ % 2 === 0 ? appendFileSync(path, 'more') : truncateSync(path, 60 * 1024 * 1024)), 1);
  try {
    assert.is(await copy('f', 'g'), `-32603 path \`${path}\` changed while it was copied`);
  } finally {
    clearInterval(change);
  }
});

test('a copy nobody waits for ends early', async () => {
  const { files } = await copying();
  await using _ = files;
  for (let at = 0; at < 400; at++) files.scratch.file(`t/d${at % 20}/f${at}`, 'x');
  const params = { sourcePath: files.uri('t'), destinationPath: files.uri('to'), recursive: true };
  files.client.send({ id: 'lost', method: 'fs/copy', params });
  while (!existsSync(join(files.path, 'to', 'd3'))) await new Promise((resolve) => setImmediate(resolve));
  await files.client.close();
  let count = -1;
  for (let now = describeTree(join(files.path, 'to')).length; now !== count; now = describeTree(join(files.path, 'to')).length) {
    count = now;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  assert.ok(count < 420, `${count} of 420 were copied`);
  mkdirSync(join(files.path, 'end'));
});
