import { limits } from '@exec-server/protocol';
import * as assert from 'uvu/assert';
import { CopyProgress } from '#cli/copy/copy-progress.js';
import { type CopyJob, CopyRun, type CopyRunOptions } from '#cli/copy/copy-run.js';
import type { FileTree, Found } from '#cli/copy/file-tree.js';
import { failure } from '../../harness/failure.js';
import { suite } from '../../harness/test.js';

const test = suite('copy-run');

type Job = CopyJob<string, string>;

const found = (ref: string, kind: Found<string>['kind'], size = 0): Found<string> => ({
  ref,
  name: Buffer.from(ref.split('/').at(-1) ?? ''),
  kind,
  size,
  isLink: false,
});

/** A tree in memory: directories with what they contain. A link is a directory of another identity. */
class MemoryTree implements FileTree<string> {
  readonly made: string[] = [];
  readonly listed: string[] = [];
  readonly #content: ReadonlyMap<string, readonly (Found<string> | { readonly ref: string; readonly error: unknown })[]>;
  readonly #links: ReadonlyMap<string, string>;

  constructor(
    content: Record<string, readonly (Found<string> | { ref: string; error: unknown })[]> = {},
    links: Record<string, string> = {},
  ) {
    this.#content = new Map(Object.entries(content));
    this.#links = new Map(Object.entries(links));
  }

  label = (ref: string): string => ref;
  child = (directory: string, name: Buffer): string => `${directory}/${name.toString()}`;
  nameOf = (ref: string): Buffer => Buffer.from(ref);
  find = async (): Promise<null> => null;
  identify = async ({ ref }: Found<string>): Promise<string> => this.#links.get(ref) ?? ref;

  async list(directory: string) {
    this.listed.push(directory);
    const entries = this.#content.get(directory);
    if (!entries) throw new Error('unreadable');
    return entries;
  }

  async makeDirectory(ref: string): Promise<void> {
    this.made.push(ref);
  }
}

function createRun(from: MemoryTree, transfer: (job: Job) => Promise<void>, more: Partial<CopyRunOptions<string, string>> = {}) {
  const complaints: string[] = [];
  const to = new MemoryTree();
  const progress = new CopyProgress();
  const run = new CopyRun({
    from,
    to,
    transfer,
    report: (label, error) => complaints.push(`${label}: ${(error as Error).message}`),
    isFatal: () => false,
    progress,
    jobs: 4,
    signal: new AbortController().signal,
    ...more,
  });
  return { run, to, progress, complaints };
}

const root = (ref: string, kind: Found<string>['kind'] = 'directory') => [{ from: found(ref, kind), to: `to-${ref}` }];

test('directories are made before what is in them, and every file is copied once', async () => {
  const from = new MemoryTree({
    a: [found('a/x', 'file', 1), found('a/b', 'directory'), found('a/c', 'directory')],
    'a/b': [found('a/b/y', 'file', 2)],
    'a/c': [],
  });
  const copied: string[] = [];
  const { run, to, progress, complaints } = createRun(from, async ({ from: { ref }, to: destination }) => {
    assert.ok(to.made.includes(destination.split('/').slice(0, -1).join('/')), destination);
    copied.push(`${ref} -> ${destination}`);
  });
  await run.copy(root('a'));
  assert.equal(copied.toSorted(), ['a/b/y -> to-a/b/y', 'a/x -> to-a/x']);
  assert.equal(to.made.toSorted(), ['to-a', 'to-a/b', 'to-a/c']);
  assert.equal([progress.view(0).totalBytes, progress.view(0).totalFiles, complaints], [3, 2, []]);
});

test('so many files at a time are under way, and no more', async () => {
  const from = new MemoryTree({ a: Array.from({ length: 40 }, (_, index) => found(`a/${index}`, 'file')) });
  let now = 0;
  let most = 0;
  const { run } = createRun(from, async () => {
    most = Math.max(most, ++now);
    await new Promise((resolve) => setImmediate(resolve));
    now--;
  });
  await run.copy(root('a'));
  assert.is(most, 4);
});

