import { limits } from '@exec-server/protocol';
import * as assert from 'uvu/assert';
import { checkUpstreamConfig, type HttpUpstreamConfig } from '#mcp/gateway/upstream/config.js';
import { readAnswer, toAnswerError } from '#mcp/gateway/upstream/http-answer.js';
import { suite } from '../../../harness/test.js';

const test = suite('mcp http answer');
const config = checkUpstreamConfig({
  name: 'n',
  transport: 'http',
  url: 'http://h/',
  headers: { k: 'secret-value' },
}) as HttpUpstreamConfig;

test('part D: an answer larger than a message may be is an error; of an error only the beginning is read', async () => {
  const few = { ...limits, mcpMessageBytes: 100, mcpErrorTextBytes: 10 };
  assert.is(await readAnswer(new Response('x'.repeat(100)), few), 'x'.repeat(100));
  const failure = await readAnswer(new Response('x'.repeat(101)), few).catch((error: unknown) => error);
  assert.instance(failure, RangeError);
  assert.ok((await readAnswer(new Response('x'.repeat(200_000), { status: 500 }), few)).length <= 64 * 1024);
});

test('A8: what is no JSON-RPC is told with its status and 8 KiB of its text, without secrets', () => {
  const error = toAnswerError(new Response(null, { status: 500 }), 'text/plain', `secret-value ${'y'.repeat(20_000)}`, config, limits);
  assert.match(error.message, /^HTTP 500: \[redacted\] y+$/);
  assert.ok(error.message.length < 8 * 1024 + 20);
  assert.match(toAnswerError(new Response('', { status: 200 }), 'text/html', '<p>', config, limits).message, /text\/html, not JSON-RPC/);
});
