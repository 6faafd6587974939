import { readdirSync, readFileSync, statSync, symlinkSync } from 'node:fs';
import { startExecServer } from 'exec-server/testing';
import * as assert from 'uvu/assert';
import { CopyProgress } from '#cli/copy/copy-progress.js';
import { download, partName } from '#cli/copy/download.js';
import { failure } from '../../harness/failure.js';
import { Scratch } from '../../harness/scratch.js';
import { suite } from '../../harness/test.js';

const test = suite('download');

const MiB = 1024 * 1024;

async function createHost() {
  const host = await startExecServer();
  const scratch = new Scratch();
  const progress = new CopyProgress();
  const controller = new AbortController();
  const context = { client: host.client, progress, signal: controller.signal };
  const copy = (from: string, to: string): Promise<void> => {
    const ref = `file://${scratch.path}/${from}`;
    const found = { ref, name: Buffer.from(from), kind: 'file' as const, size: statSync(`${scratch.path}/${from}`).size, isLink: false };
    return download({ from: found, to: Buffer.from(to.startsWith('/') ? to : `${scratch.path}/${to}`) }, context);
  };
  return {
    scratch,
    progress,
    controller,
    copy,
    async [Symbol.asyncDispose]() {
      await host.close();
      scratch[Symbol.dispose]();
    },
  };
}

for (const size of [0, 5, MiB, 9 * MiB]) {
  test(`${size} bytes arrive, and are counted`, async () => {
    await using host = await createHost();
    const content = Buffer.alloc(size, 'ab\n');
    host.scratch.file('from', content);
    await host.copy('from', 'to');
    assert.ok(readFileSync(`${host.scratch.path}/to`).equals(content));
    assert.equal([host.progress.view(0).doneBytes, host.progress.view(0).doneFiles], [size, 1]);
    assert.equal(readdirSync(host.scratch.path), ['from', 'to']);
  });
}

test('what is replaced keeps its permission bits, and a link to it stays', async () => {
  await using host = await createHost();
  host.scratch.file('from', 'new');
  host.scratch.file('real', 'old', 0o4751);
  symlinkSync('real', `${host.scratch.path}/link`);
  await host.copy('from', 'link');
  assert.equal(readdirSync(host.scratch.path), ['from', 'link', 'real']);
  assert.equal([readFileSync(`${host.scratch.path}/real`, 'utf8'), statSync(`${host.scratch.path}/real`).mode & 0o7777], ['new', 0o4751]);
});

test('a directory is not replaced, a device is written to', async () => {
  await using host = await createHost();
  host.scratch.file('from', 'new');
  host.scratch.directory('to');
  assert.match((await failure(host.copy('from', 'to'), Error)).message, 'a directory');
  await host.copy('from', '/dev/null');
  assert.is(((await failure(host.copy('from', '/dev/full'), Error)) as NodeJS.ErrnoException).code, 'ENOSPC');
  assert.ok(statSync('/dev/null').isCharacterDevice());
});

test('a file that cannot be read leaves nothing, and what was counted is taken back', async () => {
  await using host = await createHost();
  host.scratch.file('from', Buffer.alloc(9 * MiB));
  host.scratch.file('to', 'before');
  const abortLater = setInterval(() => {
    if (host.progress.view(0).doneBytes > 0) host.controller.abort(new Error('enough'));
  }, 1);
  try {
    assert.is((await failure(host.copy('from', 'to'), Error)).message, 'enough');
  } finally {
    clearInterval(abortLater);
  }
  assert.equal([readdirSync(host.scratch.path), readFileSync(`${host.scratch.path}/to`, 'utf8')], [['from', 'to'], 'before']);
  assert.is(host.progress.view(0).doneBytes, 0);
});

test('names of what is begun are hidden, say whose they are, and are never the same', () => {
  const names = Array.from({ length: 100 }, partName);
  for (const name of names) assert.match(name, /^\.exec-server-[\da-f]{12}\.part$/);
  assert.is(new Set(names).size, 100);
});
