import * as assert from 'uvu/assert';
import { isContent, readCopyRequest } from '#cli/copy/copy-request.js';
import { exitCodes, ExitError } from '#cli/exit-codes.js';
import { suite } from '../../harness/test.js';

const test = suite('copy-request');

test('the last path is the destination, and one side is the server', () => {
  assert.equal(readCopyRequest(['a', 'b', 'remote:x']), { direction: 'upload', sources: ['a', 'b'], destination: 'x' });
  assert.equal(readCopyRequest([':a', 'remote:/b', '.']), { direction: 'download', sources: ['a', '/b'], destination: '.' });
  assert.equal(readCopyRequest(['-', ':x']), { direction: 'upload', sources: ['-'], destination: 'x' });
  assert.equal(readCopyRequest([':x', '-']), { direction: 'download', sources: ['x'], destination: '-' });
  assert.equal(readCopyRequest(['./:a', ':']), { direction: 'upload', sources: ['./:a'], destination: '' });
});

const refused: readonly (readonly string[])[] = [
  [],
  ['a'],
  ['a', 'b'],
  [':a', ':b'],
  ['a', ':b', ':c'],
  [':a', 'b', 'c'],
  ['-', 'a', ':b'],
  [':a', ':b', '-'],
  ['-', '-'],
];
for (const paths of refused) {
  test(`${JSON.stringify(paths)} makes no sense`, () => {
    assert.throws(
      () => readCopyRequest(paths),
      (error: unknown) => error instanceof ExitError && error.exitCode === exitCodes.usage,
    );
  });
}

test('a path that ends in a dot means the content', () => {
  for (const path of ['.', '..', 'a/.', '/a/..', 'a/./', '../']) assert.ok(isContent(path), path);
  for (const path of ['a', '.a', 'a.', 'a/...', '/', '']) assert.not.ok(isContent(path), path);
});
