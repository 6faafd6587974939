import * as assert from 'uvu/assert';
import { KeyError, unifyKeys } from '#mcp/config/keys.js';
import { suite } from '../../harness/test.js';

const test = suite('keys');

const unified = (key: string): string | undefined => Object.keys(unifyKeys({ [key]: 1 }).table)[0];

test('the ways to write a key are one; what is no such way stays as it is', () => {
  for (const [written, key] of [
    ['env_vars', 'env_vars'],
    ['envVars', 'env_vars'],
    ['httpHeaders', 'headers'],
    ['http_headers', 'headers'],
    ['environmentId', 'environment'],
    ['experimental_environment', 'environment'],
    ['startupTimeoutSec', 'startup_timeout_sec'],
    ['EnvVars', 'EnvVars'],
    ['env_Vars', 'env_Vars'],
    ['env-vars', 'env-vars'],
    ['__proto__', '__proto__'],
  ])
    assert.is(unified(written as string), key);
});

test('a key is told as it is written, with what is within it', () => {
  const unifiedKeys = unifyKeys({ envVars: [], command: 'x' });
  const written = ['env_vars.0.name', 'command', 'other'].map((key) => unifiedKeys.toWritten(key));
  assert.equal(written, ['envVars.0.name', 'command', 'other']);
});

test('two ways to write one key are a mistake', () => {
  assert.throws(
    () => unifyKeys({ envVars: [], env_vars: [] }),
    (error: unknown) => error instanceof KeyError && error.key === 'env_vars',
  );
});
