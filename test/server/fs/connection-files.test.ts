import { readdirSync, readFileSync, rmSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Requests } from '@exec-server/protocol';
import * as assert from 'uvu/assert';
import { base64, FilesOnServer } from '../../harness/files-on-server.js';
import { MemoryClient } from '../../harness/memory-client.js';
import { suite } from '../../harness/test.js';

const test = suite('connection-files');

const MiB = 1024 * 1024;

/** Asks for blocks of one handle. */
function blocks(files: FilesOnServer, handleId = 'h') {
  return {
    open: (name: string, mode?: string) => files.outcome('fs/open', { handleId, path: files.uri(name), mode }),
    read: async (offset: number, len: number): Promise<string> => {
      const { chunk, eof } = await files.result('fs/readBlock', { handleId, offset, len });
      return Buffer.from(chunk, 'base64').toString() + (eof ? ' eof' : '');
    },
    refusedRead: (offset: number, len: number) => files.outcome('fs/readBlock', { handleId, offset, len }),
    write: (offset: number, text: string | Uint8Array) => files.outcome('fs/writeBlock', { handleId, offset, chunk: base64(text) }),
    close: () => files.outcome('fs/close', { handleId }),
  };
}

test('blocks are read from anywhere; only a short one is the end', async () => {
  await using files = await FilesOnServer.open();
  files.scratch.file('f', 'hello');
  const { open, read, close } = blocks(files);
  assert.is(await open('f'), 'ok');
  assert.equal(
    [await read(0, 5), await read(5, 1), await read(3, 2), await read(3, 3), await read(99, 1)],
    ['hello', ' eof', 'lo', 'lo eof', ' eof'],
  );
  assert.is(await read(2 ** 60, 1), ' eof');
  assert.is(await close(), 'ok');
  assert.is(await close(), 'ok');
});

test('the largest block comes whole', async () => {
  await using files = await FilesOnServer.open();
  const content = Buffer.from(Array.from({ length: MiB + 5 }, (_, at) => (at * 7) % 253));
  files.scratch.file('f', content);
  await files.result('fs/open', { handleId: '', path: files.uri('f') });
  const { chunk, eof } = await files.result('fs/readBlock', { handleId: '', offset: 3, len: MiB });
  assert.ok(Buffer.from(chunk, 'base64').equals(content.subarray(3, MiB + 3)));
  assert.is(eof, false);
});

test('blocks are written anywhere, what is skipped is zeros, and the file is empty before', async () => {
  await using files = await FilesOnServer.open();
  const path = files.scratch.file('f', 'was here before');
  symlinkSync('f', join(files.path, 'l'));
  const { open, write, close } = blocks(files);
  assert.is(await open('l', 'replace'), 'ok');
  assert.is(readFileSync(path, 'utf8'), '');
  for (const [offset, text] of [
    [0, 'ab'],
    [4, 'ef'],
    [1, 'B'],
  ] as const)
    assert.is(await write(offset, text), 'ok');
  assert.is(await close(), 'ok');
  assert.is(readFileSync(path, 'utf8'), 'aB\0\0ef');
});

test('a file that is updated is there, and keeps what is not written over', async () => {
  await using files = await FilesOnServer.open();
  const path = files.scratch.file('f', 'was here before');
  const { open, write, close } = blocks(files);
  assert.is(await open('new', 'update'), '-32004 No such file or directory (os error 2)');
  assert.is(await open('f', 'update'), 'ok');
  assert.is(await write(4, 'HERE'), 'ok');
  assert.is(await close(), 'ok');
  assert.is(readFileSync(path, 'utf8'), 'was HERE before');
});

test('a handle sees what happens to the file, also when it has no name any more', async () => {
  await using files = await FilesOnServer.open();
  const path = files.scratch.file('f', 'one');
  const { open, read } = blocks(files);
  await open('f');
  writeFileSync(path, 'three');
  assert.is(await read(0, 10), 'three eof');
  rmSync(path);
  assert.is(await read(0, 10), 'three eof');
  truncateSync(files.scratch.file('f', 'other'), 0);
  assert.is(await read(0, 10), 'three eof');
});

