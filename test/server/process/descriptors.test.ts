import * as assert from 'uvu/assert';
import { Descriptors } from '#server/process/descriptors.js';
import { suite } from '../../harness/test.js';

const test = suite('descriptors');

test('with nothing to hide stdio stays as it is', () => {
  assert.equal(new Descriptors().cover([7, 'pipe', 'ignore']), [7, 'pipe', 'ignore']);
});

test('what would be inherited is replaced by something empty at its own number', () => {
  const descriptors = new Descriptors();
  descriptors.add(20);
  descriptors.add(18);
  const stdio = descriptors.cover(['ignore', 1, 2]);
  const empty = stdio[18];
  assert.is(typeof empty, 'number');
  assert.is(stdio[20], empty);
  assert.equal(stdio.toSpliced(18, 1, 'ignore').toSpliced(20, 1, 'ignore'), [
    'ignore',
    1,
    2,
    ...Array.from({ length: 18 }, () => 'ignore'),
  ]);
  descriptors.delete(20);
  assert.is(descriptors.cover(['ignore', 1, 2]).length, 19);
  descriptors.delete(18);
  descriptors.delete(18);
  assert.equal(descriptors.cover(['ignore', 1, 2]), ['ignore', 1, 2]);
});

test('the list handed in is left alone', () => {
  const descriptors = new Descriptors();
  descriptors.add(9);
  const stdio: ('ignore' | 'pipe')[] = ['ignore', 'pipe', 'pipe'];
  descriptors.cover(stdio);
  assert.equal(stdio, ['ignore', 'pipe', 'pipe']);
  descriptors.delete(9);
});