test('what cannot be copied is told with both its names, and the rest goes on', async () => {
  const from = new MemoryTree({
    a: [
      found('a/bad', 'file'),
      found('a/good', 'file'),
      found('a/dir', 'directory'),
      found('a/pipe', 'other'),
      { ref: 'a/odd', error: new Error('odd') },
    ],
  });
  const copied: string[] = [];
  const { run, complaints } = createRun(from, async ({ from: { ref } }) => {
    if (ref === 'a/bad') throw new Error('bad');
    copied.push(ref);
  });
  await run.copy(root('a'));
  assert.equal(copied, ['a/good']);
  assert.equal(complaints.toSorted(), [
    'a/bad -> to-a/bad: bad',
    'a/dir -> to-a/dir: unreadable',
    'a/odd: odd',
    'a/pipe: not a regular file',
  ]);
});

test('a pipe that was named itself is read', async () => {
  const copied: string[] = [];
  const { run, complaints } = createRun(new MemoryTree(), async ({ from: { ref } }) => void copied.push(ref));
  await run.copy(root('pipe', 'other'));
  assert.equal([copied, complaints], [['pipe'], []]);
});

test('a link to a directory it stands in ends there; another way to a directory does not', async () => {
  const from = new MemoryTree(
    {
      a: [found('a/b', 'directory'), found('a/twin', 'directory')],
      'a/b': [found('a/b/up', 'directory'), found('a/b/x', 'file')],
      'a/twin': [found('a/twin/x', 'file')],
    },
    { 'a/b/up': 'a', 'a/twin': 'a/b' },
  );
  const copied: string[] = [];
  const { run, to, complaints } = createRun(from, async ({ from: { ref } }) => void copied.push(ref));
  await run.copy(root('a'));
  assert.equal(complaints, ['a/b/up: not copied: the link leads to a directory it stands in']);
  assert.equal(copied.toSorted(), ['a/b/x', 'a/twin/x']);
  assert.not.ok(to.made.includes('to-a/b/up'));
});

test('no further directory is read while very many files wait', async () => {
  const many = Array.from({ length: limits.copyQueueFiles }, (_, index) => found(`a/b/${index}`, 'file'));
  const from = new MemoryTree({ a: [found('a/c', 'directory'), found('a/b', 'directory')], 'a/b': many, 'a/c': [] });
  let copiedBefore = -1;
  let copied = 0;
  const { run } = createRun(
    from,
    async () => {
      copied++;
      if (copiedBefore < 0 && from.listed.includes('a/c')) copiedBefore = copied;
    },
    { jobs: 1 },
  );
  await run.copy(root('a'));
  assert.equal([from.listed, copied], [['a', 'a/b', 'a/c'], limits.copyQueueFiles]);
  assert.is(copiedBefore, 2, 'one had to go before there was room to look further');
});

test('an error that ends everything ends everything', async () => {
  const from = new MemoryTree({ a: Array.from({ length: 40 }, (_, index) => found(`a/${index}`, 'file')) });
  let begun = 0;
  const { run, complaints } = createRun(
    from,
    async () => {
      begun++;
      throw new Error('gone');
    },
    { isFatal: () => true },
  );
  assert.is((await failure(run.copy(root('a')), Error)).message, 'gone');
  assert.equal(complaints, []);
  assert.ok(begun <= 4);
});

test('a signal ends it, without complaints about what it has spoilt', async () => {
  const from = new MemoryTree({ a: Array.from({ length: 40 }, (_, index) => found(`a/${index}`, 'file')) });
  const controller = new AbortController();
  const { run, complaints } = createRun(
    from,
    async () => {
      controller.abort(new Error('enough'));
      throw new Error('spoilt');
    },
    { signal: controller.signal },
  );
  assert.is((await failure(run.copy(root('a')), Error)).message, 'enough');
  assert.equal(complaints, []);
});
