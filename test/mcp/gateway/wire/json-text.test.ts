import * as fc from 'fast-check';
import * as assert from 'uvu/assert';
import {
  editObject,
  isJson,
  joinObject,
  kindOf,
  maxDepth,
  splitArray,
  splitObject,
  stringOf,
  toOneLine,
} from '#mcp/gateway/wire/json-text.js';
import { blank, json } from '../../../harness/random-json.js';
import { suite } from '../../../harness/test.js';

const test = suite('json text');
function isParsed(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

test('what the parser takes is taken, in every spelling', () => {
  fc.assert(
    fc.property(json, blank, (text, gap) => assert.ok(isJson(`${gap}${text}${gap}`), text)),
    { numRuns: 500 },
  );
});

test('what the parser refuses is refused', () => {
  const mutated = fc.tuple(
    json,
    fc.nat(),
    fc.constantFrom('', '"', ',', ':', '}', ']', '{', '[', '\\', '0', '-', '.', 'e', 't', '\u0001', ' '),
  );
  fc.assert(
    fc.property(mutated, ([text, at, piece]) => {
      const cut = text.slice(0, at % (text.length + 1)) + piece + text.slice((at % (text.length + 1)) + 1);
      assert.is(isJson(cut), isParsed(cut), JSON.stringify(cut));
    }),
    { numRuns: 2_000 },
  );
  for (const text of [
    '',
    '01',
    '1.',
    '.5',
    '+1',
    '1e',
    '-',
    '"\\x"',
    '"\\u12g4"',
    '"\n"',
    '[1,]',
    '{"a":1,}',
    '{a:1}',
    'nul',
    'truex',
    '1 2',
    '[',
    '{"a"',
    '"',
  ]) {
    assert.not.ok(isJson(text), text);
    assert.not.ok(isParsed(text), text);
  }
});

test('members and entries are what the parser finds, as text; of a repeated name the last', () => {
  fc.assert(
    fc.property(json, (text) => {
      if (kindOf(text) === 'object') {
        const parsed = JSON.parse(text) as object;
        const members = splitObject(text);
        assert.equal(new Set(members.keys()), new Set(Object.keys(parsed)));
        for (const [name, value] of Object.entries(parsed)) assert.equal(JSON.parse(members.get(name) ?? ''), value);
        assert.equal(JSON.parse(joinObject(members)), parsed);
      } else if (kindOf(text) === 'array')
        assert.equal(
          splitArray(text).map((entry) => JSON.parse(entry) as unknown),
          JSON.parse(text),
        );
      else assert.throws(() => splitObject(text), SyntaxError);
    }),
    { numRuns: 500 },
  );
  assert.is(splitObject('{"a":1,"\\u0061":2.0}').get('a'), '2.0');
});

test('an edit changes what it names, and not a byte of the rest', () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(fc.string(), json)), json, (entries, value) => {
      const members = new Map(entries);
      const edited = splitObject(editObject(joinObject(members), { edited: value, gone: null }));
      assert.is(edited.get('edited'), value);
      assert.not.ok(edited.has('gone'));
      for (const [name, text] of members) if (name !== 'edited' && name !== 'gone') assert.is(edited.get(name), text);
    }),
  );
});

test('strings are read with their escapes; other kinds are no strings', () => {
  fc.assert(fc.property(fc.string({ unit: 'binary' }), (text) => assert.is(stringOf(` ${JSON.stringify(text)} `), text)));
  for (const text of ['1', 'null', '[]', '{}', 'true', undefined]) assert.is(stringOf(text), undefined);
  assert.equal(['{}', ' []', '"x"', '-1', 'true', 'null'].map(kindOf), ['object', 'array', 'string', 'number', 'boolean', 'null']);
});

test('one line has the same meaning', () => {
  fc.assert(
    fc.property(json, (text) => {
      assert.not.match(toOneLine(text), /[\r\n]/);
      assert.equal(JSON.parse(toOneLine(text)), JSON.parse(text));
    }),
  );
});

test('S4: depth is bounded, and depth and length cost no stack', () => {
  assert.ok(isJson('['.repeat(maxDepth) + ']'.repeat(maxDepth)));
  assert.not.ok(isJson('['.repeat(maxDepth + 2) + ']'.repeat(maxDepth + 2)));
  assert.not.ok(isJson('['.repeat(5_000_000)));
  assert.ok(isJson(`[${'1,'.repeat(2_000_000)}1]`));
  assert.ok(isJson(JSON.stringify('x\\"'.repeat(2_000_000))));
});

test('each of the places of a text is looked at: one that is changed anywhere is taken exactly when the parser takes it', () => {
  const text = '{"a\\u0041\\n":[-0.5e+10,true,null,{"":"\\ud83d x"}],"b":1.0 ,"c":"ü€😀"}';
  for (let at = 0; at <= text.length; at++)
    for (const piece of [
      '',
      '"',
      ',',
      ':',
      '}',
      ']',
      '{',
      '[',
      '\\',
      '0',
      '9',
      '-',
      '+',
      '.',
      'e',
      'u',
      't',
      'n',
      '\u0000',
      '\n',
      ' ',
      '\u00a0',
      '\ufeff',
    ])
      for (const length of [0, 1]) {
        const changed = text.slice(0, at) + piece + text.slice(at + length);
        assert.is(isJson(changed), isParsed(changed), JSON.stringify(changed));
        if (!isParsed(changed) || kindOf(changed) !== 'object') continue;
        assert.equal(JSON.parse(joinObject(splitObject(changed))), JSON.parse(changed), JSON.stringify(changed));
      }
});
