import * as assert from 'uvu/assert';
import { withDeadline } from '#mcp/deadline.js';
import { suite } from '../harness/test.js';

const test = suite('deadline');

test('a task that settles in time gives its value, one that fails or is late gives nothing', async () => {
  assert.is(await withDeadline(Promise.resolve(5), 10_000), 5);
  assert.is(await withDeadline(Promise.reject(new Error('on purpose')), 10_000), undefined);
  assert.is(await withDeadline(new Promise(() => undefined), 5), undefined);
});
