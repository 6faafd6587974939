import * as assert from 'uvu/assert';
import { DirectoryEntry, FileStats } from '#client/fs/file-stats.js';
import { suite } from '../../harness/test.js';

const test = suite('file-stats');

test('what the wire tells is there, in the forms of node:fs', () => {
  const stats = new FileStats({
    isFile: true,
    isDirectory: false,
    isSymlink: true,
    size: 7,
    createdAtMs: 0,
    modifiedAtMs: 1_700_000_000_123,
  });
  assert.equal([stats.isFile(), stats.isDirectory(), stats.isSymlink, stats.size], [true, false, true, 7]);
  assert.equal(
    [stats.mtimeMs, stats.mtime, stats.birthtimeMs, stats.birthtime],
    [1_700_000_000_123, new Date(1_700_000_000_123), 0, new Date(0)],
  );
});

test('an entry knows its name, its directory and its kind', () => {
  const entry = new DirectoryEntry({ fileName: 'a', isFile: false, isDirectory: true }, '/srv');
  assert.equal([entry.name, entry.parentPath, entry.isFile(), entry.isDirectory()], ['a', '/srv', false, true]);
});
