import { limits } from '@exec-server/protocol';
import * as assert from 'uvu/assert';
import { GeneralQueue } from '#mcp/gateway/caller/general-queue.js';
import { suite } from '../../../harness/test.js';

const test = suite('general queue');

test('part D: the oldest notifications go first, then requests, which fail', () => {
  const queue = new GeneralQueue({ ...limits, mcpQueuedMessages: 2 });
  const failed: string[] = [];
  queue.add('request 1', () => failed.push('1'));
  queue.add('notification 1', null);
  queue.add('notification 2', null);
  queue.add('request 2', () => failed.push('2'));
  assert.equal(failed, []);
  queue.add('request 3', () => failed.push('3'));
  assert.equal(failed, ['1']);
  assert.equal(queue.takeAll(), ['request 2', 'request 3']);
  assert.is(queue.dropped, 3);
});

test('a notification that waits already is not said twice', () => {
  const queue = new GeneralQueue(limits);
  for (let i = 0; i < 3; i++) queue.add('changed', null);
  assert.equal(queue.takeAll(), ['changed']);
});
