import * as assert from 'uvu/assert';
import { UpstreamStartError } from '#mcp/gateway/upstream/start-error.js';
import { suite } from '../../../harness/test.js';

const test = suite('mcp upstream start error');

test('A3: an error of a start carries its HTTP status, a word for programs, and its cause', () => {
  const cause = new Error('inner');
  const error = new UpstreamStartError(504, 'startup_timeout', 'late', { cause });
  assert.equal(
    [error.status, error.code, error.message, error.name, error.cause],
    [504, 'startup_timeout', 'late', 'UpstreamStartError', cause],
  );
});
