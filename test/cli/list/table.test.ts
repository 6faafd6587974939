import * as fc from 'fast-check';
import * as assert from 'uvu/assert';
import type { Listed } from '#cli/list/listing.js';
import { toColumns, toLongLines, widthOf } from '#cli/list/table.js';
import { holds } from '../../harness/property.js';
import { suite } from '../../harness/test.js';

const test = suite('table');

test('names stand in columns, in order downwards', () => {
  const names = ['a', 'bb', 'ccc', 'd', 'ee'];
  assert.equal(toColumns(names, 80), ['a  bb  ccc  d  ee']);
  assert.equal(toColumns(names, 10), ['a    d', 'bb   ee', 'ccc']);
  assert.equal(toColumns(names, 3), names);
  assert.equal(toColumns([], 80), []);
  assert.equal(toColumns(['a name that is wider than that'], 10), ['a name that is wider than that']);
});

test('no line is wider than the terminal, but for a name that is, and no name is missing', () => {
  holds(fc.tuple(fc.array(fc.stringMatching(/^[a-z]{1,20}$/)), fc.integer({ min: 1, max: 120 })), ([names, columns]) => {
    const lines = toColumns(names, columns);
    assert.equal(
      lines
        .join(' ')
        .split(/ +/)
        .filter((name) => name !== '')
        .toSorted(),
      names.toSorted(),
    );
    for (const line of lines) assert.ok(line.length <= columns || !line.includes(' '));
  });
});

test('very many names are no trouble', () => {
  const names = Array.from({ length: 200_000 }, (_, index) => `file ${index}`);
  const lines = toColumns(names, 80);
  assert.ok(lines.length < 50_000 && lines.every(({ length }) => length <= 80));
  assert.is(
    toLongLines(
      names.map((name) => ({ name, kind: 'file', isLink: false, size: 1, modifiedAtMs: 0, error: null })),
      String,
    ).length,
    200_000,
  );
});

test('wide characters take two columns, marks none', () => {
  assert.equal(['a', '日本', 'é', 'e\u0301', '😀'].map(widthOf), [1, 4, 1, 1, 2]);
});

test('a long line has kind, size, time and name', () => {
  const at = Date.UTC(2026, 0, 2, 3, 4, 5, 678) + new Date(2026, 0, 2).getTimezoneOffset() * 60_000;
  const entry = (name: string, more: Partial<Listed>): Listed => ({
    name,
    kind: 'file',
    isLink: false,
    size: 5,
    modifiedAtMs: at,
    error: null,
    ...more,
  });
  const entries = [
    entry('file', { size: 12_345 }),
    entry('dir', { kind: 'directory' }),
    entry('link', { isLink: true }),
    entry('pipe', { kind: 'other', size: 0 }),
    entry('gone', { size: null, modifiedAtMs: null }),
  ];
  assert.equal(
    toLongLines(entries, (name) => `<${name}>`),
    [
      '-  12345  2026-01-02 03:04:05  <file>',
      'd      5  2026-01-02 03:04:05  <dir>',
      'l      5  2026-01-02 03:04:05  <link>',
      '?      0  2026-01-02 03:04:05  <pipe>',
      '-      ?  ?                    <gone>',
    ],
  );
});
