import * as fc from 'fast-check';
import * as assert from 'uvu/assert';
import { readMessage, readMessageBytes } from '#protocol/envelope.js';
import { liftContent } from '#protocol/lift-content.js';
import { checkParams, methods } from '#protocol/schemas.js';
import { holds } from '../harness/property.js';
import { suite } from '../harness/test.js';

const test = suite('lift content');

const content = Buffer.from(Array.from({ length: 200_003 }, (_, at) => (at * 7919) % 256));
const ascii = (text: string): Buffer => Buffer.from(text, 'latin1');

/** What is read of a message as text, with the long content decoded if it was decoded on the way. */
function readBoth(text: string): { readonly asText: unknown; readonly asBytes: unknown; readonly isLifted: boolean } {
  const asText = readMessage(text);
  const asBytes = readMessageBytes(ascii(text));
  let isLifted = false;
  if ('params' in asBytes && asBytes.params !== null && typeof asBytes.params === 'object') {
    for (const [name, value] of Object.entries(asBytes.params)) {
      if (!(value instanceof Uint8Array)) continue;
      isLifted = true;
      (asBytes.params as Record<string, unknown>)[name] = Buffer.from(value).toString('base64');
    }
  }
  return { asText, asBytes, isLifted };
}

test('a long content is taken out as bytes, whatever its length, and everything else stays', () => {
  holds(
    fc.tuple(
      fc.nat(content.length),
      fc.constantFrom('chunk', 'dataBase64', 'stdinBase64', 'bodyBase64'),
      fc.constantFrom('', ' ', ',"z":1'),
    ),
    ([length, name, more]) => {
      const base64 = content.toString('base64', 0, length);
      const text = `{"id":9007199254740993,"method":"m","params":{"a":"b","${name}":"${base64}","c":[1]${more}}}`;
      const { asText, asBytes, isLifted } = readBoth(text);
      assert.equal(asBytes, asText);
      assert.is(isLifted, base64.length >= 16_384);
    },
    60,
  );
});

const long = content.toString('base64', 0, 60_000);
for (const [what, text] of [
  ['is not among the params', `{"id":1,"method":"m","chunk":"${long}","params":{}}`],
  ['is deeper than the params', `{"id":1,"method":"m","params":{"a":{"chunk":"${long}"}}}`],
  ['is in a list', `{"id":1,"method":"m","params":[{"chunk":"${long}"}]}`],
  ['is in a result', `{"id":1,"result":{"chunk":"${long}"}}`],
  ['is there twice', `{"id":1,"method":"m","params":{"chunk":"${long}","chunk":"${long}"}}`],
  ['is one of two', `{"id":1,"method":"m","params":{"chunk":"${long}","bodyBase64":"${long}"}}`],
  ['has an escape', `{"id":1,"method":"m","params":{"chunk":"${long}\\u0041AAA"}}`],
  ['has URL-safe letters', `{"id":1,"method":"m","params":{"chunk":"${long.slice(4)}__-A"}}`],
  ['has them early', `{"id":1,"method":"m","params":{"chunk":"-_-A${long.slice(4)}"}}`],
  ['has padding in the middle', `{"id":1,"method":"m","params":{"chunk":"AA==${long.slice(4)}"}}`],
  [
    'has padding at the border of a piece',
    `{"id":1,"method":"m","params":{"chunk":"${long.slice(0, 49_148)}AA==${long.slice(0, 20_000)}"}}`,
  ],
  ['has a strange letter', `{"id":1,"method":"m","params":{"chunk":"${long.slice(0, 30_000)}*${long.slice(30_001)}"}}`],
  ['has bits that belong to no byte', `{"id":1,"method":"m","params":{"chunk":"${long.slice(4)}AAB="}}`],
  ['lacks padding', `{"id":1,"method":"m","params":{"chunk":"${long.slice(2)}"}}`],
  ['has no end', `{"id":1,"method":"m","params":{"chunk":"${long}`],
  ['is followed by what is no JSON', `{"id":1,"method":"m","params":{"chunk":"${long}",}}`],
  ['comes with a fraction', `{"id":1,"method":"m","params":{"chunk":"${long}","a":1.0}}`],
  ['comes after what looks like it', `{"id":1,"method":"m","params":{"a":"\\"chunk\\":\\"x","chunk":"${long}"}}`],
] as const) {
  test(`a content that ${what} is read as it would be as text`, () => {
    const { asText, asBytes } = readBoth(text);
    assert.equal(asBytes, asText);
  });
}

test('what looks like a content in a string in front does not hide the real one', () => {
  const { asText, asBytes, isLifted } = readBoth(`{"id":1,"method":"m","params":{"chunk":"AAAA","dataBase64":"${long}"}}`);
  assert.equal(asBytes, asText);
  assert.ok(isLifted);
});

const chunkOf = (message: unknown): Uint8Array => checkParams(methods['process/write'], (message as { params: unknown }).params).chunk;

test('handlers get the same, decoded on the way or not', () => {
  const text = `{"id":1,"method":"process/write","params":{"processId":"p","writeId":"w","chunk":"${long}"}}`;
  assert.ok(Buffer.from(chunkOf(readMessageBytes(ascii(text)))).equals(content.subarray(0, 60_000)));
  assert.ok(Buffer.from(chunkOf(readMessage(text))).equals(content.subarray(0, 60_000)));
});

test('the bytes it was taken from may change afterwards', () => {
  const message = ascii(`{"id":1,"method":"m","params":{"chunk":"${long}"}}`);
  const lifted = liftContent(message);
  message.fill(0);
  assert.ok(Buffer.from(lifted?.content ?? []).equals(content.subarray(0, 60_000)));
});
