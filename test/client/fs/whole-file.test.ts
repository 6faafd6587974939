import { randomBytes } from 'node:crypto';
import { UnsupportedByServerError } from '@exec-server/client';
import * as assert from 'uvu/assert';
import { FileHandles } from '#client/fs/file-handles.js';
import { readWhole, writeWhole } from '#client/fs/whole-file.js';
import { failure } from '../../harness/failure.js';
import { ScriptedFiles } from '../../harness/scripted-files.js';
import { connectSession } from '../../harness/scripted-session.js';
import { suite } from '../../harness/test.js';

const test = suite('whole-file');

const MiB = 1024 * 1024;
const uri = 'file:///srv/file';
const content = randomBytes(9 * MiB);
const onChanged = (): Error => new Error('changed');

async function createHost(files: ScriptedFiles, capabilities: readonly string[] = ['fileWriteStreaming']) {
  const host = await connectSession(files.script, { capabilities });
  const asked = (): string[] => host.server.requests.slice(1).map(({ method }) => method);
  return { ...host, asked, handles: new FileHandles(host.session), [Symbol.dispose]: () => host[Symbol.dispose]() };
}

test('a small file is read in one message, a larger one in blocks', async () => {
  const files = new ScriptedFiles();
  files.add(uri, content.subarray(0, 4 * MiB));
  using host = await createHost(files);
  assert.ok(content.subarray(0, 4 * MiB).equals(await readWhole(host.handles, uri, { onChanged })));
  assert.equal(host.asked(), ['fs/getMetadata', 'fs/readFile']);
  files.add(uri, content);
  assert.ok(content.equals(await readWhole(host.handles, uri, { onChanged })));
  assert.is(host.server.of('fs/readBlock').length, 10);
});

test('a file that grows while it is read is read to its new end, one that shrinks to its new one', async () => {
  for (const bytes of [5 * MiB, 9 * MiB]) {
    const files = new ScriptedFiles();
    files.add(uri, content.subarray(0, 7 * MiB));
    using host = await createHost(files);
    files.gate = host.server.request('fs/readBlock').then(() => {
      const file = files.files.get(uri);
      if (file) file.content = content.subarray(0, bytes);
    });
    assert.ok(content.subarray(0, bytes).equals(await readWhole(host.handles, uri, { onChanged })));
  }
});

test('small content is written in one message, larger content and pieces in blocks', async () => {
  const files = new ScriptedFiles();
  using host = await createHost(files);
  await writeWhole(host.handles, uri, content.subarray(0, 4 * MiB), {});
  assert.equal(host.asked(), ['fs/writeFile']);
  await writeWhole(host.handles, uri, content, {});
  assert.ok(files.content(uri).equals(content));
  const pieces = async function* (): AsyncGenerator<Uint8Array> {
    yield Buffer.from('one ');
    await host.server.request('fs/open', 2);
    yield Buffer.from('two');
  };
  await writeWhole(host.handles, uri, pieces(), {});
  assert.is(files.content(uri).toString(), 'one two');
  assert.is(files.handles.size, 0);
});

test('P2: without blocks a file has to fit into one message', async () => {
  const files = new ScriptedFiles();
  using host = await createHost(files, []);
  await writeWhole(host.handles, uri, content, {});
  assert.ok(files.content(uri).equals(content));
  const error = await failure(writeWhole(host.handles, uri, new Uint8Array(48 * MiB), {}), UnsupportedByServerError);
  assert.is(error.capability, 'fileWriteStreaming');
});

test('pieces that fail end the writing, and the file is closed', async () => {
  const files = new ScriptedFiles();
  using host = await createHost(files);
  const pieces = async function* (): AsyncGenerator<Uint8Array> {
    yield Buffer.from('one ');
    await host.server.request('fs/writeBlock');
    throw new Error('no more');
  };
  assert.is((await failure(writeWhole(host.handles, uri, pieces(), {}), Error)).message, 'no more');
  assert.is(files.handles.size, 0);
});
