import * as fc from 'fast-check';
import * as assert from 'uvu/assert';
import { decodeHeaderValue, encodeHeaderValue, findHeaderParams, headerValueOf, isSameValue } from '#mcp/gateway/upstream/param-headers.js';
import { suite } from '../../../harness/test.js';

const test = suite('arguments as headers');
const isSame = (header: string, text: string): boolean => isSameValue(header, { text, isNumber: true });
const toolWith = (properties: unknown): string => JSON.stringify({ name: 't', inputSchema: { type: 'object', properties } });

test('A9: marked properties are found at any depth', () => {
  const inner = { type: 'object', properties: { b: { type: 'integer', 'x-mcp-header': 'B' } } };
  const tool = toolWith({ a: { type: 'string', 'x-mcp-header': 'A' }, n: inner, other: { type: 'string' } });
  const found = findHeaderParams(tool) ?? [];
  assert.equal(
    found.map(({ header }) => header),
    ['A', 'B'],
  );
  assert.equal(
    found.map((param) => headerValueOf(param, '{"a":"x","n":{"b":9007199254740993}}')?.text),
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
      assert.match(encoded, /^[\x20-\x7e]*$/);
      assert.is(decodeHeaderValue(encoded), text);
    }),
  );
  assert.is(decodeHeaderValue('  plain '), 'plain');
  for (const broken of ['=?base64?!?=', '=?base64?/w==?=']) assert.is(decodeHeaderValue(broken), null);
});

test('A9: numbers are compared by value, and large ones exactly', () => {
  assert.ok(isSame('042', '42'));
  assert.ok(isSame('42.0', '42'));
  assert.not.ok(isSame('9007199254740992', '9007199254740993'));
  assert.not.ok(isSame('x', 'X'));
  assert.not.ok(isSame('', '0'));
});

test('A9 (5): a text that looks like a number is a text: every character counts', () => {
  const [param = { header: '', path: [] }] = findHeaderParams(toolWith({ a: { type: 'string', 'x-mcp-header': 'A' } })) ?? [];
  const value = headerValueOf(param, '{"a":"007"}');
  assert.equal(value, { text: '007', isNumber: false });
  assert.ok(value && isSameValue('007', value));
  for (const other of ['7', '7.0', '7e0', '+007']) assert.not.ok(value && isSameValue(other, value), other);
});

test('A9: numbers are the same in every spelling, exponents and fractions too', () => {
  for (const [one, other] of [
    ['1e2', '100'],
    ['1.50', '15e-1'],
    ['-0', '0'],
    ['0.0', '0e9'],
    ['9007199254740993', '9007199254740993.0'],
    ['123456789012345678901', '12345678901234567890.1e1'],
    ['1e400', '10E+399'],
  ] as const)
    assert.ok(isSame(one, other) && isSame(other, one), `${one} ${other}`);
  for (const [one, other] of [
    ['1e400', '1e401'],
    ['-1', '1'],
    ['0.1', '0.10000000000000000001'],
    ['true', 'True'],
    ['1e', '1'],
    ['', '0'],
    ['0x10', '16'],
    [' 1', '1'],
  ] as const)
    assert.not.ok(isSame(one, other), `${one} ${other}`);
  fc.assert(fc.property(fc.bigInt(), fc.nat(20), (n, zeros) => assert.ok(isSame(`${n}${'0'.repeat(zeros)}`, `${n}e${zeros}`))));
  assert.not.ok(isSame('1', `1${'0'.repeat(5_000_000)}1`), 'a long number costs no time');
});

test('A9: marks that no header can have make the definition unusable, whatever else it marks', () => {
  const good = { type: 'string', 'x-mcp-header': 'Good' };
  assert.is(findHeaderParams(toolWith({ good, also: { type: ['integer', 'null'], 'x-mcp-header': 'Also' } }))?.length, 2);
  for (const [what, bad] of [
    ['an empty name', { type: 'string', 'x-mcp-header': '' }],
    ['no text', { type: 'string', 'x-mcp-header': 7 }],
    ['a blank', { type: 'string', 'x-mcp-header': 'My Region' }],
    ['a colon', { type: 'string', 'x-mcp-header': 'Region:Primary' }],
    ['a letter that is not ASCII', { type: 'string', 'x-mcp-header': 'Région' }],
    ['a control character', { type: 'string', 'x-mcp-header': 'Region\t1' }],
    ['the name of another', { type: 'string', 'x-mcp-header': 'gOOD' }],
    ['an object', { type: 'object', 'x-mcp-header': 'Data' }],
    ['an array', { type: 'array', 'x-mcp-header': 'Data' }],
    ['null', { type: 'null', 'x-mcp-header': 'Data' }],
    ['any number', { type: 'number', 'x-mcp-header': 'Data' }],
  ] as const)
    assert.is(findHeaderParams(toolWith({ good, bad })), null, what);
  assert.equal(findHeaderParams(toolWith({ good: { type: 'string' } })), []);
});
