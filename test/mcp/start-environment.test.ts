import { toStartEnvironment } from '@exec-server/mcp';
import * as assert from 'uvu/assert';
import { suite } from '../harness/test.js';

const test = suite('start-environment');

test('only what is listed is sent; a variable that is not set here is none', () => {
  const { env, inherit } = toStartEnvironment({ A: 'literal' }, ['B', 'C', { name: 'D', source: 'local' }, 'A'], {
    A: 'x',
    B: 'b',
    D: 'd',
    E: 'e',
  });
  assert.equal(env, { A: 'literal', B: 'b', D: 'd' });
  assert.is(inherit, 'core');
});

test('a variable of the executor is sent by name only, beside the core ones', () => {
  const { env, inherit } = toStartEnvironment({}, [{ name: 'GIT_TOKEN', source: 'remote' }], { GIT_TOKEN: 'mine' });
  assert.equal(env, {});
  assert.ok(typeof inherit === 'object');
  assert.equal([inherit.inherit, inherit.ignoreDefaultExcludes], ['all', true]);
  for (const name of ['GIT_TOKEN', 'PATH', 'HOME', 'SYSTEMROOT']) assert.ok(inherit.includeOnly.includes(name), name);
});

test('names of members of objects are names like others', () => {
  const { env } = toStartEnvironment({ constructor: 'a' }, ['__proto__'], JSON.parse('{"__proto__": "b"}') as Record<string, string>);
  assert.equal(Object.entries(env), [
    ['__proto__', 'b'],
    ['constructor', 'a'],
  ]);
});
