import * as assert from 'uvu/assert';
import { TransferProgress } from '#cli/transfer-progress.js';
import { suite } from '../harness/test.js';

const test = suite('transfer-progress');

const MiB = 1024 * 1024;

function createProgress(totalBytes: number | null) {
  const shown: string[] = [];
  return { shown, progress: new TransferProgress({ write: (text) => shown.push(text) }, totalBytes, 0) };
}

test('small transfers are not worth a line', () => {
  const { shown, progress } = createProgress(MiB - 1);
  progress.add(MiB - 1, 100);
  progress.end(200);
  assert.equal(shown, []);
});

test('large ones have one that changes now and then, and stays', () => {
  const { shown, progress } = createProgress(8 * MiB);
  progress.add(2 * MiB, 1_000);
  progress.add(MiB, 1_100);
  progress.add(MiB, 1_200);
  progress.end(2_000);
  assert.equal(shown, [
    '\r2.0 MiB of 8.0 MiB, 25 %, 2.0 MiB/s\u001b[K',
    '\r4.0 MiB of 8.0 MiB, 50 %, 3.3 MiB/s\u001b[K',
    '\r4.0 MiB of 8.0 MiB, 50 %, 2.0 MiB/s\u001b[K',
    '\n',
  ]);
});

test('without a known length only what has come is shown', () => {
  const { shown, progress } = createProgress(null);
  progress.add(3 * MiB, 1_000);
  assert.equal(shown, ['\r3.0 MiB, 3.0 MiB/s\u001b[K']);
});
