import { chmodSync, lstatSync, mkdirSync, readdirSync, realpathSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import * as fc from 'fast-check';
import * as assert from 'uvu/assert';
import { FilesOnServer, oddDirectory } from '../../harness/files-on-server.js';
import { holdsLater } from '../../harness/property.js';
import { suite } from '../../harness/test.js';

const test = suite('walk');

interface Options {
  readonly maxDepth: number;
  readonly maxDirectories: number;
  readonly maxEntries: number;
  readonly followDirectorySymlinks: boolean;
  readonly pruneHiddenDirectories: boolean;
}
const all: Options = {
  maxDepth: 64,
  maxDirectories: 10_000,
  maxEntries: 50_000,
  followDirectorySymlinks: false,
  pruneHiddenDirectories: false,
};

/** `a/ a/f`: what a walk returns, below its root, and whether it is all. */
async function walk(files: FilesOnServer, root: string, options: Partial<Options> = {}): Promise<string> {
  const { entries, errors, truncated } = await files.result('fs/walk', { path: files.uri(root), options: { ...all, ...options } });
  assert.equal(errors, []);
  const names = entries.map(({ path, kind }) => path.slice(files.uri(root).length + 1) + (kind === 'directory' ? '/' : ''));
  return [...names, ...(truncated ? ['…'] : [])].join(' ');
}

test('it goes level by level, sorted by bytes, and leaves out what is neither file nor directory', async () => {
  await using files = await FilesOnServer.open();
  for (const name of ['t/b/x/deep', 't/a/f', 't/B', 't/.h/i']) files.scratch.file(name);
  mkdirSync(join(files.path, 't', '\u00e9'));
  files.scratch.pipe('t/pipe');
  symlinkSync('B', join(files.path, 't', 'link'));
  symlinkSync('a', join(files.path, 't', 'linked'));
  assert.is(await walk(files, 't'), '.h/ B a/ b/ %C3%A9/ .h/i a/f b/x/ b/x/deep');
  assert.is(await walk(files, 't', { pruneHiddenDirectories: true }), '.h/ B a/ b/ %C3%A9/ a/f b/x/ b/x/deep');
  assert.is(await walk(files, 't/.h', { pruneHiddenDirectories: true }), 'i');
  assert.is(await walk(files, 't', { followDirectorySymlinks: true }), '.h/ B a/ b/ linked/ %C3%A9/ .h/i a/f b/x/ b/x/deep');
});

test('names that are no UTF-8 come as they can be used', async () => {
  await using files = await FilesOnServer.open();
  writeFileSync(Buffer.concat([oddDirectory(files.path), Buffer.from('/f')]), 'x');
  const { entries } = await files.result('fs/walk', { path: files.uri(), options: all });
  assert.equal(entries, [
    { path: files.uri('A%FF%FE'), kind: 'directory' },
    { path: files.uri('A%FF%FE/f'), kind: 'file' },
  ]);
  assert.is(await files.outcome('fs/readFile', { path: entries[1]?.path }), 'ok');
});

test('a root that is no directory, or a link that is not followed, has nothing; one that is missing is an error', async () => {
  await using files = await FilesOnServer.open();
  files.scratch.file('d/f');
  symlinkSync('d', join(files.path, 'l'));
  symlinkSync('d/f', join(files.path, 'lf'));
  for (const root of ['d/f', 'l', 'lf']) assert.is(await walk(files, root), '');
  assert.is(await walk(files, 'l', { followDirectorySymlinks: true }), 'f');
  assert.is(await files.outcome('fs/walk', { path: files.uri('none'), options: all }), '-32004 No such file or directory (os error 2)');
});

test('limits beyond those of the base are refused, before the root is looked at', async () => {
  await using files = await FilesOnServer.open();
  const refused = (options: Partial<Options>) => files.outcome('fs/walk', { path: files.uri('none'), options: { ...all, ...options } });
  for (const options of [{ maxEntries: 0 }, { maxDirectories: 0 }, { maxEntries: 0, maxDepth: 99 }])
    assert.is(await refused(options), '-32600 filesystem walk limits must be greater than zero');
  for (const options of [{ maxEntries: 50_001 }, { maxDirectories: 10_001 }, { maxDepth: 65 }])
    assert.is(await refused(options), '-32600 filesystem walk limits exceed maximums: depth=64, directories=10000, entries=50000');
});

/** Directories of a made-up tree, and links among them. */
interface Made {
  readonly directories: readonly string[];
  readonly files: readonly string[];
  readonly links: readonly (readonly [path: string, target: string])[];
}

/** What a walk should return, told in the simplest way. */
function model(root: string, options: Options): string {
  const found: string[] = [];
  const entered = new Set<string>();
  let truncated = false;
  const queue: { path: string; name: string; depth: number }[] = [{ path: root, name: '', depth: 0 }];
  for (let here = queue.shift(); here && !truncated; here = queue.shift()) {
    const real = realpathSync(here.path);
    if (options.followDirectorySymlinks && entered.has(real)) continue;
    if (entered.size === options.maxDirectories) {
      truncated = true;
      break;
    }
    entered.add(real);
    for (const name of readdirSync(here.path).toSorted()) {
      const path = join(here.path, name);
      const isLink = lstatSync(path).isSymbolicLink();
      const stats = statSync(path, { throwIfNoEntry: false });
      const isDirectory = stats?.isDirectory() ?? false;
      if (isLink && !(options.followDirectorySymlinks && isDirectory)) continue;
      if (found.length === options.maxEntries) {
        truncated = true;
        break;
      }
      const full = here.name === '' ? name : `${here.name}/${name}`;
      found.push(full + (isDirectory ? '/' : ''));
      const isPruned = options.pruneHiddenDirectories && name.startsWith('.');
      if (isDirectory && here.depth < options.maxDepth && !isPruned) queue.push({ path, name: full, depth: here.depth + 1 });
    }
  }
  return [...found, ...(truncated ? ['…'] : [])].join(' ');
}

function build(root: string, { directories, files, links }: Made): void {
  rmSync(root, { recursive: true, force: true });
  mkdirSync(root);
  for (const directory of directories) mkdirSync(join(root, directory), { recursive: true });
  for (const file of files) writeFileSync(join(root, file), '', { flag: 'a' });
  for (const [path, target] of links) symlinkSync(join(root, target), join(root, path));
}

test('any tree with any links is walked as the rules say', async () => {
  await using files = await FilesOnServer.open();
  const name = fc.constantFrom('a', 'b', 'C', '.h', 'z9');
  const path = fc.array(name, { minLength: 1, maxLength: 4 }).map((names) => names.join('/'));
  const made = fc
    .record({ directories: fc.uniqueArray(path, { maxLength: 12 }), count: fc.nat(8), targets: fc.array(fc.nat(20), { maxLength: 6 }) })
    .map(({ directories, count, targets }): Made => {
      const places = ['.', ...directories];
      return {
        directories,
        files: Array.from({ length: count }, (_, at) => `${places[(at * 7) % places.length]}/f${at}`),
        links: targets.map((target, at) => [`${places[(at * 5) % places.length]}/l${at}`, places[target] ?? 'nothing'] as const),
      };
    });
  const options = fc.record({
    maxDepth: fc.constantFrom(0, 1, 2, 64),
    maxDirectories: fc.constantFrom(1, 2, 5, 10_000),
    maxEntries: fc.constantFrom(1, 4, 9, 50_000),
    followDirectorySymlinks: fc.boolean(),
    pruneHiddenDirectories: fc.boolean(),
  });
  const root = join(files.path, 'tree');
  await holdsLater(
    fc.tuple(made, fc.array(options, { minLength: 3, maxLength: 3 })),
    async ([tree, many]) => {
      build(root, tree);
      for (const one of many) assert.is(await walk(files, 'tree', one), model(root, one), JSON.stringify(one));
    },
    60,
  );
});

test('a large directory, read in parts, is sorted as a whole and cut where it was asked to', async () => {
  await using files = await FilesOnServer.open();
  const names = Array.from({ length: 3_000 }, (_, at) => `a-rather-long-name-for-a-file-${at}`);
  for (const name of names) files.scratch.file(`t/${name}`);
  assert.is(await walk(files, 't'), names.toSorted().join(' '));
  assert.is(await walk(files, 't', { maxEntries: 2 }), `${names.toSorted().slice(0, 2).join(' ')} …`);
});

test('S4: an answer that grows too long is cut, and says so', async () => {
  await using files = await FilesOnServer.open({ walkAnswerBytes: 1_000 });
  for (let at = 0; at < 100; at++) files.scratch.file(`t/f${at}`);
  const { entries, truncated } = await files.result('fs/walk', { path: files.uri('t'), options: all });
  assert.ok(truncated && entries.length > 3 && entries.length < 20, `${entries.length} entries`);
});

test(
  'what cannot be read is told, and the walk goes on',
  async () => {
    await using files = await FilesOnServer.open();
    files.scratch.file('t/closed/f');
    files.scratch.file('t/open/f');
    chmodSync(join(files.path, 't/closed'), 0);
    const { entries, errors } = await files.result('fs/walk', { path: files.uri('t'), options: all });
    chmodSync(join(files.path, 't/closed'), 0o700);
    assert.equal(errors, [{ path: files.uri('t/closed'), message: 'Permission denied (os error 13)' }]);
    assert.equal(entries.length, 3);
  },
  { skip: process.getuid?.() === 0 ? 'nothing is forbidden to root' : null },
);

test('a tree that changes meanwhile is walked to the end', async () => {
  await using files = await FilesOnServer.open();
  for (let at = 0; at < 200; at++) files.scratch.file(`t/d${at}/f`);
  const walks = Array.from({ length: 5 }, () => files.result('fs/walk', { path: files.uri('t'), options: all }));
  for (let at = 0; at < 200; at += 2) rmSync(join(files.path, `t/d${at}`), { recursive: true });
  for (const { errors } of await Promise.all(walks))
    for (const { message } of errors) assert.match(message, /^(?:No such file or directory|Not a directory) \(os error \d+\)$/);
});
