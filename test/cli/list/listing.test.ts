import { chmodSync, symlinkSync } from 'node:fs';
import { ExecClient } from '@exec-server/client';
import { RpcError } from '@exec-server/protocol';
import { startExecServer } from 'exec-server/testing';
import * as assert from 'uvu/assert';
import { listDirectory, listOne } from '#cli/list/listing.js';
import { Scratch } from '../../harness/scratch.js';
import { ScriptedServer } from '../../harness/scripted-server.js';
import { suite } from '../../harness/test.js';

const test = suite('listing');

test('a directory is listed by name, with detail when wanted', async () => {
  await using host = await startExecServer();
  using scratch = new Scratch();
  for (const name of ['b', 'a b%', '.hidden', 'Z']) scratch.file(name, name);
  scratch.directory('sub');
  symlinkSync('sub', `${scratch.path}/link`);
  chmodSync(scratch.path, 0o755);
  const url = new URL(`file://${scratch.path}`);
  const plain = await listDirectory(host.client, url, { hasHidden: false, hasDetail: false });
  assert.equal(
    plain.map(({ name, kind, size }) => [name, kind, size]),
    [
      ['Z', 'file', null],
      ['a b%', 'file', null],
      ['b', 'file', null],
      ['link', 'directory', null],
      ['sub', 'directory', null],
    ],
  );
  const detailed = await listDirectory(host.client, url, { hasHidden: true, hasDetail: true });
  assert.equal(
    detailed.filter(({ kind }) => kind === 'file').map(({ name, size }) => [name, size]),
    [
      ['.hidden', 7],
      ['Z', 1],
      ['a b%', 4],
      ['b', 1],
    ],
  );
  assert.is(detailed.find(({ name }) => name === 'link')?.isLink, true);
});

test('an entry that cannot be looked at stays in the list, with the reason', async () => {
  const server = new ScriptedServer({
    'fs/readDirectory': () => ({ entries: [{ fileName: 'a', isFile: true, isDirectory: false }] }),
    'fs/getMetadata': () => new RpcError({ code: -32603, message: 'Permission denied (os error 13)' }),
  });
  await using client = await ExecClient.connect(server.openChannel);
  const [entry = null] = await listDirectory(client, new URL('file:///srv'), { hasHidden: false, hasDetail: true });
  assert.equal(
    [entry?.name, entry?.kind, entry?.size, (entry?.error as NodeJS.ErrnoException | undefined)?.code],
    ['a', 'file', null, 'EACCES'],
  );
});

test('what is not there is an error', async () => {
  await using host = await startExecServer();
  const error = await listOne(host.client, new URL('file:///no/such'), 'such').catch((failed: NodeJS.ErrnoException) => failed.code);
  assert.is(error, 'ENOENT');
});
