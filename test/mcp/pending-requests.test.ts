import * as assert from 'uvu/assert';
import { PendingRequests } from '#mcp/pending-requests.js';
import { failure } from '../harness/failure.js';
import { suite } from '../harness/test.js';

const test = suite('pending-requests');

const request = (id: string | number) => ({ jsonrpc: '2.0', id, method: 'x' }) as const;

test('a request is pending until its answer comes, or until it is cancelled', async () => {
  const requests = new PendingRequests();
  const answered = requests.sent(request(1));
  const refused = requests.sent(request('one'));
  const cancelled = requests.sent(request(2));
  assert.is(requests.size, 3);
  requests.received({ jsonrpc: '2.0', id: 1, result: {} });
  requests.received({ jsonrpc: '2.0', id: 'one', error: { code: 1, message: 'no' } });
  assert.is(requests.sent({ jsonrpc: '2.0', method: 'notifications/cancelled', params: { requestId: 2 } }), null);
  await Promise.all([answered, refused, cancelled]);
  assert.is(requests.size, 0);
});

test('what is no request, and requests of the server, change nothing', () => {
  const requests = new PendingRequests();
  assert.is(requests.sent({ jsonrpc: '2.0', method: 'notifications/x' }), null);
  assert.is(requests.sent({ jsonrpc: '2.0', id: 1, result: {} }), null);
  void requests.sent(request(1));
  requests.received(request(1));
  requests.received({ jsonrpc: '2.0', id: 7, result: {} });
  assert.is(requests.size, 1);
});

test('an end with a reason fails them all, one without settles them', async () => {
  const requests = new PendingRequests();
  const first = requests.sent(request(1)) as Promise<void>;
  requests.fail(2, new Error('nobody asked'));
  requests.end(new RangeError('over'));
  await failure(first, RangeError);
  const second = requests.sent(request(2)) as Promise<void>;
  requests.end(null);
  await second;
  assert.is(requests.size, 0);
});
