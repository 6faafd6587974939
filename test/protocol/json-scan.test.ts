import * as fc from 'fast-check';
import * as assert from 'uvu/assert';
import { type JsonScanLimits, scanJson } from '#protocol/json-scan.js';
import { holds } from '../harness/property.js';
import { suite } from '../harness/test.js';

const test = suite('json-scan');

const roomy: JsonScanLimits = { maxDepth: 127, maxValues: 262_144 };
const problemOf = (text: string, limits: JsonScanLimits = roomy): string | null => scanJson(text, limits).problem;

/** The name as a JSON string in which every character is an escape. */
function escape(name: string): string {
  return `"${Array.from({ length: name.length }, (_, at) => `\\u${name.charCodeAt(at).toString(16).padStart(4, '0')}`).join('')}"`;
}

function nest(levels: number): string {
  return '['.repeat(levels) + ']'.repeat(levels);
}

const objects = (levels: number): string => '{"a":'.repeat(levels) + '0' + '}'.repeat(levels);
const list = (members: number): string => `[${Array.from({ length: members }, () => '0').join(',')}]`;
const idOf = (text: string): string | null => scanJson(text, roomy).idToken;

/** The numbers that are pointed out. */
function found(text: string): string[] {
  const { nonIntegers } = scanJson(text, roomy);
  return nonIntegers.flatMap((start, at) => (at % 2 === 0 ? [text.slice(start, nonIntegers[at + 1])] : []));
}

function countValues(value: unknown): number {
  if (typeof value !== 'object' || value === null) return 1;
  return Object.values(value).reduce<number>((sum, member) => sum + countValues(member), 1);
}

test('a member name twice in one object is a problem at any depth, also in members nobody reads', () => {
  assert.is(problemOf('{"id":1,"id":2}'), 'duplicate JSON object key `id` at offset 8');
  for (const text of ['{"a":{"x":1,"x":1}}', '{"a":[[{"x":1,"x":2}]]}', '[{"x":{}},{"y":[{"x":[],"x":{}}]}]']) {
    assert.match(problemOf(text) ?? '', 'duplicate JSON object key `x`');
  }
});

test('the same name in different objects is no problem', () => {
  for (const text of ['{"x":{"x":{"x":1}}}', '[{"x":1},{"x":2}]', '{"a":{"x":1},"b":{"x":1},"x":[{"x":1}]}', '{"x":"x","y":"x"}']) {
    assert.is(problemOf(text), null, text);
  }
});

test('names are compared as what they mean, not as they are written', () => {
  assert.match(problemOf('{"id":1,"\\u0069d":2}') ?? '', 'duplicate JSON object key `id`');
  assert.match(problemOf('{"\\"":1,"\\u0022":2}') ?? '', 'duplicate');
  assert.is(problemOf('{"\\\\u0061":1,"a":2}'), null, 'an escaped backslash is no escape');
});

test('a duplicate is found among any number of members', () => {
  holds(
    fc.tuple(fc.uniqueArray(fc.string({ unit: 'binary' }), { minLength: 1, maxLength: 60 }), fc.nat(), fc.nat(), fc.boolean()),
    ([names, first, gap, isEscaped]) => {
      const written = names.map((name) => JSON.stringify(name));
      assert.is(problemOf(`{${written.map((name) => `${name}:0`).join(',')}}`), null);
      const original = first % names.length;
      const name = names[original] as string;
      const copy = isEscaped ? escape(name) : JSON.stringify(name);
      written.splice(original + 1 + (gap % (names.length - original)), 0, copy);
      assert.match(problemOf(`{${written.map((member) => `${member}:0`).join(',')}}`) ?? '', /^duplicate JSON object key/);
    },
  );
});

test('names that mean something to the language are names like any other', () => {
  assert.is(problemOf('{"__proto__":1,"constructor":2,"hasOwnProperty":3,"":4}'), null);
  assert.match(problemOf('{"__proto__":1,"__proto__":2}') ?? '', 'duplicate');
});

test('a long name is shortened in the message', () => {
  const name = 'n'.repeat(10_000);
  const problem = problemOf(`{"${name}":1,"${name}":2}`) ?? '';
  assert.match(problem, /duplicate/);
  assert.ok(problem.length < 200);
});

