import { Base64Error } from '@exec-server/protocol';
import * as fc from 'fast-check';
import * as assert from 'uvu/assert';
import { decodeInTurns } from '#server/fs/decode-base64.js';
import { failure } from '../../harness/failure.js';
import { holdsLater } from '../../harness/property.js';
import { suite } from '../../harness/test.js';

const test = suite('decode-base64');

test('text decoded in parts is what it is as a whole', () =>
  holdsLater(fc.tuple(fc.uint8Array({ maxLength: 100 }), fc.integer({ min: 1, max: 5 })), async ([bytes, quarter]) => {
    const text = Buffer.from(bytes).toString('base64');
    assert.ok(Buffer.concat(await decodeInTurns(text, quarter * 4)).equals(bytes));
  }));

test('a part takes a turn of the event loop', async () => {
  let turns = 0;
  const count = (): void => void turns++;
  for (let at = 0; at < 20; at++) setImmediate(count);
  await decodeInTurns('AAAA'.repeat(5), 4);
  assert.ok(turns > 0);
});

const faults: readonly (readonly [text: string, message: string])[] = [
  ['AAAA!AAA', 'Invalid symbol 33, offset 4.'],
  ['AA==AAAA', 'Invalid symbol 61, offset 2.'],
  ['AAAAAAA=AAAA', 'Invalid symbol 61, offset 7.'],
  ['AAAAAA', 'Invalid padding'],
  ['AAAAAAAAAB==', 'Invalid last symbol 66, offset 9.'],
  ['AAAA\nAAA', 'Invalid symbol 10, offset 4.'],
];

for (const [text, message] of faults) {
  test(`${JSON.stringify(text)} is refused with the place in the whole text`, async () => {
    assert.is((await failure(decodeInTurns(text, 4), Base64Error)).message, message);
  });
}

test('no text is no bytes', async () => assert.equal(await decodeInTurns(''), []));
