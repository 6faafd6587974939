import { randomBytes } from 'node:crypto';
import { OutcomeUnknownError } from '@exec-server/client';
import { RpcError } from '@exec-server/protocol';
import * as assert from 'uvu/assert';
import { BlockWriter } from '#client/fs/block-writer.js';
import { FileHandles } from '#client/fs/file-handles.js';
import { failure } from '../../harness/failure.js';
import { ScriptedFiles } from '../../harness/scripted-files.js';
import { connectSession } from '../../harness/scripted-session.js';
import type { Script } from '../../harness/scripted-server.js';
import { suite } from '../../harness/test.js';

const test = suite('block-writer');

const MiB = 1024 * 1024;
const uri = 'file:///srv/file';
const content = randomBytes(10 * MiB + 5);

async function openWriter(files: ScriptedFiles, { canUpdate = true, script = {} }: { canUpdate?: boolean; script?: Script } = {}) {
  const host = await connectSession({ ...files.script, ...script }, { capabilities: canUpdate ? ['fsOpenUpdate'] : [] });
  const written: number[] = [];
  const writer = new BlockWriter(new FileHandles(host.session), uri, { onWritten: (bytes) => written.push(bytes) });
  await writer.open();
  return { ...host, writer, written, [Symbol.dispose]: () => host[Symbol.dispose]() };
}

async function writeAll(writer: BlockWriter, bytes: Uint8Array, pieceBytes: number): Promise<void> {
  for (let at = 0; at < bytes.length; at += pieceBytes) await writer.write(bytes.subarray(at, at + pieceBytes));
  await writer.close();
}

for (const pieceBytes of [1_000, 65_536, MiB, 3 * MiB + 1, 20 * MiB]) {
  test(`what comes in pieces of ${pieceBytes} bytes is written in blocks, four at a time`, async () => {
    const files = new ScriptedFiles();
    using host = await openWriter(files);
    await writeAll(host.writer, content.subarray(0, pieceBytes === 1_000 ? 3 * MiB : content.length), pieceBytes);
    assert.ok(files.content(uri).equals(content.subarray(0, files.content(uri).length)));
    assert.ok(host.server.of('fs/writeBlock').length <= 20, `${host.server.of('fs/writeBlock').length} requests`);
    assert.ok(files.mostInFlight <= 4);
    assert.is(files.handles.size, 0);
    assert.is(host.written.at(-1), files.content(uri).length);
  });
}

test('an empty file is made, or emptied', async () => {
  const files = new ScriptedFiles();
  files.add(uri, 'before');
  using host = await openWriter(files);
  await host.writer.close();
  assert.is(files.content(uri).length, 0);
});

test('a first small piece goes out at once, and bytes may be used again', async () => {
  const files = new ScriptedFiles();
  using host = await openWriter(files);
  const piece = Buffer.from('one');
  await host.writer.write(piece);
  await host.server.request('fs/writeBlock');
  piece.write('two');
  await host.writer.write(piece);
  piece.write('xxx');
  await host.writer.close();
  assert.is(files.content(uri).toString(), 'onetwo');
});

test('a server that is slow makes the writer wait', async () => {
  const files = new ScriptedFiles();
  let open!: () => void;
  files.gate = new Promise((resolve) => (open = resolve));
  using host = await openWriter(files);
  for (let block = 0; block < 4; block++) await host.writer.write(content.subarray(block * MiB, (block + 1) * MiB));
  let isTaken = false;
  const fifth = host.writer.write(content.subarray(4 * MiB, 5 * MiB)).then(() => (isTaken = true));
  await host.server.request('fs/writeBlock', 4);
  assert.is(isTaken, false);
  open();
  await fifth;
  await host.writer.close();
  assert.ok(files.content(uri).equals(content.subarray(0, 5 * MiB)));
});

for (const breakAt of [1, 2, 5, 11]) {
  test(`T3: when the line breaks at block ${breakAt} the blocks without an answer are written once more`, async () => {
    const files = new ScriptedFiles();
    files.breakAt = breakAt;
    using host = await openWriter(files);
    await writeAll(host.writer, content, MiB);
    assert.ok(files.content(uri).equals(content));
    assert.equal(
      host.server.of('fs/open').map(({ params }) => params['mode']),
      ['replace', 'update'],
    );
    assert.is(host.written.at(-1), content.length, 'what was written twice counts once');
  });
}

test('T4: on a server that can only empty a file nobody knows what is in it then', async () => {
  const files = new ScriptedFiles();
  files.breakAt = 5;
  using host = await openWriter(files, { canUpdate: false });
  await failure(writeAll(host.writer, content, MiB), OutcomeUnknownError);
  await failure(host.writer.write(content), OutcomeUnknownError);
  assert.is(host.server.of('fs/open').length, 1);
});

test('a block that fails is the error, whatever becomes of those behind it', async () => {
  const files = new ScriptedFiles();
  let blocks = 0;
  const script: Script = {
    'fs/writeBlock': async () => {
      const isFirst = ++blocks === 1;
      // The refusals of the others come first, as a server with several lanes may have it.
      if (isFirst) await new Promise((resolve) => setImmediate(() => setImmediate(resolve)));
      return new RpcError(
        isFirst ? { code: -32603, message: 'No space left on device (os error 28)' } : { code: -32004, message: 'unknown file handle' },
      );
    },
  };
  for (const canUpdate of [true, false]) {
    blocks = 0;
    using host = await openWriter(files, { canUpdate, script });
    assert.match((await failure(writeAll(host.writer, content, MiB), RpcError)).message, 'No space left');
    await host.writer.abort();
    assert.is(host.server.of('fs/open').length, 1);
    assert.is(host.server.of('fs/close').length, 1);
  }
});

test('a file that cannot be closed is not written', async () => {
  const refusal = new RpcError({ code: -32603, message: 'Disk quota exceeded (os error 122)' });
  using host = await openWriter(new ScriptedFiles(), { script: { 'fs/close': () => refusal } });
  await host.writer.write(content.subarray(0, 5));
  assert.match((await failure(host.writer.close(), RpcError)).message, 'quota');
});

test('giving up closes the file as it is', async () => {
  const files = new ScriptedFiles();
  using host = await openWriter(files);
  await host.writer.write(Buffer.from('half'));
  await host.server.request('fs/writeBlock');
  await host.writer.abort();
  assert.is(files.handles.size, 0);
  assert.is((await failure(host.writer.write(content), Error)).message, 'the writing was given up');
});
