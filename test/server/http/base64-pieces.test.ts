import * as fc from 'fast-check';
import * as assert from 'uvu/assert';
import { Base64Pieces } from '#server/http/base64-pieces.js';
import { holds } from '../../harness/property.js';
import { suite } from '../../harness/test.js';

const test = suite('base64 pieces');

test('however the bytes are cut, the text is that of all of them', () => {
  holds(fc.array(fc.uint8Array({ maxLength: 20 }), { maxLength: 12 }), (chunks) => {
    const pieces = new Base64Pieces();
    for (const chunk of chunks) pieces.push(Buffer.from(chunk));
    assert.is(Buffer.concat(pieces.end()).toString(), Buffer.concat(chunks).toString('base64'));
  });
});
