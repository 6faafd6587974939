import { readdirSync, readFileSync, statSync, symlinkSync } from 'node:fs';
import { startExecServer } from 'exec-server/testing';
import * as assert from 'uvu/assert';
import { CopyProgress } from '#cli/copy/copy-progress.js';
import { RemoteReplacement } from '#cli/copy/remote-replacement.js';
import { upload, uploadContent, type UploadContext } from '#cli/copy/upload.js';
import { failure } from '../../harness/failure.js';
import { Scratch } from '../../harness/scratch.js';
import { suite } from '../../harness/test.js';

const test = suite('upload');

const MiB = 1024 * 1024;

async function* failingContent(): AsyncGenerator<Uint8Array> {
  yield Buffer.alloc(3 * MiB);
  throw new Error('no more');
}

async function createHost() {
  const host = await startExecServer();
  const scratch = new Scratch();
  const warnings: string[] = [];
  const warn = (text: string): void => void warnings.push(text);
  const progress = new CopyProgress();
  const controller = new AbortController();
  const context: UploadContext = {
    client: host.client,
    progress,
    warn,
    signal: controller.signal,
    replacement: new RemoteReplacement(host.client, warn),
  };
  return {
    scratch,
    context,
    progress,
    controller,
    warnings,
    uri: (name: string) => `file://${scratch.path}/${name}`,
    from: (name: string) => {
      const ref = Buffer.from(`${scratch.path}/${name}`);
      return { ref, name: Buffer.from(name), kind: 'file' as const, size: statSync(ref).size, isLink: false };
    },
    async [Symbol.asyncDispose]() {
      await host.close();
      scratch[Symbol.dispose]();
    },
  };
}

for (const size of [0, 5, 4 * MiB, 4 * MiB + 1, 9 * MiB]) {
  test(`${size} bytes arrive, and are counted`, async () => {
    await using host = await createHost();
    const content = Buffer.alloc(size, 'ab\n');
    host.scratch.file('from', content);
    await upload({ from: host.from('from'), to: host.uri('to') }, host.context);
    assert.ok(readFileSync(`${host.scratch.path}/to`).equals(content));
    assert.equal([host.progress.view(0).doneBytes, host.progress.view(0).doneFiles], [size, 1]);
    assert.equal(readdirSync(host.scratch.path), ['from', 'to']);
  });
}

test('what is replaced keeps its permission bits, and a link to it stays', async () => {
  await using host = await createHost();
  host.scratch.file('from', 'new');
  host.scratch.file('real', 'an old content that is longer', 0o640);
  symlinkSync('real', `${host.scratch.path}/link`);
  await upload({ from: host.from('from'), to: host.uri('link') }, host.context);
  assert.equal(readdirSync(host.scratch.path), ['from', 'link', 'real']);
  assert.equal([readFileSync(`${host.scratch.path}/real`, 'utf8'), statSync(`${host.scratch.path}/real`).mode & 0o777], ['new', 0o640]);
});

test('a directory, or a device, is not replaced', async () => {
  await using host = await createHost();
  host.scratch.file('from', 'new');
  host.scratch.directory('to');
  assert.match((await failure(upload({ from: host.from('from'), to: host.uri('to') }, host.context), Error)).message, 'a directory');
  assert.match(
    (await failure(upload({ from: host.from('from'), to: 'file:///dev/null' }, host.context), Error)).message,
    'no regular file',
  );
  assert.equal(readdirSync(`${host.scratch.path}/to`), []);
});

test('content that fails leaves nothing, and what was counted is taken back', async () => {
  await using host = await createHost();
  host.scratch.file('to', 'before');
  const request = { content: failingContent, size: 0, isRepeatable: false, to: host.uri('to') };
  assert.is((await failure(uploadContent(request, host.context), Error)).message, 'no more');
  assert.equal([readdirSync(host.scratch.path), readFileSync(`${host.scratch.path}/to`, 'utf8')], [['to'], 'before']);
  assert.is(host.progress.view(0).doneBytes, 0);
  assert.equal(host.warnings, []);
});

test('an abort removes what was begun', async () => {
  await using host = await createHost();
  const content = async function* (): AsyncGenerator<Uint8Array> {
    yield Buffer.alloc(3 * MiB);
    assert.is(readdirSync(host.scratch.path).length, 1);
    host.controller.abort(new Error('enough'));
    yield Buffer.alloc(3 * MiB);
  };
  const request = { content, size: 0, isRepeatable: false, to: host.uri('to') };
  assert.is((await failure(uploadContent(request, host.context), Error)).message, 'enough');
  assert.equal(readdirSync(host.scratch.path), []);
});

test('what cannot be removed is named', async () => {
  await using host = await createHost();
  const content = async function* (): AsyncGenerator<Uint8Array> {
    yield Buffer.alloc(3 * MiB);
    await host.context.client.close();
  };
  await failure(uploadContent({ content, size: 0, isRepeatable: false, to: host.uri('to') }, host.context), Error);
  assert.is(host.warnings.length, 1);
  assert.match(host.warnings[0] ?? '', /^left behind on the server: file:\/\/\S+\/\.exec-server-[\da-f]{12}\.part$/);
});
