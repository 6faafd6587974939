import * as assert from 'uvu/assert';
import { expandEnv } from '#mcp/config/expand-env.js';
import { KeyError } from '#mcp/config/keys.js';
import { suite } from '../../harness/test.js';

const test = suite('expand-env');

test('names in braces are replaced wherever text is, and nothing else is', () => {
  const table = { a: '${X}-${Y_1}', b: ['${X}', { c: '$X ${} ${1X} $${X}' }], d: 5, e: null, f: { g: '${EMPTY}' } };
  assert.equal(expandEnv(table, { X: 'x', Y_1: '${X}', EMPTY: '' }), {
    a: 'x-${X}',
    b: ['x', { c: '$X ${} ${1X} $x' }],
    d: 5,
    e: null,
    f: { g: '' },
  });
});

test('a variable that is not set is a mistake of its key', () => {
  assert.throws(
    () => expandEnv({ a: { b: ['', '${NOPE}'] } }, {}),
    (error: unknown) => error instanceof KeyError && error.key === 'a.b.1' && /NOPE is not set/.test(error.message),
  );
});
