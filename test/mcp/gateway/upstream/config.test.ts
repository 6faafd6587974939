import { limits, longestTimerMs } from '@exec-server/protocol';
import * as assert from 'uvu/assert';
import { checkUpstreamConfig, UpstreamConfigError } from '#mcp/gateway/upstream/config.js';
import { suite } from '../../../harness/test.js';

const test = suite('mcp upstream configuration');
const stdio = { name: 'n', transport: 'stdio', command: 'c' };
const http = { name: 'n', transport: 'http', url: 'https://h/mcp' };

test('A3: what is left out has its default', () => {
  assert.equal(checkUpstreamConfig(stdio), {
    name: 'n',
    transport: 'stdio',
    environment: 'local',
    toolPrefix: '',
    startupTimeoutMs: 30_000,
    callTimeoutMs: 300_000,
    protocol: 'legacy',
    isolation: 'shared',
    restart: 'on-failure',
    enabledTools: null,
    disabledTools: [],
    serverRequests: ['sampling', 'elicitation', 'roots'],
    command: 'c',
    args: [],
    env: {},
    cwd: null,
    inheritEnv: [],
  });
  assert.is(checkUpstreamConfig(http).protocol, 'auto');
});

const bad: readonly (readonly [what: string, body: unknown])[] = [
  ['no object', 7],
  ['an array', []],
  ['a name with a newline at its end', { ...stdio, name: 'a\n' }],
  ['a name that is too long', { ...stdio, name: 'x'.repeat(65) }],
  ['an unknown transport', { ...stdio, transport: 'sse' }],
  ['no transport', { name: 'n', command: 'c' }],
  ['no command', { ...stdio, command: undefined }],
  ['a command that is empty', { ...stdio, command: '' }],
  ['a command that is no string', { ...stdio, command: ['c'] }],
  ['args that are no array', { ...stdio, args: 'x' }],
  ['args with a number', { ...stdio, args: [1] }],
  ['env with a number', { ...stdio, env: { A: 1 } }],
  ['env that is an array', { ...stdio, env: [] }],
  ['an empty name in env', { ...stdio, env: { '': 'x' } }],
  ['a name with = in env', { ...stdio, env: { 'A=B': 'x' } }],
  ['a pattern in inheritEnv', { ...stdio, inheritEnv: ['*'] }],
  ['NUL in the command', { ...stdio, command: 'a\0b' }],
  ['NUL in an argument', { ...stdio, args: ['a\0'] }],
  ['NUL in a variable', { ...stdio, env: { A: '\0' } }],
  ['NUL in the name of a variable', { ...stdio, env: { 'A\0': 'x' } }],
  ['NUL in cwd', { ...stdio, cwd: '/\0' }],
  ['no url', { ...http, url: undefined }],
  ['a relative url', { ...http, url: '/mcp' }],
  ['a url without a host', { ...http, url: 'http:mcp' }],
  ['a file url', { ...http, url: 'file:///x' }],
  ['a url with a password', { ...http, url: 'http://a:b@h/' }],
  ['a header that is no token', { ...http, headers: { 'a b': 'x' } }],
  ['a header with CR', { ...http, headers: { a: 'x\r' } }],
  ['a header with LF', { ...http, headers: { a: 'x\ny: z' } }],
  ['a header that no header can hold', { ...http, headers: { a: '€' } }],
  ['a header that is a number', { ...http, headers: { a: 1 } }],
  ['a timeout of 0', { ...stdio, callTimeoutMs: 0 }],
  ['a timeout that is a fraction', { ...stdio, startupTimeoutMs: 1.5 }],
  ['a timeout that is text', { ...stdio, startupTimeoutMs: '1' }],
  ['a negative timeout', { ...stdio, startupTimeoutMs: -5 }],
  ['an endless timeout', { ...stdio, startupTimeoutMs: Infinity }],
  ['NUL in a member nobody knows', { ...stdio, more: [{ deep: 'a\0' }] }],
  ['NUL in the name of a member nobody knows', { ...stdio, 'a\0': 1 }],
  ['a url with a line end', { ...http, url: 'http://h/\n' }],
  ['a url with a blank', { ...http, url: 'http://h/a b' }],
  ['a header with a control character', { ...http, headers: { a: '\u0001' } }],
  ['a header without a name', { ...http, headers: { '': 'x' } }],
  ['another protocol', { ...stdio, protocol: '2025-11-25' }],
  ['another isolation', { ...stdio, isolation: 'none' }],
  ['another restart', { ...stdio, restart: 'always' }],
  ['another kind of question', { ...stdio, serverRequests: ['x'] }],
  ['a prefix with a blank', { ...stdio, toolPrefix: 'a b' }],
  ['null in place of args', { ...stdio, args: null }],
];

for (const [what, body] of bad) {
  test(`A3: ${what} is refused`, () => {
    assert.throws(
      () => checkUpstreamConfig(body),
      (error: unknown) => error instanceof UpstreamConfigError,
    );
  });
}

test('A3: an error tells no values of variables and headers', () => {
  for (const body of [
    { ...stdio, env: { A: 'secret\0' } },
    { ...http, headers: { a: 'secret\n' } },
  ]) {
    assert.throws(
      () => checkUpstreamConfig(body),
      (error: Error) => !error.message.includes('secret'),
    );
  }
});

test('A3: members nobody knows are passed over, however deep they go', () => {
  const deep = JSON.parse(`${'['.repeat(100_000)}${']'.repeat(100_000)}`) as unknown;
  assert.is(checkUpstreamConfig({ ...stdio, whatever: deep, url: 'x' }).name, 'n');
});

test('A3: a timeout that no timer can hold is as long as one can', () => {
  const { startupTimeoutMs, callTimeoutMs } = checkUpstreamConfig({ ...stdio, startupTimeoutMs: 3e9, callTimeoutMs: 1e300 });
  assert.equal([startupTimeoutMs, callTimeoutMs], [longestTimerMs, longestTimerMs]);
});

test('part D: the times that hold without others are those of the gateway', () => {
  const { startupTimeoutMs, callTimeoutMs } = checkUpstreamConfig(stdio, { ...limits, mcpStartupTimeoutMs: 7, mcpToolTimeoutMs: 8 });
  assert.equal([startupTimeoutMs, callTimeoutMs], [7, 8]);
});
