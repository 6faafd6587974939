import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import * as assert from 'uvu/assert';
import { DestinationError, planCopy, type PlanRequest } from '#cli/copy/copy-plan.js';
import { isContent } from '#cli/copy/copy-request.js';
import { LocalTree } from '#cli/copy/local-tree.js';
import { failure } from '../../harness/failure.js';
import { Scratch } from '../../harness/scratch.js';
import { suite } from '../../harness/test.js';

const test = suite('copy-plan');

/** Plans between two directories of this machine, with paths relative to the scratch; returns pairs and complaints. */
async function plan(scratch: Scratch, sources: readonly string[], destination: string, isRecursive = true) {
  const at = (path: string): Buffer => Buffer.from(`${scratch.path}/${path}`);
  const complaints: string[] = [];
  const request: PlanRequest<Buffer, Buffer> = {
    from: new LocalTree(),
    to: new LocalTree(),
    sources: sources.map((path) => ({ ref: at(path), isContent: isContent(path) })),
    destination: { ref: at(destination), isDirectory: destination.endsWith('/') },
    isRecursive,
    report: (label, error) =>
      complaints.push(`${label.slice(scratch.path.length + 1)}: ${(error as Error).message.replaceAll(`${scratch.path}/`, '')}`),
    isFatal: () => false,
  };
  const roots = await planCopy(request);
  return {
    pairs: roots.map(
      ({ from, to }) => `${from.ref.toString().slice(scratch.path.length + 1)} -> ${to.toString().slice(scratch.path.length + 1)}`,
    ),
    complaints,
  };
}

function createFiles(): Scratch {
  const scratch = new Scratch();
  for (const name of ['file', 'other', 'sub/file', 'target/x']) scratch.file(name, 'x');
  mkdirSync(join(scratch.path, 'tree'));
  return scratch;
}

/** As cp has it. */
const planned: readonly (readonly [sources: readonly string[], destination: string, pairs: readonly string[]])[] = [
  [['file'], 'new', ['file -> new']],
  [['file'], 'other', ['file -> other']],
  [['file'], 'target', ['file -> target/file']],
  [['file'], 'target/', ['file -> target/file']],
  [['file', 'other', 'tree'], 'target', ['file -> target/file', 'other -> target/other', 'tree -> target/tree']],
  [['tree'], 'new', ['tree -> new']],
  [['tree'], 'new/', ['tree -> new/']],
  [['tree'], 'target', ['tree -> target/tree']],
  [['tree/'], 'target', ['tree/ -> target/tree']],
  [['tree/.'], 'target', ['tree/. -> target']],
  [['tree/.'], 'new', ['tree/. -> new']],
  [['sub/..'], 'target', ['sub/.. -> target']],
];
for (const [sources, destination, pairs] of planned) {
  test(`${sources.join(' ')} to ${destination}`, async () => {
    using scratch = createFiles();
    assert.equal(await plan(scratch, sources, destination), { pairs, complaints: [] });
  });
}

test('what cannot be copied is told, and the rest is copied', async () => {
  using scratch = createFiles();
  assert.equal(await plan(scratch, ['nope', 'tree', 'file', 'sub/file'], 'target', false), {
    pairs: ['file -> target/file'],
    complaints: [
      'nope: No such file or directory',
      'tree: is a directory: -r copies directories',
      'sub/file: another source of that name is being copied to target',
    ],
  });
  assert.equal((await plan(scratch, ['tree'], 'file')).complaints, ['tree: cannot replace file, which is no directory, with a directory']);
});

test('a destination that has to be a directory is one, or nothing is copied', async () => {
  using scratch = createFiles();
  for (const destination of ['new/', 'new']) await failure(plan(scratch, ['file', 'other'], destination), DestinationError);
  await failure(plan(scratch, ['file'], 'new/'), DestinationError);
  await failure(plan(scratch, ['file', 'sub'], 'other'), DestinationError);
});