test('S4: ids that are taken, too long or too many are refused', async () => {
  await using files = await FilesOnServer.open();
  files.scratch.file('f');
  const open = (handleId: string) => files.outcome('fs/open', { handleId, path: files.uri('f') });
  assert.is(await open('x'.repeat(33)), '-32600 file handle ID must not exceed 32 bytes');
  assert.is(await open('é'.repeat(17)), '-32600 file handle ID must not exceed 32 bytes');
  assert.is(await open('é'.repeat(16)), 'ok');
  assert.is(await open('é'.repeat(16)), `-32600 file handle \`${'é'.repeat(16)}\` already exists`);
  for (let at = 1; at < 128; at++) assert.is(await open(String(at)), 'ok');
  assert.is(await open('one more'), '-32600 at most 128 file handles may be open per connection');
  await files.result('fs/close', { handleId: '1' });
  assert.is(await open('one more'), 'ok');
});

test('S4: lengths out of range and writes that fail leave the handle open, a read that fails closes it', async () => {
  await using files = await FilesOnServer.open();
  files.scratch.file('f', 'x');
  const { open, read, refusedRead, write } = blocks(files);
  await open('f');
  for (const len of [0, MiB + 1, 2 ** 53])
    assert.is(await refusedRead(0, len), '-32600 file read block length must be between 1 and 1048576');
  for (const bytes of [Buffer.alloc(0), Buffer.alloc(MiB + 1)])
    assert.is(await write(0, bytes), '-32600 file write block length must be between 1 and 1048576');
  assert.is(await read(0, 1), 'x');
  assert.is(await write(0, 'y'), '-32603 Bad file descriptor (os error 9)');
  assert.is(await read(0, 1), 'x');
  assert.is(await refusedRead(2 ** 63, 1), '-32600 Invalid argument (os error 22)');
  assert.is(await write(0, 'y'), '-32004 unknown file handle `h`');
  assert.is(await open('w', 'replace'), 'ok');
  assert.is(await write(2 ** 62, 'y'), '-32603 File too large (os error 27)');
  assert.is(await write(2 ** 63, 'y'), '-32600 file write range exceeds the signed 64-bit file offset limit');
  assert.is(await refusedRead(0, 1), '-32603 Bad file descriptor (os error 9)');
});

test('S4: what cannot be opened takes no handle', async () => {
  await using files = await FilesOnServer.open();
  files.scratch.directory('d');
  files.scratch.pipe('pipe');
  const { open, refusedRead } = blocks(files);
  assert.is(await open('d'), `-32600 path \`${files.path}/d\` is not a file`);
  assert.is(await open('pipe'), `-32600 path \`${files.path}/pipe\` is not a file`);
  assert.is(await open('pipe', 'replace'), `-32600 path \`${files.path}/pipe\` is not a file`);
  assert.is(await open('none'), '-32004 No such file or directory (os error 2)');
  assert.is(await open('none/x', 'replace'), '-32004 No such file or directory (os error 2)');
  assert.is(await refusedRead(0, 1), '-32004 unknown file handle `h`');
  files.scratch.file('f');
  assert.is(await open('f'), 'ok');
});

test('P9: open, writes, close and open again may be sent in one go', async () => {
  await using files = await FilesOnServer.open();
  const { open, read, refusedRead, write, close } = blocks(files);
  const outcomes = await Promise.all([
    open('f', 'replace'),
    ...Array.from({ length: 100 }, (_, at) => write(at * 2, String(at).padStart(2, '0'))),
    close(),
    refusedRead(0, 1),
  ]);
  assert.equal([...new Set(outcomes)], ['ok', '-32004 unknown file handle `h`']);
  const [, first, second] = await Promise.all([open('f'), read(0, 4), read(198, 5), close()]);
  assert.equal([first, second], ['0001', '99 eof']);
});

