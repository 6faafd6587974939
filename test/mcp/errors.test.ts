import {
  EnvironmentUnavailableError,
  McpConfigError,
  McpError,
  McpServerExitedError,
  McpStartError,
  McpTimeoutError,
} from '@exec-server/mcp';
import * as assert from 'uvu/assert';
import { suite } from '../harness/test.js';

const test = suite('errors');

const subject = { server: 'files', environment: 'build' };

test('each names the server and its environment, and keeps its cause', () => {
  const cause = new Error('behind it');
  const errors = [
    new EnvironmentUnavailableError(subject, 'it is not there', { cause }),
    new McpStartError(subject, 'list', 'no list', { cause, stderrTail: 'last words' }),
    new McpTimeoutError(subject, 'starting', 5, { cause }),
    new McpServerExitedError(subject, 7, { cause }),
  ];
  for (const error of errors) {
    assert.instance(error, McpError);
    assert.match(error.message, /^MCP server "files" in environment "build": /);
    assert.equal([error.server, error.environment, error.cause], ['files', 'build', cause]);
    assert.is(error.name, error.constructor.name);
  }
  assert.is(
    errors[1]?.message,
    'MCP server "files" in environment "build": failed to start (list): no list; its stderr ends with:\nlast words',
  );
});

test('names from outside do not reach a terminal as they are', () => {
  const { message } = new McpTimeoutError({ server: '\u001b[31m\n', environment: 'x' }, 'it', 1);
  assert.not.ok(message.includes('\u001b') || message.includes('\n'));
  assert.is(new McpConfigError('wrong', { file: 'a.toml', server: 'b\n', key: 'c' }).message, 'a.toml: server "b\\n": key "c": wrong');
  assert.is(new McpConfigError('wrong').message, 'wrong');
});
