import * as fc from 'fast-check';
import * as assert from 'uvu/assert';
import { Base64Error, decodeBase64, encodeBase64, joinAscii } from '#protocol/bytes.js';
import { holds } from '../harness/property.js';
import { suite } from '../harness/test.js';

const test = suite('bytes');

interface Bytes {
  readonly joinAscii: typeof joinAscii;
  readonly decodeBase64: typeof decodeBase64;
  readonly encodeBase64: typeof encodeBase64;
}

function faultOf(text: string, decode = decodeBase64): string | null {
  try {
    decode(text);
    return null;
  } catch (error) {
    assert.is((error as Error).name, 'Base64Error');
    return (error as Error).message;
  }
}

/** Text that is base64, or nearly. */
const almostBase64 = fc
  .array(fc.constantFrom('A', 'Q', 'g', 'w', 'R', '/', '+', '=', '-', '_', '!', ' ', '\n', 'é', '😀', '\0'), { maxLength: 9 })
  .map((symbols) => symbols.join(''));

/** The module as a browser sees it, where there is no `Buffer`. */
async function loadWithoutBuffer(): Promise<Bytes> {
  const { Buffer: native } = globalThis;
  const url = new URL('../../../protocol/dist/bytes.js?without-buffer', import.meta.url);
  Reflect.deleteProperty(globalThis, 'Buffer');
  try {
    return (await import(url.href)) as Bytes;
  } finally {
    Object.defineProperty(globalThis, 'Buffer', { value: native, writable: true, configurable: true });
  }
}

function provesLike(bytes: Bytes): void {
  holds(fc.uint8Array({ maxLength: 100 }), (value) => {
    const text = Buffer.from(value).toString('base64');
    assert.is(bytes.encodeBase64(value), text);
    assert.equal([...bytes.decodeBase64(text)], [...value]);
  });
  assert.equal([...bytes.joinAscii('ab', '', 'c"')], [97, 98, 99, 34]);
  // Whatever is taken is the one text those bytes are written as.
  holds(
    almostBase64,
    (text) => {
      const isCanonical = Buffer.from(text, 'base64').toString('base64') === text;
      assert.is(faultOf(text, bytes.decodeBase64) === null, isCanonical, JSON.stringify(text));
    },
    3000,
  );
}

test('any bytes survive the way there and back, and only canonical text is taken', () =>
  provesLike({ decodeBase64, encodeBase64, joinAscii }));

test('the same holds in a browser, where there is no Buffer', async () => {
  const bytes = await loadWithoutBuffer();
  assert.is.not(bytes.encodeBase64, encodeBase64, 'it is another copy of the module');
  provesLike(bytes);
  const large = new Uint8Array(200_000).map((_, at) => at % 251);
  assert.is(bytes.encodeBase64(large), Buffer.from(large).toString('base64'));
});

test('a view of a larger buffer gives its own bytes only', () => {
  const all = Uint8Array.from([1, 2, 3, 4, 5, 6, 7, 8]);
  assert.is(encodeBase64(all.subarray(2, 5)), Buffer.from([3, 4, 5]).toString('base64'));
});

test('the empty text is no bytes', () => {
  assert.is(decodeBase64('').length, 0);
  assert.is(encodeBase64(new Uint8Array()), '');
});

const faults: readonly (readonly [text: string, message: string])[] = [
  ['!', 'Invalid symbol 33, offset 0.'],
  ['AAA!', 'Invalid symbol 33, offset 3.'],
  ['AA=A', 'Invalid symbol 61, offset 2.'],
  ['AA A', 'Invalid symbol 32, offset 2.'],
  ['AAAA\n', 'Invalid symbol 10, offset 4.'],
  ['-_-_', 'Invalid symbol 45, offset 0.'],
  ['A_AA', 'Invalid symbol 95, offset 1.'],
  ['A😀A', 'Invalid symbol 128512, offset 1.'],
  ['====', 'Invalid symbol 61, offset 0.'],
  ['A', 'Invalid padding'],
  ['AA', 'Invalid padding'],
  ['AA=', 'Invalid padding'],
  ['AAAAA', 'Invalid padding'],
  ['AAAA=', 'Invalid padding'],
  ['AR==', 'Invalid last symbol 82, offset 1.'],
  ['AAB=', 'Invalid last symbol 66, offset 2.'],
];

for (const [text, message] of faults) {
  test(`${JSON.stringify(text)} is refused with "${message}"`, () => {
    assert.is(faultOf(text), message);
    assert.throws(
      () => decodeBase64(text),
      (error: unknown) => error instanceof Base64Error,
    );
  });
}
