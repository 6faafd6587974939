import { appendFileSync, chmodSync, mkdirSync, readFileSync, renameSync, rmSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import * as assert from 'uvu/assert';
import { FilesOnServer, oddDirectory } from '../../harness/files-on-server.js';
import { suite } from '../../harness/test.js';

const test = suite('missing-watch');

/** A tree with `a/b/` and a file `a/y`, and a client that waits for changes in it. */
class Watching implements AsyncDisposable {
  private constructor(readonly files: FilesOnServer) {}

  static async open(): Promise<Watching> {
    const files = await FilesOnServer.open();
    files.scratch.directory('a/b');
    files.scratch.file('a/y', 'present');
    return new Watching(files);
  }

  readonly path = (name: string): string => join(this.files.path, name);

  /** Ids of the watches that have told of a change. */
  get told(): unknown[] {
    return this.files.client.messages.filter(({ method }) => method === 'fs/missingChanged').map(({ params }) => params?.['watchId']);
  }

  async watch(missing: readonly string[], present: string | null = null, watchId = 1): Promise<boolean> {
    const uris = missing.map((name) => this.files.uri(name));
    const params = { watchId, missing: uris, present: present === null ? null : this.files.uri(present) };
    return (await this.files.result('fs/watchMissing', params)).watching;
  }

  async hears(watchId = 1): Promise<void> {
    await this.files.client.find(({ method, params }) => method === 'fs/missingChanged' && params?.['watchId'] === watchId);
  }

  /** All that has happened has been heard: the system tells in order, and of this last. */
  async settle(): Promise<void> {
    await this.files.result('fs/watch', { watchId: 'end', path: this.files.uri('a') });
    writeFileSync(this.path('a/settled'), '');
    await this.files.client.find(({ method }) => method === 'fs/changed');
    await this.files.result('fs/unwatch', { watchId: 'end' });
    rmSync(this.path('a/settled'));
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.files[Symbol.asyncDispose]();
  }
}

type Act = (path: (name: string) => string) => void;
type Case = readonly [what: string, missing: string[], present: string | null, act: Act];

const changes: readonly Case[] = [
  ['a missing file appears', ['a/x'], null, (path) => writeFileSync(path('a/x'), '')],
  ['a missing name gets a link to nothing', ['a/x'], null, (path) => symlinkSync('none', path('a/x'))],
  ['a directory on the way appears', ['a/n/m/x'], null, (path) => mkdirSync(path('a/n'))],
  ['a file appears where a directory would be on the way', ['a/n/x'], null, (path) => writeFileSync(path('a/n'), '')],
  ['something with an odd name appears', ['a/A%FF%FE'], null, (path) => void oddDirectory(path('a'))],
  ['a directory on the way is moved away', ['a/b/x'], null, (path) => renameSync(path('a'), path('c'))],
  ['a directory on the way is removed', ['a/b/x'], null, (path) => rmSync(path('a/b'), { recursive: true })],
  ['what is present is written to', ['a/x'], 'a/y', (path) => appendFileSync(path('a/y'), 'more')],
  ['what is present is touched', ['a/x'], 'a/y', (path) => utimesSync(path('a/y'), 1, 1)],
  ['what is present gets another mode', ['a/x'], 'a/y', (path) => chmodSync(path('a/y'), 0o600)],
  ['what is present is removed', ['a/x'], 'a/y', (path) => rmSync(path('a/y'))],
  ['a present directory is moved', ['a/x'], 'a/b', (path) => renameSync(path('a/b'), path('a/c'))],
  ['the last of 64 appears', Array.from({ length: 64 }, (_, at) => `a/q${at}`), null, (path) => writeFileSync(path('a/q63'), '')],
];

for (const [what, missing, present, act] of changes) {
  test(`it tells when ${what}`, async () => {
    await using watching = await Watching.open();
    assert.is(await watching.watch(missing, present), true);
    act(watching.path);
    await watching.hears();
  });
}

test('it tells once, and is over then', async () => {
  await using watching = await Watching.open();
  await watching.watch(['a/x', 'a/z'], 'a/y');
  for (const name of ['a/x', 'a/z']) writeFileSync(watching.path(name), '');
  appendFileSync(watching.path('a/y'), 'more');
  await watching.hears();
  await watching.settle();
  assert.equal(watching.told, [1]);
});

const others: readonly Case[] = [
  ['something else appears in the same directory', ['a/x'], null, (path) => writeFileSync(path('a/xy'), '')],
  ['something appears below a missing name elsewhere', ['a/x'], null, (path) => mkdirSync(path('x'))],
  ['what is present is read', ['a/x'], 'a/y', (path) => void readFileSync(path('a/y'))],
  ['something appears in a present directory', ['a/x'], 'a/b', (path) => writeFileSync(path('a/b/x'), '')],
];

for (const [what, missing, present, act] of others) {
  test(`it is silent when ${what}`, async () => {
    await using watching = await Watching.open();
    assert.is(await watching.watch(missing, present), true);
    act(watching.path);
    await watching.settle();
    assert.equal(watching.told, []);
    writeFileSync(watching.path('a/x'), '');
    await watching.hears();
  });
}

test('what does not hold, or cannot be watched, is not', async () => {
  await using watching = await Watching.open();
  symlinkSync('a', watching.path('link'));
  symlinkSync('none', watching.path('a/dangling'));
  symlinkSync('loop', watching.path('loop'));
  const refused: readonly (readonly [missing: string[], present: string | null])[] = [
    [[], null],
    [[], 'a/y'],
    [['a/b'], null],
    [['a/x', 'a/y'], null],
    [['a/dangling'], null],
    [['a/x'], 'a/none'],
    [['a/y/x'], null],
    [['link/x'], null],
    [['loop/x'], null],
    [['x'.repeat(300)], null],
    [Array.from({ length: 65 }, (_, at) => `a/q${at}`), null],
  ];
  for (const [at, [missing, present]] of refused.entries())
    assert.is(await watching.watch(missing, present, at + 1), false, JSON.stringify(missing));
  for (const uri of ['file://host/x', 'file:///C:/x'])
    assert.equal(await watching.files.result('fs/watchMissing', { watchId: 100 + uri.length, missing: [uri] }), { watching: false });
  assert.is(
    await watching.files.outcome('fs/watchMissing', { watchId: 200, missing: ['/x'] }),
    '-32602 invalid URI: relative URL without a base (`missing[0]`)',
  );
});

test('only a greater id takes the place of a watch, even if what it asks for does not hold', async () => {
  await using watching = await Watching.open();
  assert.is(await watching.watch(['a/one'], null, 5), true);
  assert.is(await watching.watch(['a/two'], null, 5), false);
  assert.is(await watching.watch(['a/two'], null, 4), false);
  assert.is(await watching.watch(['a/two'], null, 6), true);
  writeFileSync(watching.path('a/one'), '');
  writeFileSync(watching.path('a/two'), '');
  await watching.hears(6);
  assert.is(await watching.watch(['a/three'], null, 7), true);
  assert.is(await watching.watch(['a/b'], null, 8), false);
  writeFileSync(watching.path('a/three'), '');
  await watching.settle();
  assert.equal(watching.told, [6]);
  assert.is(await watching.watch(['a/four'], null, 8), false);
});

test('a change right behind the request is told behind its answer', async () => {
  await using watching = await Watching.open();
  for (let watchId = 1; watchId <= 20; watchId++) {
    const asked = watching.watch([`a/x${watchId}`], null, watchId);
    await new Promise((resolve) => setImmediate(resolve));
    writeFileSync(watching.path(`a/x${watchId}`), '');
    if (!(await asked)) continue;
    await watching.hears(watchId);
    const { messages } = watching.files.client;
    const told = messages.findIndex(({ params }) => params?.['watchId'] === watchId);
    const answers = messages.slice(0, told).filter(({ result }) => (result as { watching?: boolean } | undefined)?.watching === true);
    assert.ok(answers.length > 0);
  }
});

test('of requests in one go the last one counts', async () => {
  await using watching = await Watching.open();
  const answers = await Promise.all([1, 2, 3].map((watchId) => watching.watch([`a/x${watchId}`], null, watchId)));
  assert.is(answers[2], true);
  for (const name of ['a/x1', 'a/x2', 'a/x3']) writeFileSync(watching.path(name), '');
  await watching.hears(3);
  await watching.settle();
  assert.equal(watching.told, [3]);
});
