import { DisconnectedError, OutputGapError, RpcError } from '@exec-server/client';
import { ExecutorDisconnectedError, McpProtocolError, McpServerExitedError, McpStartError } from '@exec-server/mcp';
import * as assert from 'uvu/assert';
import { toFailure, toStartFailure } from '#mcp/failure.js';
import { suite } from '../harness/test.js';

const test = suite('failure');

const subject = { server: 'files', environment: 'build' };

test('an end is told in words of this package, with what was behind it', () => {
  const exit = { exitCode: 3, signal: null, timedOut: false };
  const own = new McpProtocolError(subject, 'already told');
  for (const [end, type] of [
    [{ exit }, McpServerExitedError],
    [{ failure: new DisconnectedError('gone') }, ExecutorDisconnectedError],
    [{ failure: new RpcError('unknownProcess', 'unknown process id p') }, ExecutorDisconnectedError],
    [{ failure: new OutputGapError(1, 2) }, McpProtocolError],
    [{ failure: new RangeError('a line is too long') }, McpProtocolError],
  ] as const) {
    const error = toFailure(subject, end, 'last words');
    assert.instance(error, type);
    if ('failure' in end) assert.is(error.cause, end.failure);
  }
  assert.is(toFailure(subject, { failure: own }, ''), own);
  assert.is(toFailure(subject, { exit }, 'last words').stderrTail, 'last words');
});

test('a start that failed names program and directory, unless the executor is gone', () => {
  const error = toStartFailure(subject, 'npx', '/srv', new RpcError('startFailed', 'No such file or directory (os error 2)'));
  assert.instance(error, McpStartError);
  assert.match(error.message, /cannot run "npx" in "\/srv": No such file or directory/);
  assert.instance(toStartFailure(subject, 'npx', '/srv', new DisconnectedError('gone')), ExecutorDisconnectedError);
  assert.is(toStartFailure(subject, 'npx', '/srv', error), error);
});
