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

test('that a list has changed is not said twice; anything else is, word for word', () => {
  const queue = new GeneralQueue(limits);
  const changed = '{"jsonrpc":"2.0","method":"notifications/tools/list_changed"}';
  for (let i = 0; i < 3; i++) queue.add(changed, null);
  assert.equal(queue.takeAll(), [changed]);
  for (let i = 0; i < 3; i++) queue.add('tick', null);
  assert.equal(queue.takeAll(), ['tick', 'tick', 'tick']);
});

test('part D: 256 messages wait, and 8 MiB of them', () => {
  const queue = new GeneralQueue(limits);
  for (let i = 0; i < 257; i++) queue.add(`n${i}`, null);
  assert.is(queue.dropped, 1);
  const waiting = queue.takeAll();
  assert.is(waiting.length, 256);
  assert.is(waiting[0], 'n1');
  for (let i = 0; i < 9; i++) queue.add(`${i}${'x'.repeat(1024 * 1024 - 1)}`, null);
  assert.is(queue.length, 8);
});
