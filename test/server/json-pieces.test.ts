import * as assert from 'uvu/assert';
import { JsonPieces } from '#server/json-pieces.js';
import { textOf } from '../harness/json-text.js';
import { suite } from '../harness/test.js';

const test = suite('json-pieces');

const long = 'x'.repeat(300_000);

test('what is short stays text', () => {
  const json = new JsonPieces();
  for (const text of ['[1', ',2', ']']) json.push(text);
  assert.is(json.length, 5);
  assert.is(json.end(), '[1,2]');
});

test('what is long becomes pieces, whatever its characters', () => {
  const json = new JsonPieces();
  for (const text of ['é', long, 'ü', long, '!']) json.push(text);
  assert.ok(Array.isArray(json.end()));
  assert.is(textOf(json.end()), `é${long}ü${long}!`);
});

test('one goes into another, short or long', () => {
  for (const inner of ['short', long, long + long]) {
    const [outer, other] = [new JsonPieces(), new JsonPieces()];
    other.push(inner);
    outer.push('[');
    outer.append(other);
    outer.push(']');
    assert.is(textOf(outer.end()), `[${inner}]`);
  }
});
