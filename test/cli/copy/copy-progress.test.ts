import * as assert from 'uvu/assert';
import { CopyProgress } from '#cli/copy/copy-progress.js';
import { suite } from '../../harness/test.js';

const test = suite('copy-progress');

test('totals are known when everything is found', () => {
  const progress = new CopyProgress();
  progress.found(100);
  assert.equal([progress.view(0).totalBytes, progress.view(0).totalFiles], [null, null]);
  progress.found(50);
  progress.listed();
  progress.begin('a');
  progress.advance(100);
  progress.finish(0);
  const { doneBytes, doneFiles, totalBytes, totalFiles, name } = progress.view(0);
  assert.equal([doneBytes, doneFiles, totalBytes, totalFiles, name], [100, 1, 150, 2, 'a']);
});

test('the total follows files that shrink, grow or fail', () => {
  const progress = new CopyProgress();
  for (const bytes of [100, 100, 100]) progress.found(bytes);
  progress.listed();
  progress.advance(60);
  progress.finish(40);
  progress.advance(130);
  progress.finish(-30);
  progress.advance(50);
  progress.advance(-50);
  progress.drop(100);
  assert.is(progress.view(0).totalFiles, 2);
  const { doneBytes, totalBytes } = progress.view(0);
  assert.equal([doneBytes, totalBytes], [190, 190]);
});

test('of something whose end is not known there is no total', () => {
  const progress = new CopyProgress();
  progress.found(0);
  progress.openEnded();
  progress.listed();
  progress.advance(5);
  assert.equal([progress.view(0).totalBytes, progress.view(0).totalFiles], [null, 1]);
});

test('the rate is that of the last seconds', () => {
  const progress = new CopyProgress();
  assert.is(progress.view(1_000).bytesPerSecond, 0);
  progress.advance(1_000);
  assert.is(progress.view(2_000).bytesPerSecond, 1_000);
  for (let second = 3; second <= 20; second++) {
    progress.advance(50);
    progress.view(second * 1_000);
  }
  assert.is(progress.view(20_000).bytesPerSecond, 50);
  progress.advance(-1_000);
  assert.is(progress.view(20_000).bytesPerSecond, 0, 'what has to be sent again is no rate below nothing');
});
