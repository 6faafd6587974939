import * as assert from 'uvu/assert';
import { KeyError } from '#mcp/config/keys.js';
import { check, environment, httpServer, namePattern, stdioServer } from '#mcp/config/schema.js';
import { suite } from '../../harness/test.js';

const test = suite('schema');

function keyOf(call: () => unknown): string | null {
  try {
    call();
    return null;
  } catch (error) {
    if (error instanceof KeyError) return error.key;
    throw error;
  }
}

test('every key of a server has its type, and others are mistakes', () => {
  const stdio = { command: 'x' };
  const http = { url: 'https://host/mcp' };
  assert.is(
    keyOf(() => check(stdioServer, { ...stdio, args: [''], env: { A: '' }, env_vars: ['A', { name: 'B' }], cwd: '/' })),
    null,
  );
  assert.is(
    keyOf(() => check(httpServer, { ...http, type: 'streamable-http', headers: { a: 'b' }, isolation: 'session' })),
    null,
  );
  for (const [key, value] of Object.entries({
    args: 'x',
    env: [],
    env_vars: [5],
    cwd: '',
    enabled: 'yes',
    isolation: 'x',
    protocol: '1',
    nope: 1,
  }))
    assert.is(keyOf(() => check(stdioServer, { ...stdio, [key]: value }))?.split('.')[0], key);
  for (const [key, value] of Object.entries({ headers: { a: 5 }, env_http_headers: { a: '' }, bearer_token_env_var: 'A=B', command: 'x' }))
    assert.is(keyOf(() => check(httpServer, { ...http, [key]: value }))?.split('.')[0], key);
  assert.is(
    keyOf(() => check(environment, { url: 'ws://host', token_env_var: '' })),
    'token_env_var',
  );
});

test('a name is one over its whole length', () => {
  for (const name of ['a', 'A.b_c-1', 'x'.repeat(64)]) assert.ok(namePattern.test(name), name);
  for (const name of ['', '.a', '-a', 'a b', 'a\n', 'é', 'x'.repeat(65), 'a/b']) assert.not.ok(namePattern.test(name), name);
});
