import { randomBytes } from 'node:crypto';
import { RpcError } from '@exec-server/protocol';
import * as assert from 'uvu/assert';
import { BlockReader, type BlockReaderOptions } from '#client/fs/block-reader.js';
import { FileHandles } from '#client/fs/file-handles.js';
import { failure } from '../../harness/failure.js';
import { ScriptedFiles } from '../../harness/scripted-files.js';
import { connectSession } from '../../harness/scripted-session.js';
import { suite } from '../../harness/test.js';

const test = suite('block-reader');

const MiB = 1024 * 1024;
const uri = 'file:///srv/file';
const content = randomBytes(10 * MiB + 5);

class Changed extends Error {}

async function openReader(files: ScriptedFiles, options: Partial<BlockReaderOptions> = {}) {
  const host = await connectSession(files.script);
  const reader = new BlockReader(new FileHandles(host.session), uri, { onChanged: () => new Changed('changed'), ...options });
  return { ...host, reader, [Symbol.dispose]: () => host[Symbol.dispose]() };
}

function createFiles(bytes: Uint8Array | string = content): ScriptedFiles {
  const files = new ScriptedFiles();
  files.add(uri, bytes);
  return files;
}

async function readAll(reader: BlockReader): Promise<Buffer> {
  const blocks: Uint8Array[] = [];
  for (let block = await reader.next(); block; block = await reader.next()) blocks.push(block);
  return Buffer.concat(blocks);
}

for (const size of [0, 1, MiB - 1, MiB, MiB + 1, 4 * MiB, 10 * MiB + 5]) {
  test(`a file of ${size} bytes is read to its end, and closed`, async () => {
    const files = createFiles(content.subarray(0, size));
    using host = await openReader(files);
    assert.ok((await readAll(host.reader)).equals(content.subarray(0, size)));
    await host.server.request('fs/close');
    await host.server.until(() => files.handles.size === 0);
    assert.is(host.server.of('fs/open').length, 1);
    assert.is(host.server.of('fs/readBlock').length, Math.floor(size / MiB) + 1, 'nothing is asked for beyond the end');
  });
}

test('nothing is asked for before it is wanted, and then four blocks at a time', async () => {
  const files = createFiles();
  using host = await openReader(files);
  assert.equal(host.server.requests.slice(1), []);
  let open!: () => void;
  files.gate = new Promise((resolve) => (open = resolve));
  const first = host.reader.next();
  await host.server.request('fs/readBlock', 4);
  open();
  assert.is((await first)?.length, MiB);
  assert.is(host.server.of('fs/readBlock').length, 4, 'a reader that does not come back holds the server back');
  await host.reader.next();
  await host.server.request('fs/readBlock', 5);
  await host.reader.close();
  assert.is(await host.reader.next(), null);
  assert.is(files.mostInFlight, 4);
});

test('a part of a file is read from its first byte to its last', async () => {
  using host = await openReader(createFiles(), { from: MiB - 3, to: 3 * MiB + 7 });
  assert.ok((await readAll(host.reader)).equals(content.subarray(MiB - 3, 3 * MiB + 7)));
  using empty = await openReader(createFiles(), { from: 7, to: 7 });
  assert.is(await empty.reader.next(), null);
  using beyond = await openReader(createFiles('abc'), { from: 10 });
  assert.is(await beyond.reader.next(), null);
});

test('what a file has grown by while it is read is read as well', async () => {
  const files = createFiles(content.subarray(0, MiB));
  using host = await openReader(files);
  files.gate = Promise.resolve()
    .then(() => files.files.set(uri, { content, modifiedAtMs: 2_000 }))
    .then(() => undefined);
  assert.ok((await readAll(host.reader)).equals(content));
});

for (const breakAt of [1, 2, 3, 7, 11]) {
  test(`T3: when the line breaks at block ${breakAt} it goes on where it was`, async () => {
    const files = createFiles();
    files.breakAt = breakAt;
    using host = await openReader(files);
    assert.ok((await readAll(host.reader)).equals(content));
    const opened = host.server.of('fs/open');
    assert.equal(
      opened.map(({ connection }) => connection),
      [1, 2],
    );
    assert.not.equal(opened[0]?.params['handleId'], opened[1]?.params['handleId'], 'no handle has a name twice');
  });
}

test('T3: a file that was changed while the line was broken is not read on', async () => {
  for (const change of [{ modifiedAtMs: 2_000 }, { content: content.subarray(0, 5 * MiB) }]) {
    const files = createFiles();
    files.breakAt = 3;
    using host = await openReader(files);
    await host.reader.next();
    Object.assign(files.files.get(uri) ?? {}, change);
    await failure(readAll(host.reader), Changed);
    assert.is(await host.reader.next(), null, 'and it is over');
    await host.server.until(() => files.handles.size === 0);
  }
});

test('a file that is not there any more after the line was broken is an error', async () => {
  const files = createFiles();
  files.breakAt = 3;
  using host = await openReader(files);
  await host.reader.next();
  files.files.clear();
  assert.is((await failure(readAll(host.reader), RpcError)).code, -32004);
});

test('a server that forgets every handle is not asked for ever', async () => {
  const files = createFiles();
  const forgetful = { ...files.script, 'fs/readBlock': () => new RpcError({ code: -32004, message: 'unknown file handle' }) };
  using host = await connectSession(forgetful);
  const reader = new BlockReader(new FileHandles(host.session), uri, { onChanged: () => new Changed('changed') });
  await failure(reader.next(), RpcError);
  assert.is(host.server.of('fs/open').length, 9);
});

test('an error of the file is told, and the handle closed', async () => {
  const files = createFiles();
  const failing = { ...files.script, 'fs/readBlock': () => new RpcError({ code: -32603, message: 'Input/output error (os error 5)' }) };
  using host = await connectSession(failing);
  const reader = new BlockReader(new FileHandles(host.session), uri, { onChanged: () => new Changed('changed') });
  assert.is((await failure(reader.next(), RpcError)).code, -32603);
  await host.server.request('fs/close');
});

test('a signal ends it, and the handle is closed', async () => {
  const files = createFiles();
  const controller = new AbortController();
  using host = await openReader(files, { signal: controller.signal });
  await host.reader.next();
  files.gate = new Promise(() => undefined);
  for (let block = 0; block < 3; block++) await host.reader.next();
  const waiting = host.reader.next();
  controller.abort(new Error('enough'));
  assert.is(await waiting.catch((error: Error) => error.message), 'enough');
  await host.server.request('fs/close');
});
