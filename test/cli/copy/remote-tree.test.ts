import { ExecClient } from '@exec-server/client';
import { RpcError } from '@exec-server/protocol';
import * as assert from 'uvu/assert';
import { RemoteTree } from '#cli/copy/remote-tree.js';
import { lineBreak, type Script, ScriptedServer } from '../../harness/scripted-server.js';
import { suite } from '../../harness/test.js';

const test = suite('remote-tree');

const missing = new RpcError({ code: -32004, message: 'No such file or directory (os error 2)' });
const exists = new RpcError({ code: -32603, message: 'File exists (os error 17)' });
const times = { createdAtMs: 0, modifiedAtMs: 0 };
const file = { isFile: true, isDirectory: false, isSymlink: false, size: 5, ...times };
const directory = { isFile: false, isDirectory: true, isSymlink: false, size: 4096, ...times };

async function createTree(script: Script) {
  const server = new ScriptedServer(script);
  const client = await ExecClient.connect(server.openChannel);
  return { server, tree: new RemoteTree(client, new AbortController().signal), [Symbol.asyncDispose]: () => client.close() };
}

test('S4: names that lead out of the directory are never used', async () => {
  const names = ['ok', '..', '.', '', '../up', '/etc/passwd', 'a/b', 'a\0b'];
  await using host = await createTree({
    'fs/readDirectory': () => ({ entries: names.map((fileName) => ({ fileName, isFile: true, isDirectory: false })) }),
    'fs/getMetadata': () => file,
  });
  const entries = await host.tree.list('file:///srv');
  assert.equal(
    entries.map((entry) => ('error' in entry ? (entry.error as Error).message : entry.ref)),
    ['file:///srv/ok', ...Array.from({ length: 7 }, () => 'the name cannot be used here')],
  );
  assert.is(host.server.of('fs/getMetadata').length, 1);
});

test('what an entry is, or why it cannot be told', async () => {
  const found = { 'a b': file, d: directory, special: { ...file, isFile: false }, link: { ...directory, isSymlink: true } };
  await using host = await createTree({
    'fs/readDirectory': () => ({
      entries: [...Object.keys(found), 'gone'].map((fileName) => ({ fileName, isFile: true, isDirectory: false })),
    }),
    'fs/getMetadata': ({ path }) => found[decodeURIComponent(path.split('/').at(-1) ?? '') as keyof typeof found] ?? missing,
  });
  const entries = await host.tree.list('file:///');
  assert.equal(
    entries.map((entry) =>
      'error' in entry ? (entry.error as NodeJS.ErrnoException).code : [entry.ref, entry.kind, entry.size, entry.isLink],
    ),
    [
      ['file:///a%20b', 'file', 5, false],
      ['file:///d', 'directory', 0, false],
      ['file:///special', 'other', 0, false],
      ['file:///link', 'directory', 0, true],
      'ENOENT',
    ],
  );
});

test('a directory is the same by whatever way, and however its server escapes', async () => {
  await using host = await createTree({ 'fs/canonicalize': () => ({ path: "file:///srv/it's(1)/a%62" }) });
  const found = { name: Buffer.from('ab'), kind: 'directory', size: 0 } as const;
  const parent = await host.tree.identify({ ...found, ref: 'file:///x', isLink: true }, null);
  assert.is(parent, '/srv/it%27s%281%29/ab');
  assert.is(await host.tree.identify({ ...found, ref: 'file:///x/ab', isLink: false }, '/srv/it%27s%281%29'), parent);
  assert.is(host.server.of('fs/canonicalize').length, 1, 'only a link, or a root, has to be asked for');
});

test('a directory that is there is fine, anything else is not', async () => {
  for (const [found, code] of [
    [directory, undefined],
    [file, 'EEXIST'],
  ] as const) {
    await using host = await createTree({ 'fs/createDirectory': () => exists, 'fs/getMetadata': () => found });
    assert.is(await host.tree.makeDirectory('file:///x').catch((error: NodeJS.ErrnoException) => error.code), code);
    assert.equal(host.server.of('fs/createDirectory')[0]?.params, { path: 'file:///x', recursive: false });
  }
});

test('T4: a directory that was made when the line broke is there, and that is fine', async () => {
  await using host = await createTree({
    'fs/createDirectory': (_params, { connection }) => (connection === 1 ? lineBreak : exists),
    'fs/getMetadata': () => directory,
  });
  await host.tree.makeDirectory('file:///x');
  assert.is(host.server.of('fs/createDirectory').length, 2);
});

test('names, children and labels', async () => {
  await using host = await createTree({});
  const { tree } = host;
  assert.is(tree.child('file:///', Buffer.from('a b')), 'file:///a%20b');
  assert.is(tree.child('file:///x/', Buffer.from([0xff])), 'file:///x/%FF');
  assert.equal(tree.nameOf('file:///x/a%20b/'), Buffer.from('a b'));
  assert.is(tree.nameOf('file:///'), null);
  assert.is(tree.label('file:///x/a%0Ab'), String.raw`remote:$'/x/a\nb'`);
  assert.is(tree.label('file:///x/%FF'), 'remote:file:///x/%FF');
});
