import { randomBytes } from 'node:crypto';
import * as assert from 'uvu/assert';
import { FileHandles } from '#client/fs/file-handles.js';
import { createReadStream, createWriteStream } from '#client/fs/file-streams.js';
import { failure } from '../../harness/failure.js';
import { ScriptedFiles } from '../../harness/scripted-files.js';
import { connectSession } from '../../harness/scripted-session.js';
import { suite } from '../../harness/test.js';

const test = suite('file-streams');

const MiB = 1024 * 1024;
const uri = 'file:///srv/file';
const content = randomBytes(9 * MiB);
class Worded extends Error {}

const toError = async (error: unknown): Promise<Error> => new Worded((error as Error).message);

async function createHost(files: ScriptedFiles) {
  const host = await connectSession(files.script);
  const file = { handles: new FileHandles(host.session), uri, toError };
  return { ...host, file, [Symbol.dispose]: () => host[Symbol.dispose]() };
}

const onChanged = (): Error => new Error('changed');

test('a file is opened when somebody reads, and read no faster than that', async () => {
  const files = new ScriptedFiles();
  files.add(uri, content);
  using host = await createHost(files);
  const stream = createReadStream(host.file, { onChanged });
  const reader = stream.getReader();
  await host.session.call('environment/status', null);
  assert.is(host.server.of('fs/open').length, 0);
  await reader.read();
  await host.session.call('environment/status', null);
  assert.ok(host.server.of('fs/readBlock').length <= 5, 'what was read, and what is read ahead');
  const blocks = [];
  for (let next = await reader.read(); !next.done; next = await reader.read()) blocks.push(next.value);
  assert.ok(Buffer.concat(blocks).equals(content.subarray(MiB)));
});

test('cancelling closes the file', async () => {
  const files = new ScriptedFiles();
  files.add(uri, content);
  using host = await createHost(files);
  for await (const block of createReadStream(host.file, { onChanged })) {
    assert.is(block.length, MiB);
    break;
  }
  assert.is(files.handles.size, 0);
});

test('what goes wrong is put into words', async () => {
  using host = await createHost(new ScriptedFiles());
  await failure(createReadStream(host.file, { onChanged }).getReader().read(), Worded);
});

test('what is written is in the file when the stream is closed', async () => {
  const files = new ScriptedFiles();
  using host = await createHost(files);
  const writer = createWriteStream(host.file, {}).getWriter();
  for (let at = 0; at < content.length; at += 70_000) await writer.write(content.subarray(at, at + 70_000));
  await writer.close();
  assert.ok(files.content(uri).equals(content));
  assert.is(files.handles.size, 0);
});

test('aborting closes the file as it is', async () => {
  const files = new ScriptedFiles();
  using host = await createHost(files);
  const writer = createWriteStream(host.file, {}).getWriter();
  await writer.write(Buffer.from('half'));
  await host.server.request('fs/writeBlock');
  await writer.abort();
  assert.is(files.content(uri).toString(), 'half');
  assert.is(files.handles.size, 0);
});

test('a file that fails makes the stream fail, with its words', async () => {
  const files = new ScriptedFiles();
  using host = await createHost(files);
  const writer = createWriteStream(host.file, {}).getWriter();
  await writer.write(Buffer.from('x'));
  files.files.clear();
  await failure(
    (async () => {
      for (;;) await writer.write(content);
    })(),
    Worded,
  );
  assert.is(files.handles.size, 0);
});