test('127 levels may be nested, 128 not', () => {
  assert.is(problemOf(nest(127)), null);
  assert.is(problemOf(nest(128)), 'recursion limit exceeded: more than 127 nested levels');
  assert.is(problemOf(objects(127)), null);
  assert.match(problemOf(objects(128)) ?? '', /recursion limit/);
  assert.is(problemOf(`[${`${nest(126)},`.repeat(5)}0]`), null, 'levels side by side do not add up');
});

test('brackets in strings are no levels, commas in strings no values', () => {
  assert.is(problemOf(JSON.stringify(['[{'.repeat(50), ',"\\,'.repeat(50)]), { maxDepth: 1, maxValues: 3 }), null);
});

test('262 144 values fit, one more does not', () => {
  assert.is(problemOf(list(262_143)), null);
  assert.is(problemOf(list(262_144)), 'JSON-RPC message exceeds the limit of 262144 JSON values');
});

test('values of every kind are counted, containers included and member names not', () => {
  holds(fc.tuple(fc.jsonValue({ maxDepth: 5 }), fc.constantFrom(undefined, 1)), ([value, space]) => {
    const text = JSON.stringify(value, null, space);
    const values = countValues(value);
    assert.is(problemOf(text, { maxDepth: 127, maxValues: values }), null, text);
    if (values > 1) assert.match(problemOf(text, { maxDepth: 127, maxValues: values - 1 }) ?? '', /exceeds the limit/, text);
  });
});

test('what is written by JSON.stringify has no problem within the limits', () => {
  holds(fc.jsonValue({ maxDepth: 8 }), (value) => assert.is(problemOf(JSON.stringify(value)), null));
});

test('the digits of the top-level id are handed over as they stand', () => {
  assert.is(idOf('{"id":9223372036854775807}'), '9223372036854775807');
  assert.is(idOf('{"params":{"id":5},"id" : -0 }'), '-0');
  assert.is(idOf('{"\\u0069d":1.50}'), '1.50');
  assert.is(idOf('{"id":1e2,"x":3}'), '1e2');
  for (const text of ['{"id":"7"}', '{"id":[7]}', '{"params":{"id":7}}', '{"x":"id","y":7}', '["id",7]', '7', '{"id":null,"n":7}']) {
    assert.is(idOf(text), null, text);
  }
});

test('numbers with a fraction or an exponent, or beyond 64 bits, are pointed out', () => {
  assert.equal(found('{"a":[1.0,2,1e2,-3],"b":-1E+5}'), ['1.0', '1e2', '-1E+5']);
  assert.equal(found('[18446744073709551615,-9223372036854775808,9223372036854775807]'), []);
  assert.equal(found('[18446744073709551616,-9223372036854775809]'), ['18446744073709551616', '-9223372036854775809']);
  assert.equal(found(`[${'9'.repeat(1000)}]`), ['9'.repeat(1000)]);
  assert.equal(found('["1.5","1e9"]'), []);
});

test('S4: any text at all comes to an end without a throw', () => {
  const noise = fc.string({ unit: 'binary', maxLength: 200 });
  const almostJson = fc.array(
    fc.constantFrom('{', '}', '[', ']', '"', '\\', ',', ':', '-', '1', '.', 'e', '+', ' ', 'id', '\\u00', '9'.repeat(25)),
  );
  holds(
    fc.oneof(
      noise,
      almostJson.map((parts) => parts.join('')),
    ),
    (text) => void scanJson(text, { maxDepth: 4, maxValues: 9 }),
    3000,
  );
});

test('S4: a megabyte of hostile text takes time in proportion to its length', () => {
  const size = 1_000_000;
  const texts = [
    '"'.repeat(size),
    '\\'.repeat(size),
    `"${'\\'.repeat(size)}`,
    `"${'\\"'.repeat(size / 2)}`,
    `{${'"a",'.repeat(size / 4)}`,
    '['.repeat(size),
    ']'.repeat(size),
    '1'.repeat(size),
    '-'.repeat(size),
    '{"a":'.repeat(size / 5),
    `{${Array.from({ length: size / 10 }, (_, at) => `"${at}":0`).join(',')}}`,
  ];
  for (const text of texts) scanJson(text, roomy);
  assert.is(
    texts.every((text) => text.length >= size / 2),
    true,
  );
});
