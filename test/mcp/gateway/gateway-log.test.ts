import * as assert from 'uvu/assert';
import { reasonOf, silentLog } from '#mcp/gateway/gateway-log.js';
import { suite } from '../../harness/test.js';

const test = suite('mcp gateway log');

test('a reason is told with its causes, each once', () => {
  assert.is(reasonOf('text'), 'text');
  assert.is(reasonOf(new Error('outer', { cause: new Error('inner', { cause: new Error('core') }) })), 'outer: inner: core');
  assert.is(reasonOf(new Error('outer: inner', { cause: new Error('inner') })), 'outer: inner');
  assert.is(reasonOf(new Error('outer', { cause: 7 })), 'outer');
});

test('a silent log takes everything', () => {
  for (const level of ['debug', 'info', 'warn', 'error'] as const) silentLog[level]({}, 'm');
});
