import { appendFileSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import * as assert from 'uvu/assert';
import { FilesOnServer } from '../../harness/files-on-server.js';
import { MemoryClient } from '../../harness/memory-client.js';
import { suite } from '../../harness/test.js';

const test = suite('watches');

/** Waits until a path was told under a watch. */
async function hears(client: MemoryClient, watchId: string, uri: string): Promise<void> {
  await client.find(
    ({ method, params }) => method === 'fs/changed' && params?.['watchId'] === watchId && (params['paths'] as string[]).includes(uri),
  );
}

test('changes are told to those who asked, by their watches', async () => {
  await using files = await FilesOnServer.open();
  await using other = await MemoryClient.open(files.server);
  files.scratch.file('d/f');
  await files.result('fs/watch', { watchId: 'all', path: files.uri(), recursive: true });
  await files.result('fs/watch', { watchId: 'top', path: files.uri() });
  await other.result('fs/watch', { watchId: 'all', path: files.uri('d') });
  appendFileSync(join(files.path, 'd/f'), 'x');
  await hears(files.client, 'all', files.uri('d/f'));
  await hears(other, 'all', files.uri('d/f'));
  writeFileSync(join(files.path, 'g h'), '');
  await hears(files.client, 'top', files.uri('g%20h'));
  const versions = files.client.messages.filter(({ params }) => params?.['watchId'] === 'all').map(({ params }) => params?.['version']);
  assert.equal(
    versions,
    versions.map((_, at) => at + 1),
  );
});

test('a watch that was ended says nothing more; ending it twice is fine', async () => {
  await using files = await FilesOnServer.open();
  await files.result('fs/watch', { watchId: 'a', path: files.uri() });
  await files.result('fs/watch', { watchId: 'b', path: files.uri() });
  for (const watchId of ['a', 'a', 'never']) assert.equal(await files.result('fs/unwatch', { watchId }), {});
  writeFileSync(join(files.path, 'f'), '');
  await hears(files.client, 'b', files.uri('f'));
  assert.not.ok(files.client.messages.some(({ params }) => params?.['watchId'] === 'a'));
  assert.is(await files.outcome('fs/watch', { watchId: 'a', path: files.uri() }), 'ok');
});

test('watch and unwatch sent in one go leave nothing', async () => {
  await using files = await FilesOnServer.open();
  const params = { watchId: 'w', path: files.uri(), recursive: true };
  const outcomes = await Promise.all([
    files.outcome('fs/watch', params),
    files.outcome('fs/unwatch', { watchId: 'w' }),
    files.outcome('fs/watch', params),
  ]);
  assert.equal(outcomes, ['ok', 'ok', 'ok']);
  assert.equal(files.server.inspect().connections[0]?.files?.watches, ['w']);
});

test('S4: ids that are taken, too long or too many are refused', async () => {
  await using files = await FilesOnServer.open({ watches: 3, watchedDirectories: 4 });
  for (let at = 0; at < 3; at++) mkdirSync(join(files.path, `d${at}`));
  const watch = (watchId: string, name = '', recursive = false) => files.outcome('fs/watch', { watchId, path: files.uri(name), recursive });
  assert.is(await watch('x'.repeat(33)), '-32600 watch ID must not exceed 32 bytes');
  assert.is(await watch('none', 'none'), '-32004 No such file or directory (os error 2)');
  assert.is(await watch('a', '', true), 'ok');
  assert.is(await watch('a'), '-32600 watch `a` already exists');
  assert.is(await watch('b'), '-32603 there are more directories than may be watched');
  await files.result('fs/unwatch', { watchId: 'a' });
  for (const watchId of ['a', 'b', 'c']) assert.is(await watch(watchId), 'ok');
  assert.is(await watch('d'), '-32600 at most 3 watches may be open per connection');
});

test('watches end with their connection', async () => {
  await using files = await FilesOnServer.open();
  const other = await MemoryClient.open(files.server);
  await other.result('fs/watch', { watchId: 'w', path: files.uri(), recursive: true });
  await other.result('fs/watchMissing', { watchId: 1, missing: [files.uri('x')] });
  await other.close();
  await files.result('fs/watch', { watchId: 'w', path: files.uri() });
  writeFileSync(join(files.path, 'x'), '');
  await hears(files.client, 'w', files.uri('x'));
  assert.is(files.server.inspect().connections.length, 1);
});

test('T3: a burst of changes is told whole, or as the advice to look again', async () => {
  await using files = await FilesOnServer.open({ watchPaths: 50 });
  await files.result('fs/watch', { watchId: 'w', path: files.uri() });
  for (let at = 0; at < 500; at++) writeFileSync(join(files.path, `f${at}`), '');
  await files.client.find(({ method, params }) => method === 'fs/changed' && params?.['resync'] === true);
});
