import { brotliCompressSync } from 'node:zlib';
import * as assert from 'uvu/assert';
import { brotli } from '#client/faces/brotli.js';
import { suite } from '../../harness/test.js';

const test = suite('brotli');

test('it takes brotli off', async () => {
  const text = 'text '.repeat(1_000);
  const decoder = brotli['br']?.(new Uint8Array(0));
  assert.ok(decoder);
  const coded = new Blob([brotliCompressSync(text)]).stream() as ReadableStream<Uint8Array>;
  assert.is(await new Response(coded.pipeThrough(decoder)).text(), text);
});
