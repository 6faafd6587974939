import type { WriteStream } from 'node:tty';
import * as assert from 'uvu/assert';
import { CopyProgress, type ProgressView } from '#cli/copy/copy-progress.js';
import { describeBytes, ProgressBar, renderProgress } from '#cli/copy/progress-bar.js';
import { suite } from '../../harness/test.js';

const test = suite('progress-bar');

const MiB = 1024 * 1024;
const half: ProgressView = {
  doneBytes: 256 * MiB,
  totalBytes: 512 * MiB,
  doneFiles: 0,
  totalFiles: 1,
  bytesPerSecond: 64 * MiB,
  name: 'big.bin',
};

test('one file shows its share, its rate and the time that is left', () => {
  assert.is(renderProgress(half, 80), '[=======>       ]   50%  256.0 MiB/512.0 MiB  64.0 MiB/s  0:04  big.bin');
});

test('many files are counted; while more are being found there is no share', () => {
  assert.match(renderProgress({ ...half, doneFiles: 3, totalFiles: 7 }, 100), / 3\/7 files /);
  const open = renderProgress({ ...half, totalBytes: null, totalFiles: null, doneFiles: 3 }, 80);
  assert.is(open, '256.0 MiB  3 files  64.0 MiB/s  big.bin');
});

test('nothing, everything and standing still can be shown', () => {
  assert.match(renderProgress({ ...half, doneBytes: 0, totalBytes: 0, bytesPerSecond: 0 }, 80), /100% {2}0 B\/0 B {2}0 B\/s/);
  assert.match(renderProgress({ ...half, doneBytes: 512 * MiB }, 80), /\[=+\] {2}100%/);
  assert.not.match(renderProgress({ ...half, bytesPerSecond: 0 }, 80), /\d:\d\d/);
  assert.match(renderProgress({ ...half, bytesPerSecond: 50_000 }, 80), / 1:29:29 /);
});

test('the line is never as wide as the terminal', () => {
  const long = { ...half, name: 'x'.repeat(300) };
  for (let columns = 1; columns < 200; columns++) assert.ok(renderProgress(long, columns).length < columns);
  assert.match(renderProgress({ ...half, name: `${'x'.repeat(300)}.tail` }, 100), /…x+\.tail$/);
});

test('bytes are told in the unit that fits', () => {
  const told = { 0: '0 B', 1023: '1023 B', 1024: '1.0 KiB', 1_500_000: '1.4 MiB', [1024 ** 4]: '1.0 TiB' };
  for (const [bytes, text] of Object.entries(told)) assert.is(describeBytes(Number(bytes)), text);
});

test('lines go above the bar, and the last state stays', () => {
  const written: string[] = [];
  const stream = { write: (text: string) => written.push(text), columns: 80 } as unknown as WriteStream;
  const progress = new CopyProgress();
  progress.found(10);
  progress.listed();
  {
    using bar = new ProgressBar(stream, progress);
    bar.above('something went wrong');
    progress.advance(10);
  }
  const text = written.join('');
  assert.ok(text.startsWith('\r\x1b[Ksomething went wrong\n\r['), text);
  assert.match(text, /100% {2}10 B\/10 B[^\n]*\n$/);
});
