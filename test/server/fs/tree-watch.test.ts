import { appendFileSync, mkdirSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { RpcError } from '@exec-server/protocol';
import * as assert from 'uvu/assert';
import { type ChangeListener, TreeWatch } from '#server/fs/tree-watch.js';
import { failure } from '../../harness/failure.js';
import { Scratch } from '../../harness/scratch.js';
import { suite } from '../../harness/test.js';

const test = suite('tree-watch');

/** Hears of changes below a directory, by their paths in it. */
class Ear implements ChangeListener {
  readonly heard = new Set<string>();
  readonly #root: string;
  readonly #waiting = new Set<() => void>();

  constructor(root: string) {
    this.#root = root;
  }

  add(path: string): void {
    this.#hear(path === this.#root ? '.' : path.slice(this.#root.length + 1));
  }
  resync(): void {
    this.#hear('(resync)');
  }
  end(): void {
    this.#hear('(end)');
  }

  #hear(what: string): void {
    this.heard.add(what);
    for (const wake of this.#waiting) wake();
  }

  async hears(...names: readonly string[]): Promise<void> {
    while (!names.every((name) => this.heard.has(name))) {
      await new Promise<void>((resolve) => this.#waiting.add(resolve));
      this.#waiting.clear();
    }
  }
}

class Watched implements AsyncDisposable {
  readonly scratch = new Scratch();
  readonly root = this.scratch.directory('root');
  readonly ear = new Ear(this.root);
  used = 0;
  most = 1_000;
  readonly budget = { take: () => this.used < this.most && ++this.used > 0, give: () => void this.used-- };
  watch: TreeWatch | null = null;

  readonly path = (name: string): string => join(this.root, name);

  async start(recursive = true, root = this.root): Promise<void> {
    this.watch = new TreeWatch(root, recursive, this.ear, this.budget);
    await this.watch.start();
  }

  [Symbol.asyncDispose](): Promise<void> {
    this.watch?.close();
    this.scratch[Symbol.dispose]();
    return Promise.resolve();
  }
}

test('files made, changed and removed are told, also far below', async () => {
  await using watched = new Watched();
  for (const name of ['d/e/old', 'gone']) watched.scratch.file(`root/${name}`);
  await watched.start();
  writeFileSync(watched.path('new'), '');
  appendFileSync(watched.path('d/e/old'), 'x');
  rmSync(watched.path('gone'));
  await watched.ear.hears('new', 'd/e/old', 'gone');
});

test('without `recursive` only the directory itself counts', async () => {
  await using watched = new Watched();
  watched.scratch.file('root/d/f');
  await watched.start(false);
  assert.is(watched.used, 1);
  appendFileSync(watched.path('d/f'), 'x');
  mkdirSync(watched.path('d/e'));
  writeFileSync(watched.path('f'), '');
  await watched.ear.hears('f');
  assert.equal(
    [...watched.ear.heard].filter((name) => name.startsWith('d/')),
    [],
  );
});

test('what is made quickly in directories that are new is not missed', async () => {
  await using watched = new Watched();
  await watched.start();
  const names = ['a', 'b', 'c'].flatMap((top) => [top, `${top}/x`, `${top}/x/y`, `${top}/x/y/f`, `${top}/x/g`]);
  for (const top of ['a', 'b', 'c']) {
    mkdirSync(watched.path(`${top}/x/y`), { recursive: true });
    for (const file of ['x/y/f', 'x/g']) writeFileSync(watched.path(`${top}/${file}`), '');
  }
  await watched.ear.hears(...names);
  appendFileSync(watched.path('b/x/y/f'), 'later');
  writeFileSync(watched.path('c/x/y/last'), '');
  await watched.ear.hears('c/x/y/last');
});

test('directories that are moved, removed and made again are followed', async () => {
  await using watched = new Watched();
  watched.scratch.file('root/a/b/f');
  await watched.start();
  renameSync(watched.path('a'), watched.path('moved'));
  await watched.ear.hears('a', 'moved', 'moved/b', 'moved/b/f');
  writeFileSync(watched.path('moved/b/g'), '');
  await watched.ear.hears('moved/b/g');
  rmSync(watched.path('moved'), { recursive: true });
  mkdirSync(watched.path('moved/b'), { recursive: true });
  writeFileSync(watched.path('moved/b/again'), '');
  await watched.ear.hears('moved/b/again');
  assert.is(watched.used, 3);
  watched.watch?.close();
  assert.is(watched.used, 0);
});

test('links are told, but only the root itself is followed', async () => {
  await using watched = new Watched();
  watched.scratch.file('outside/f');
  symlinkSync('../outside', watched.path('link'));
  const linked = join(watched.scratch.path, 'linked');
  symlinkSync('root', linked);
  const ear = new Ear(linked);
  const watch = new TreeWatch(linked, true, ear, watched.budget);
  await watch.start();
  assert.is(watched.used, 1);
  symlinkSync('x', watched.path('new'));
  await ear.hears('new');
  watch.close();
});

test('a file is followed by its name, through replacements', async () => {
  await using watched = new Watched();
  const file = watched.scratch.file('root/f', 'one');
  const ear = new Ear(file);
  const watch = new TreeWatch(file, true, ear, watched.budget);
  await watch.start();
  for (const act of [
    () => appendFileSync(file, 'x'),
    () => renameSync(watched.scratch.file('root/f.new', 'two'), file),
    () => appendFileSync(file, 'y'),
    () => rmSync(file),
    () => writeFileSync(file, 'z'),
  ]) {
    ear.heard.clear();
    act();
    await ear.hears('.');
  }
  assert.equal([...ear.heard], ['.']);
  watch.close();
});

for (const [what, act] of [
  ['removed', (root: string) => rmSync(root, { recursive: true })],
  ['moved', (root: string) => renameSync(root, `${root}2`)],
  ['replaced', (root: string) => (renameSync(root, `${root}2`), mkdirSync(root))],
] as const) {
  test(`the watch ends when its root is ${what}`, async () => {
    await using watched = new Watched();
    watched.scratch.file('root/d/f');
    await watched.start();
    act(watched.root);
    await watched.ear.hears('(end)');
    assert.is(watched.used, 0);
  });
}

test('a directory named like the one it is in is told like any other', async () => {
  await using watched = new Watched();
  await watched.start();
  mkdirSync(watched.path('root'));
  await watched.ear.hears('root');
  writeFileSync(watched.path('root/root'), '');
  await watched.ear.hears('root/root');
  rmSync(watched.path('root'), { recursive: true });
  assert.not.ok(watched.ear.heard.has('(end)'));
});

test('S4: more directories than may be watched are refused at the start, and end the watch later', async () => {
  await using watched = new Watched();
  watched.most = 5;
  for (let at = 0; at < 5; at++) watched.scratch.directory(`root/d${at}`);
  assert.is((await failure(watched.start(), RpcError)).reason, 'limitExceeded');
  assert.is(watched.used, 0);
  rmSync(watched.path('d4'), { recursive: true });
  await watched.start();
  mkdirSync(watched.path('one-too-many'));
  await watched.ear.hears('one-too-many', '(end)');
  assert.is(watched.used, 0);
});

test('what is not there cannot be watched', async () => {
  await using watched = new Watched();
  await failure(watched.start(true, watched.path('none')), Error);
  assert.is(watched.used, 0);
});
