import { symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { limits } from '@exec-server/protocol';
import * as assert from 'uvu/assert';
import { findFiles } from '#server/capability/discovered-files.js';
import { failure } from '../../harness/failure.js';
import { Scratch } from '../../harness/scratch.js';
import { suite } from '../../harness/test.js';

const test = suite('discovered-files');

const never = new AbortController().signal;

test('files of the names asked for are found once, however many links lead to them', async () => {
  using scratch = new Scratch();
  for (const name of ['b/x', 'a/x', 'a/y', 'a/z/x']) scratch.file(name);
  symlinkSync('a', join(scratch.path, 'c'));
  symlinkSync('../..', join(scratch.path, 'a/z/up'));
  const found = await findFiles(scratch.path, new Set(['x']), limits, never);
  assert.equal(
    found.map(({ directory, name }) => join(directory, name).slice(scratch.path.length + 1)),
    ['a/x', 'a/z/x', 'b/x'],
  );
});

test('S4: a search goes through so many directories at most, and ends when nobody waits for it', async () => {
  using scratch = new Scratch();
  for (let at = 0; at < 20; at++) scratch.file(`d${at}/x`);
  const found = await findFiles(scratch.path, new Set(['x']), { ...limits, capabilityDirectories: 6 }, never);
  assert.is(found.length, 5);
  await failure(findFiles(scratch.path, new Set(['x']), limits, AbortSignal.abort(new Error('gone'))), Error);
});
