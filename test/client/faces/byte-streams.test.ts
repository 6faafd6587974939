import * as assert from 'uvu/assert';
import { continueStream, toByteStream } from '#client/faces/byte-streams.js';
import { suite } from '../../harness/test.js';

const test = suite('byte-streams');

function toSource(pieces: readonly string[], end: Error | null = null, onCancel: (reason: unknown) => void = () => undefined) {
  const left = [...pieces];
  return new ReadableStream<Uint8Array>({
    pull(controller) {
      const piece = left.shift();
      if (piece !== undefined) controller.enqueue(Buffer.from(piece));
      else if (end) controller.error(end);
      else controller.close();
    },
    cancel: onCancel,
  });
}

const asIs = (error: unknown): Error => error as Error;

test('a stream goes on with what was read, what is being read, and the rest', async () => {
  const reader = toSource(['a', 'b', 'c']).getReader();
  const { value } = await reader.read();
  const stream = continueStream([value as Uint8Array], reader.read(), reader);
  assert.is(await new Response(stream).text(), 'abc');
});

test('cancelling what goes on cancels the source', async () => {
  let reason: unknown;
  const reader = toSource(['a'], null, (why) => (reason = why)).getReader();
  await continueStream([], null, reader).cancel('enough');
  assert.is(reason, 'enough');
});

test('a stream of bytes hands on pieces, the end, and errors in other words', async () => {
  assert.is(await new Response(toByteStream(toSource(['a', 'b']), asIs)).text(), 'ab');
  const reader = toByteStream(toSource(['a'], new Error('reset')), (error) => new TypeError('terminated', { cause: error })).getReader();
  assert.is(Buffer.from((await reader.read()).value ?? []).toString(), 'a');
  const error = await reader.read().then(
    () => null,
    (why: TypeError) => why,
  );
  assert.instance(error, TypeError);
  assert.equal([error?.message, String(error?.cause)], ['terminated', 'Error: reset']);
});

test('a stream of bytes fills memory its reader brings', async () => {
  const reader = toByteStream(toSource(['abcdef']), asIs).getReader({ mode: 'byob' });
  assert.is(Buffer.from((await reader.read(new Uint8Array(4))).value ?? []).toString(), 'abcd');
  assert.is(Buffer.from((await reader.read(new Uint8Array(4))).value ?? []).toString(), 'ef');
  assert.is((await reader.read(new Uint8Array(4))).done, true);
});

test('cancelling a stream of bytes cancels the source', async () => {
  let reason: unknown;
  const stream = toByteStream(
    toSource(['a'], null, (why) => (reason = why)),
    asIs,
  );
  await stream.cancel('enough');
  assert.is(reason, 'enough');
});
