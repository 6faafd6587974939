import { limits as defaults } from '@exec-server/protocol';
import * as assert from 'uvu/assert';
import { ChangeStream } from '#mcp/gateway/upstream/change-stream.js';
import type { Outcome } from '#mcp/gateway/upstream/peer.js';
import { suite } from '../../../harness/test.js';

const test = suite('change streams of modern upstreams');
const limits = { ...defaults, mcpRestartDelayMs: 1, mcpRestartMaxDelayMs: 4 };

/** A stream whose requests end as `outcomes` say, then never; `asked` resolves at so many requests. */
function begin(outcomes: Outcome[]) {
  const params: string[] = [];
  const failures: string[] = [];
  const waiters: { count: number; resolve: () => void }[] = [];
  const stream = new ChangeStream({
    limits,
    onFailed: (error) => failures.push(error),
    ask: (text, _, signal) => {
      params.push(text);
      for (const { count, resolve } of waiters) if (params.length >= count) resolve();
      const next = outcomes.shift();
      if (next) return Promise.resolve(next);
      return new Promise((resolve) => signal.addEventListener('abort', () => resolve({ error: '{"code":-32800}' })));
    },
  });
  return { stream, params, failures, asked: (count: number) => new Promise<void>((resolve) => waiters.push({ count, resolve })) };
}

test('A9: a stream that ends, or breaks, is opened again, and the failure is told once', async () => {
  const broken = { error: '{"code":-32000,"message":"broken"}' };
  const { stream, params, failures, asked } = begin([{ result: '{}' }, broken, broken, { result: '{}' }]);
  const done = asked(5);
  stream.listen(['x:one']);
  await done;
  stream.close();
  assert.is(new Set(params).size, 1);
  assert.match(params[0] ?? '', /"toolsListChanged":true.*"resourceSubscriptions":\["x:one"\]/);
  assert.is(failures.length, 1);
});

test('A9: an upstream that has no such stream is not asked again', async () => {
  const { stream, params, failures } = begin([{ error: '{"code":-32601,"message":"unknown"}' }]);
  stream.listen([]);
  await new Promise((resolve) => setTimeout(resolve, 50));
  assert.is(params.length, 1);
  assert.is(failures.length, 1);
  stream.close();
});

test('A9: another wish replaces the one before, and after the close nothing is asked', async () => {
  const { stream, params, asked } = begin([]);
  const done = asked(2);
  stream.listen([]);
  stream.listen(['x:two']);
  await done;
  assert.match(params[1] ?? '', /x:two/);
  stream.close();
  stream.close();
  await new Promise((resolve) => setTimeout(resolve, 20));
  assert.is(params.length, 2);
});
