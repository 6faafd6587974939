import * as fc from 'fast-check';
import * as assert from 'uvu/assert';
import { PieceQueue } from '#server/http/piece-queue.js';
import { holds } from '../../harness/property.js';
import { suite } from '../../harness/test.js';

const test = suite('piece queue');

function drain(queue: PieceQueue): string[] {
  const pieces: string[] = [];
  for (let piece = queue.shift(); piece !== null; piece = queue.shift()) pieces.push(piece.toString());
  return pieces;
}

test('small pieces come out together, large ones as they are', () => {
  const queue = new PieceQueue(4);
  for (const piece of ['a', 'b', 'cd', 'e', 'fghijk', 'l', 'mnop']) queue.push(Buffer.from(piece));
  assert.is(queue.bytes, 16);
  assert.equal(drain(queue), ['abcd', 'e', 'fghijk', 'l', 'mnop']);
  assert.equal([queue.bytes, queue.shift()], [0, null]);
});

test('a piece that is alone is not copied', () => {
  const queue = new PieceQueue(4);
  const piece = Buffer.from('abc');
  queue.push(piece);
  assert.is(queue.shift(), piece);
});

test('nothing is lost or changes its place', () => {
  holds(fc.array(fc.string({ minLength: 1, maxLength: 6, unit: 'grapheme-ascii' })), (texts) => {
    const queue = new PieceQueue(8);
    for (const text of texts) queue.push(Buffer.from(text));
    assert.is(drain(queue).join(''), texts.join(''));
  });
});

test('what is cleared is gone', () => {
  const queue = new PieceQueue(4);
  queue.push(Buffer.from('abc'));
  queue.clear();
  assert.equal([queue.bytes, drain(queue)], [0, []]);
});
