import * as fc from 'fast-check';
import * as assert from 'uvu/assert';
import { decodeHeaderValue, encodeHeaderValue, findHeaderParams, headerValueOf, isSameValue } from '#mcp/gateway/upstream/param-headers.js';
import { suite } from '../../../harness/test.js';

const test = suite('arguments as headers');

test('A9: marked properties are found at any depth', () => {
  const inner = { type: 'object', properties: { b: { type: 'integer', 'x-mcp-header': 'B' } } };
  const tool = JSON.stringify({
    name: 't',
    inputSchema: { properties: { a: { type: 'string', 'x-mcp-header': 'A' }, n: inner, other: { type: 'string' } } },
  });
  const found = findHeaderParams(tool);
  assert.equal(
    found.map(({ header }) => header),
    ['A', 'B'],
  );
  assert.equal(
    found.map((param) => headerValueOf(param, '{"a":"x","n":{"b":9007199254740993}}')),
    ['x', '9007199254740993'],
  );
  assert.equal(
    found.map((param) => headerValueOf(param, '{"a":null}')),
    [undefined, undefined],
  );
  assert.equal(
    found.map((param) => headerValueOf(param, undefined)),
    [undefined, undefined],
  );
});

test('A9: any text survives as a header', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme' }), (text) => {
      const encoded = encodeHeaderValue(text);
      assert.match(encoded, /^[\x20-\x7e\t]*$/);
      assert.is(decodeHeaderValue(encoded), text);
    }),
  );
  assert.is(decodeHeaderValue('  plain '), 'plain');
  for (const broken of ['=?base64?!?=', '=?base64?/w==?=']) assert.is(decodeHeaderValue(broken), null);
});

test('A9: numbers are compared by value, and large ones exactly', () => {
  assert.ok(isSameValue('042', '42'));
  assert.ok(isSameValue('42.0', '42'));
  assert.not.ok(isSameValue('9007199254740992', '9007199254740993'));
  assert.not.ok(isSameValue('x', 'X'));
  assert.not.ok(isSameValue('', '0'));
});
