import { symlinkSync } from 'node:fs';
import { join } from 'node:path';
import * as assert from 'uvu/assert';
import { kindOf, nameOf, packEntry, readEntries } from '#server/fs/directory-entries.js';
import { failure } from '../../harness/failure.js';
import { oddDirectory } from '../../harness/files-on-server.js';
import { Scratch } from '../../harness/scratch.js';
import { suite } from '../../harness/test.js';

const test = suite('directory-entries');

async function entriesOf(path: string, size?: number): Promise<{ entries: string[]; batches: number }> {
  const entries: string[] = [];
  let batches = 0;
  for await (const batch of readEntries(path, size === undefined ? undefined : { size })) {
    batches++;
    for (const entry of batch) entries.push(`${nameOf(entry)} ${kindOf(entry)}`);
  }
  return { entries: entries.toSorted(), batches };
}

test('large and small directories are read alike, names as bytes', async () => {
  using scratch = new Scratch();
  scratch.file('f');
  scratch.directory('d');
  symlinkSync('f', join(scratch.path, 'l'));
  oddDirectory(scratch.path);
  const expected = ['A\xff\xfe directory', 'd directory', 'f file', 'l link'];
  for (const size of [undefined, 0, 10_000_000]) assert.equal((await entriesOf(scratch.path, size)).entries, expected);
  assert.equal((await entriesOf('/dev/null/..', 0).catch(() => ({ entries: ['refused'] }))).entries, ['refused']);
});

test('a large directory comes in batches', async () => {
  using scratch = new Scratch();
  for (let at = 0; at < 2_500; at++) scratch.file(`f${at}`);
  const { entries, batches } = await entriesOf(scratch.path, 10_000_000);
  assert.equal([entries.length, batches], [2_500, 3]);
});

test('entries sort like the bytes of their names', () => {
  const names = ['a', 'a\x01', 'ab', 'B', '\xff', 'z', '.a'];
  const byBytes = names.toSorted((a, b) => Buffer.compare(Buffer.from(a, 'latin1'), Buffer.from(b, 'latin1')));
  const packed = names.map((name, at) => packEntry(name, at % 2 === 0 ? 'file' : 'directory'));
  assert.equal(packed.toSorted().map(nameOf), byBytes);
});

test('what is not there, or no directory, is an error', async () => {
  using scratch = new Scratch();
  const file = scratch.file('f');
  for (const path of [file, join(scratch.path, 'none')]) for (const size of [0, 10_000_000]) await failure(entriesOf(path, size), Error);
});
