import { RpcError } from '@exec-server/protocol';
import * as fc from 'fast-check';
import * as assert from 'uvu/assert';
import { type Found, Walk, type WalkOptions } from '#client/fs/walk.js';
import { failure } from '../../harness/failure.js';
import { holdsLater } from '../../harness/property.js';
import { connectSession } from '../../harness/scripted-session.js';
import { ScriptedTree, type Tree } from '../../harness/scripted-tree.js';
import { suite } from '../../harness/test.js';

const test = suite('walk');

async function walk(tree: Tree, mostEntries: number, options: WalkOptions = {}, root = 'file:///') {
  using host = await connectSession(new ScriptedTree(tree, mostEntries).script);
  const found: Found[] = [];
  for await (const entry of new Walk(host.session, options).run(root, options.maxDepth ?? Infinity)) found.push(entry);
  const names = found.map((entry) => `${entry.kind[0]} ${decodeURIComponent(new URL(entry.uri).pathname)}`);
  return { names, requests: host.server.of('fs/walk').length };
}

/** Everything in a tree without links. */
function listAll(tree: Tree, above = ''): string[] {
  return Object.entries(tree).flatMap(([name, node]) => {
    const path = `${above}/${name}`;
    if (node === 'file') return [`f ${path}`];
    return typeof node === 'object' ? [`d ${path}`, ...listAll(node as Tree, path)] : [];
  });
}

const project: Tree = {
  src: { 'a.ts': 'file', 'b.ts': 'file', deep: { 'c.ts': 'file' } },
  '.git': { HEAD: 'file' },
  pipe: 'special',
  'read me': 'file',
  'to-file': { link: 'file:///src/a.ts' },
  'to-src': { link: 'file:///src' },
  up: { self: { link: 'file:///' } },
};

const everything = [
  'd /.git',
  'f /read me',
  'd /src',
  'd /up',
  'f /.git/HEAD',
  'f /src/a.ts',
  'f /src/b.ts',
  'd /src/deep',
  'f /src/deep/c.ts',
];

test('what fits into one answer takes one request, level by level', async () => {
  assert.equal(await walk(project, 1_000), { names: everything, requests: 1 });
});

test('what does not fit is walked in parts, and is the same', async () => {
  for (const mostEntries of [1, 2, 3, 5, 8]) {
    const { names } = await walk(project, mostEntries);
    assert.equal(names.toSorted(), everything.toSorted(), `${mostEntries} entries in an answer`);
  }
});

test('nothing is left out of any tree, whatever its names and however small the answers', async () => {
  const name = fc.string({ unit: 'grapheme', minLength: 1, maxLength: 4 }).filter((text) => !/[/\0]|^\.{1,2}$|__proto__/.test(text));
  const { tree } = fc.letrec<{ tree: Tree; node: Tree | 'file' }>((tie) => ({
    tree: fc.dictionary(name, tie('node'), { maxKeys: 8, noNullPrototype: true }),
    node: fc.oneof({ maxDepth: 4 }, fc.constant('file' as const), tie('tree')),
  }));
  await holdsLater(fc.tuple(tree, fc.integer({ min: 1, max: 12 })), async ([random, mostEntries]) => {
    assert.equal((await walk(random, mostEntries)).names.toSorted(), listAll(random).toSorted());
  });
});

test('a tree deeper than one request may go is walked to its bottom', async () => {
  let tree: Tree = { bottom: 'file' };
  for (let level = 0; level < 200; level++) tree = { d: tree };
  const { names, requests } = await walk(tree, 1_000);
  assert.equal([names.length, names.at(-1)], [201, `f ${'/d'.repeat(200)}/bottom`]);
  assert.is(requests, 4);
  assert.is((await walk(tree, 1_000, { maxDepth: 100 })).names.length, 101);
});

test('depth is counted the same in parts', async () => {
  for (const maxDepth of [0, 1, 2]) {
    const whole = await walk(project, 1_000, { maxDepth });
    for (const mostEntries of [1, 3]) {
      assert.equal((await walk(project, mostEntries, { maxDepth })).names.toSorted(), whole.names.toSorted());
    }
  }
});

test('hidden directories are listed, and entered unless they are to be pruned', async () => {
  for (const mostEntries of [2, 1_000]) {
    const { names } = await walk(project, mostEntries, { pruneHidden: true });
    assert.equal(names.toSorted(), everything.filter((entry) => entry !== 'f /.git/HEAD').toSorted());
  }
});

test('links to directories are followed when wanted, each real directory once: loops end', async () => {
  const whole = (await walk(project, 1_000, { followSymlinks: true })).names;
  assert.ok(whole.includes('d /to-src') && whole.includes('d /up/self'));
  assert.not.ok(whole.includes('f /to-file'));
  for (const mostEntries of [1, 3, 7]) {
    const { names } = await walk(project, mostEntries, { followSymlinks: true });
    assert.equal([names.length, names.filter((entry) => entry.endsWith('/c.ts')).length], [whole.length, 1]);
  }
});

test('a loop of links through a tree too deep for one request ends as well', async () => {
  let tree: Tree = { back: { link: 'file:///' }, bottom: 'file' };
  for (let level = 0; level < 70; level++) tree = { d: tree };
  const { names } = await walk(tree, 1_000, { followSymlinks: true });
  assert.equal([names.length, names.filter((entry) => entry.endsWith('bottom')).length], [72, 1]);
});

test('what cannot be read is told, and the walk goes on', async () => {
  const tree: Tree = { a: 'unreadable', b: { c: 'file', d: 'unreadable' }, e: 'file' };
  for (const mostEntries of [1, 2, 1_000]) {
    const { names } = await walk(tree, mostEntries);
    assert.equal(names.toSorted(), ['d /a', 'd /b', 'd /b/d', 'e /a', 'e /b/d', 'f /b/c', 'f /e'], `${mostEntries}`);
  }
});

test('a root that is not there, or cannot be read, is the error of the walk', async () => {
  assert.is((await failure(walk({}, 10, {}, 'file:///nope'), RpcError)).code, -32004);
  assert.is((await failure(walk({ a: 'unreadable' }, 10, {}, 'file:///a'), RpcError)).code, -32603);
});