test('handles belong to their connection', async () => {
  await using files = await FilesOnServer.open();
  files.scratch.file('f', 'x');
  await using other = await MemoryClient.open(files.server);
  await files.result('fs/open', { handleId: 'h', path: files.uri('f') });
  const params = { handleId: 'h', offset: 0, len: 1 };
  assert.is((await other.refusal('fs/readBlock', params))[0], -32004);
  await other.result('fs/close', { handleId: 'h' });
  assert.is(await files.outcome('fs/readBlock', params), 'ok');
});

function openDescriptors(): number {
  return readdirSync('/proc/self/fd').length;
}

test(
  'P8: no descriptor stays behind, whatever was refused, failed or cut off',
  async () => {
    await using warm = await FilesOnServer.open();
    await warm.outcome('fs/watch', { watchId: 'w', path: warm.uri() }); // the first watch opens what serves all
    const before = openDescriptors();
    {
      await using files = await FilesOnServer.open();
      for (let at = 0; at < 50; at++) files.scratch.file(`t/d${at % 5}/f${at}`, 'x');
      symlinkSync('loop', join(files.path, 'loop'));
      files.scratch.pipe('pipe');
      const ask = (method: keyof Requests, params: object): void => void files.outcome(method, params).catch(() => 'cut off');
      const odd = ['none', 't', 'loop', 'loop/x', 'pipe', 't/d1/f1', 't/d1/f1/x', 'x'.repeat(300), 't/../../../../etc'];
      const params = (name: string): object => ({
        path: files.uri(name),
        options: { maxDepth: 9, maxDirectories: 3, maxEntries: 7, followDirectorySymlinks: true },
      });
      const methods = ['fs/readFile', 'fs/getMetadata', 'fs/canonicalize', 'fs/readDirectory', 'fs/walk'] as const;
      for (const name of odd) {
        for (const method of methods) for (const followSymlinks of [true, false]) ask(method, { ...params(name), followSymlinks });
        ask('fs/open', { handleId: name, path: files.uri(name) });
        ask('fs/writeFile', { path: files.uri(`${name}/x`), dataBase64: 'AA==', followSymlinks: false });
        ask('fs/watch', { watchId: name.slice(0, 20), path: files.uri(name), recursive: true });
        ask('fs/remove', { path: files.uri(`${name}/none`), followSymlinks: false, recursive: false, force: false });
        ask('fs/createDirectory', { path: files.uri(`${name}/new`), followSymlinks: false });
      }
      ask('fs/copy', { sourcePath: files.uri('t'), destinationPath: files.uri('copy'), recursive: true });
      for (let at = 0; at < 40; at++) await files.outcome('fs/open', { handleId: `h${at}`, path: files.uri(`t/d${at % 5}/f${at}`) });
      for (let at = 0; at < 20; at++) ask('fs/readBlock', { handleId: `h${at}`, offset: 0, len: 10 });
    }
    for (const deadline = Date.now() + 5_000; openDescriptors() > before && Date.now() < deadline;)
      await new Promise((resolve) => setTimeout(resolve, 20));
    assert.ok(openDescriptors() <= before, `${openDescriptors()} descriptors are open, ${before} were before`);
  },
  { skip: process.platform === 'linux' ? null : 'descriptors are counted on Linux only', timeoutMs: 60_000 },
);

test('S4: blocks asked for in great number wait for room, and all come', async () => {
  await using files = await FilesOnServer.open({ fileAnswerBytes: 4 * MiB });
  files.scratch.file('f', Buffer.alloc(MiB, 'x'));
  await files.result('fs/open', { handleId: 'h', path: files.uri('f') });
  const asked: Promise<Requests['fs/readBlock']['result']>[] = [];
  for (let at = 0; at < 200; at++) asked.push(files.result('fs/readBlock', { handleId: 'h', offset: 0, len: MiB }));
  const closed = files.outcome('fs/close', { handleId: 'h' });
  for (const { chunk } of await Promise.all(asked)) assert.is(chunk.length, 1_398_104);
  assert.is(await closed, 'ok');
});
