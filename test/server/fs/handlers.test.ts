import type { Requests } from '@exec-server/protocol';
import { methods } from '@exec-server/protocol/schemas';
import * as assert from 'uvu/assert';
import { FilesOnServer } from '../../harness/files-on-server.js';
import { MemoryClient } from '../../harness/memory-client.js';
import { suite } from '../../harness/test.js';

const test = suite('fs handlers');

type Method = keyof Requests & `fs/${string}`;

const options = { maxDepth: 1, maxDirectories: 1, maxEntries: 1, followDirectorySymlinks: false };

/** Params of every method that names a path, with this one in its place. */
const withPath: Readonly<Partial<Record<Method, (path: string) => object>>> = {
  'fs/readFile': (path) => ({ path }),
  'fs/writeFile': (path) => ({ path, dataBase64: '' }),
  'fs/createDirectory': (path) => ({ path }),
  'fs/getMetadata': (path) => ({ path }),
  'fs/canonicalize': (path) => ({ path }),
  'fs/readDirectory': (path) => ({ path }),
  'fs/walk': (path) => ({ path, options }),
  'fs/remove': (path) => ({ path }),
  'fs/copy': (path) => ({ sourcePath: path, destinationPath: 'file:///nonexistent/x', recursive: true }),
  'fs/rename': (path) => ({ from: path, to: 'file:///nonexistent/x' }),
  'fs/open': (path) => ({ handleId: 'h', path }),
  'fs/watch': (path) => ({ watchId: 'w', path }),
};
const named = Object.entries(withPath) as [Method, (path: string) => object][];

test('every method of the family is tried here, or has no path', () => {
  const all = Object.keys(methods).filter((name) => name.startsWith('fs/'));
  const others = ['fs/readBlock', 'fs/writeBlock', 'fs/close', 'fs/unwatch', 'fs/watchMissing'];
  assert.equal([...named.map(([name]) => name), ...others].toSorted(), all.toSorted());
});

for (const [method, params] of named) {
  test(`S5: ${method} refuses a sandbox it cannot enforce, and takes one that restricts nothing`, async () => {
    await using files = await FilesOnServer.open();
    const sandbox = (permissions: object): object => ({
      ...params(files.uri('none/x')),
      sandbox: { permissions, windowsSandboxLevel: 'disabled' },
    });
    const managed = { type: 'managed', file_system: { type: 'restricted', entries: [] }, network: 'enabled' };
    for (const permissions of [managed, { type: 'external', network: 'enabled' }])
      assert.is(await files.outcome(method, sandbox(permissions)), '-32603 filesystem sandbox cannot be enforced on this executor');
    assert.not.match(await files.outcome(method, sandbox({ type: 'disabled' })), 'sandbox');
    assert.not.match(await files.outcome(method, { ...params(files.uri('none/x')), sandbox: null }), 'sandbox');
  });

  test(`S4: ${method} refuses what is no path of this machine`, async () => {
    await using files = await FilesOnServer.open();
    const outcome = (path: string): Promise<string> => files.outcome(method, params(path));
    assert.match(await outcome('/tmp/x'), /^-32602 invalid URI: relative URL without a base/);
    assert.match(await outcome('C:\\x'), /^-32602 unsupported path URI scheme `c`/);
    assert.match(await outcome('http://x/y'), /^-32602 unsupported path URI scheme `http`/);
    assert.match(await outcome('file:///x?y'), /^-32602 query parameters are not allowed in path URIs/);
    assert.match(await outcome('file:///x#y'), /^-32602 fragments are not allowed in path URIs/);
    assert.is(await outcome('file:///x%00y'), `-32602 'file:///x%00y' is invalid on '${process.platform}'`);
    for (const uri of ['file://host/x', 'file:///C:/x'])
      assert.is(await outcome(uri), `-32600 '${uri}' is invalid on '${process.platform}'`);
  });
}

test('they want the handshake first', async () => {
  await using files = await FilesOnServer.open();
  await using client = new MemoryClient(files.server);
  assert.equal(await client.refusal('fs/getMetadata', { path: 'file:///' }), [
    -32600,
    'client must call initialize before using filesystem methods',
  ]);
});

test('one slow request does not hold up others: as many as there are slots may be under way', async () => {
  await using files = await FilesOnServer.open({ workSlots: 2 });
  for (let at = 0; at < 400; at++) files.scratch.file(`t/d${at}/f`);
  const order: string[] = [];
  const note = (name: string) => (): void => void order.push(name);
  const walkAll = { maxDepth: 64, maxDirectories: 10_000, maxEntries: 50_000, followDirectorySymlinks: true };
  await Promise.all([
    files.result('fs/walk', { path: files.uri('t'), options: walkAll }).then(note('walk')),
    files.result('fs/getMetadata', { path: files.uri('t') }).then(note('metadata')),
    files.result('environment/status', null).then(note('status')),
  ]);
  assert.is(order.at(-1), 'walk');
});

test('a capability is announced for everything that is here beyond the base of files', async () => {
  await using files = await FilesOnServer.open();
  const { capabilities = {} } = await files.result('environment/info', null);
  for (const name of ['fsWatchMissing', 'fsRename', 'fsWatch', 'fileWriteStreaming', 'sandboxedFileStreaming'])
    assert.is(capabilities[name], true, name);
});
