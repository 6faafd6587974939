import { randomBytes } from 'node:crypto';
import { readFileSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import * as assert from 'uvu/assert';
import { FilesOnServer, oddDirectory } from '../../harness/files-on-server.js';
import { suite } from '../../harness/test.js';

const test = suite('read-file');

const MiB = 1024 * 1024;
const isLinux = process.platform === 'linux';

for (const size of [0, 1, 2, 3, 48 * 1024, MiB - 1, MiB, MiB + 1, 3 * MiB + 2, 5 * MiB]) {
  test(`a file of ${size} bytes comes whole`, async () => {
    await using files = await FilesOnServer.open();
    const content = randomBytes(size);
    files.scratch.file('f', content);
    const { dataBase64 } = await files.result('fs/readFile', { path: files.uri('f') });
    assert.ok(Buffer.from(dataBase64, 'base64').equals(content));
  });
}

test(
  'a file whose size is not told before is read to its end',
  async () => {
    await using files = await FilesOnServer.open();
    const { dataBase64 } = await files.result('fs/readFile', { path: 'file:///proc/cpuinfo' });
    assert.match(Buffer.from(dataBase64, 'base64').toString(), 'processor');
    const symbols = await files.result('fs/readFile', { path: 'file:///proc/kallsyms' });
    assert.is(Buffer.from(symbols.dataBase64, 'base64').length, readFileSync('/proc/kallsyms').length);
  },
  { skip: isLinux ? null : 'there is no /proc' },
);

test('a name that is no UTF-8 is reached by its bytes', async () => {
  await using files = await FilesOnServer.open();
  writeFileSync(Buffer.concat([oddDirectory(files.path), Buffer.from('/f\x80', 'latin1')]), 'odd');
  const { dataBase64 } = await files.result('fs/readFile', { path: files.uri('A%FF%FE/f%80') });
  assert.is(Buffer.from(dataBase64, 'base64').toString(), 'odd');
});

test('S4: what is no regular file is refused, and nothing waits for it', async () => {
  await using files = await FilesOnServer.open();
  files.scratch.pipe('pipe');
  const socket = createServer().listen(join(files.path, 'socket'));
  try {
    files.scratch.directory('d');
    for (const name of ['pipe', 'socket', 'd'])
      assert.is(await files.outcome('fs/readFile', { path: files.uri(name) }), `-32600 path \`${files.path}/${name}\` is not a file`);
    assert.is(await files.outcome('fs/readFile', { path: 'file:///dev/zero' }), '-32600 path `/dev/zero` is not a file');
    for (const name of ['pipe', 'd']) {
      const params = { path: files.uri(name), followSymlinks: false };
      assert.is(await files.outcome('fs/readFile', params), '-32600 path is not a regular file');
    }
  } finally {
    socket.close();
  }
});

test('links are followed, or refused anywhere in the path', async () => {
  await using files = await FilesOnServer.open();
  files.scratch.file('d/f', 'content');
  symlinkSync('d', join(files.path, 'ld'));
  symlinkSync('f', join(files.path, 'd', 'lf'));
  symlinkSync('loop', join(files.path, 'loop'));
  const read = (name: string, followSymlinks?: boolean) => files.outcome('fs/readFile', { path: files.uri(name), followSymlinks });
  for (const name of ['d/f', 'd/lf', 'ld/lf']) assert.is(await read(name), 'ok');
  assert.is(await read('loop'), '-32603 Symbolic link loop (os error 40)');
  assert.is(await read('d/f', false), 'ok');
  assert.is(await read('d/lf', false), '-32603 Symbolic link loop (os error 40)');
  assert.is(await read('ld/f', false), '-32603 Not a directory (os error 20)');
  assert.is(await read('loop/f', false), '-32603 Not a directory (os error 20)');
  assert.is(await read('d/none', false), '-32004 No such file or directory (os error 2)');
});

test('what is not there is told by code and by name', async () => {
  await using files = await FilesOnServer.open();
  const { error } = await files.client.request('fs/readFile', { path: files.uri('none') });
  assert.equal(error, {
    code: -32004,
    message: 'No such file or directory (os error 2)',
    data: { reason: 'fileNotFound', code: 'ENOENT' },
  });
});

test('a file too large for a message is refused before it is read, with the way to read it', async () => {
  await using files = await FilesOnServer.open({ maxMessageBytes: 4_000 });
  files.scratch.file('f', 'x'.repeat(3_000));
  files.scratch.file('fits', 'x'.repeat(2_700));
  assert.match(
    await files.outcome('fs/readFile', { path: files.uri('f') }),
    /^-32603 the file has 3000 bytes, .* with fs\/open and fs\/readBlock$/,
  );
  assert.is(await files.outcome('fs/readFile', { path: files.uri('fits') }), 'ok');
});

test('a file beyond the limit of the base is refused in its words', async () => {
  await using files = await FilesOnServer.open();
  files.scratch.file('f');
  truncateSync(join(files.path, 'f'), 512 * MiB + 1);
  assert.is(await files.outcome('fs/readFile', { path: files.uri('f') }), '-32600 file is too large to read: limit is 536870912 bytes');
});

test('S4: however many files are asked for at once, few are in memory', async () => {
  await using files = await FilesOnServer.open({ fileAnswerBytes: 2 * MiB });
  files.scratch.file('f', Buffer.alloc(MiB, 'x'));
  files.client.channel.pause();
  const answers = Array.from({ length: 30 }, () => files.result('fs/readFile', { path: files.uri('f') }));
  const [connection] = files.server.inspect().connections;
  for (let turn = 0; turn < 200; turn++) {
    await new Promise((resolve) => setImmediate(resolve));
    assert.ok((files.server.inspect().connections[0]?.files?.answerBytes ?? 0) <= 2 * MiB);
  }
  assert.ok(connection);
  files.client.channel.resume();
  for (const { dataBase64 } of await Promise.all(answers)) assert.is(Buffer.from(dataBase64, 'base64').length, MiB);
  assert.is(files.server.inspect().connections[0]?.files?.answerBytes, 0);
});
