import { getEventListeners } from 'node:events';
import { CallTimeoutError, DisconnectedError, OutcomeUnknownError, RpcError } from '@exec-server/client';
import * as assert from 'uvu/assert';
import { Caller } from '#client/connection/caller.js';
import { failure } from '../../harness/failure.js';
import { suite } from '../../harness/test.js';

const test = suite('caller');

const status = { status: 'ready' } as const;

function createCaller(maxInFlight = 64) {
  const sent: { readonly id: number; readonly method: string; readonly params: unknown }[] = [];
  const caller = new Caller((message) => void sent.push(JSON.parse(String(message)) as (typeof sent)[number]), maxInFlight);
  return { caller, sent, answer: (id: number, result: unknown = status) => caller.answer({ kind: 'result', id, result }) };
}

test('requests are numbered from 1 and carry method and params', () => {
  const { caller, sent } = createCaller();
  void caller.call('environment/status', null);
  void caller.call('process/terminate', { processId: 'p' });
  assert.equal(sent, [
    { id: 1, method: 'environment/status', params: null },
    { id: 2, method: 'process/terminate', params: { processId: 'p' } },
  ]);
});

test('answers find their calls in whatever order they come', async () => {
  const { caller, answer } = createCaller();
  const calls = ['a', 'b', 'c'].map((processId) => caller.call('process/terminate', { processId }));
  answer(3, { running: false });
  answer(1, { running: true });
  answer(2, { running: false });
  assert.equal(await Promise.all(calls), [{ running: true }, { running: false }, { running: false }]);
  assert.is(caller.inFlight, 0);
});

test('an error answer rejects with its code, message, reason and facts', async () => {
  const { caller } = createCaller();
  const call = caller.call('environment/status', null);
  caller.answer({
    kind: 'error',
    id: 1,
    error: { code: -32603, message: 'No such file', data: { reason: 'startFailed', osError: 'ENOENT' } },
  });
  const error = await failure(call, RpcError);
  assert.equal([error.code, error.message, error.reason, error.detail], [-32603, 'No such file', 'startFailed', { osError: 'ENOENT' }]);
});

test('an answer that nobody waits for is dropped', async () => {
  const { caller, answer } = createCaller();
  const call = caller.call('environment/status', null);
  answer(99, { status: 'of another call' });
  caller.answer({ kind: 'error', id: -1, error: { code: -32600, message: 'unreadable' } });
  caller.answer({ kind: 'result', id: '1', result: { status: 'an id of another type' } });
  assert.is(caller.inFlight, 1);
  answer(1);
  answer(1);
  assert.equal(await call, status);
});

test('calls above the limit wait in line and go out in order as answers come', () => {
  const { caller, sent, answer } = createCaller(2);
  for (const processId of ['a', 'b', 'c', 'd']) void caller.call('process/terminate', { processId });
  const names = () => sent.map(({ params }) => (params as { processId: string }).processId).join('');
  assert.is(names(), 'ab');
  answer(2);
  assert.is(names(), 'abc');
  answer(1);
  assert.is(names(), 'abcd');
  assert.is(caller.inFlight, 2);
});

test('a raised limit lets those in line out', () => {
  const { caller, sent } = createCaller(1);
  for (let i = 0; i < 5; i++) void caller.call('environment/status', null);
  caller.maxInFlight = 4;
  assert.is(sent.length, 4);
});

test('P9: calls that take long take no place, and keep their own in the line', () => {
  const { caller, sent } = createCaller(1);
  for (let i = 0; i < 3; i++) void caller.call('process/list', null, { takesLong: true });
  void caller.call('environment/status', null);
  assert.equal([sent.length, caller.inFlight], [4, 4]);
  void caller.call('process/list', null, { takesLong: true });
  assert.is(sent.length, 4, 'it waits behind the one before it');
  caller.answer({ kind: 'result', id: 1, result: {} });
  assert.is(sent.length, 4, 'the end of a long one gives no place back');
  caller.answer({ kind: 'result', id: 4, result: {} });
  assert.is(sent.length, 5);
});

test('an urgent call passes the line', () => {
  const { caller, sent } = createCaller(1);
  void caller.call('environment/status', null);
  void caller.call('environment/info', null);
  void caller.call('process/terminate', { processId: 'p' }, { isUrgent: true });
  assert.equal(
    sent.map(({ method }) => method),
    ['environment/status', 'process/terminate'],
  );
});

test('a call that takes too long fails with its method and makes room; its late answer is dropped', async () => {
  const { caller, sent, answer } = createCaller(1);
  const late = caller.call('environment/status', null, { timeoutMs: 1 });
  void caller.call('environment/info', null);
  const error = await failure(late, CallTimeoutError);
  assert.match(error.message, 'environment/status took longer than 1 ms');
  assert.is(sent[1]?.method, 'environment/info');
  answer(1);
  assert.is(caller.inFlight, 1);
});

test('time spent in line counts, and a call that was late there is never sent', async () => {
  const { caller, sent, answer } = createCaller(1);
  void caller.call('environment/status', null);
  await failure(caller.call('environment/info', null, { timeoutMs: 1 }), CallTimeoutError);
  answer(1);
  assert.is(sent.length, 1);
});

test('an aborted call rejects with the reason of the signal and makes room', async () => {
  const { caller, sent } = createCaller(1);
  const controller = new AbortController();
  const call = caller.call('environment/status', null, { signal: controller.signal });
  void caller.call('environment/info', null);
  const reason = new Error('not wanted any more');
  controller.abort(reason);
  assert.is(await failure(call, Error), reason);
  assert.is(sent[1]?.method, 'environment/info');
});

test('a call that is aborted before its turn, or from the start, is never sent', async () => {
  const { caller, sent, answer } = createCaller(1);
  const controller = new AbortController();
  void caller.call('environment/status', null);
  const waiting = caller.call('environment/info', null, { signal: controller.signal });
  controller.abort();
  const never = caller.call('environment/info', null, { signal: controller.signal });
  answer(1);
  await Promise.all([failure(waiting, DOMException), failure(never, DOMException)]);
  assert.is(sent.length, 1);
});

test('a call that is over leaves nothing on its signal', async () => {
  const { caller, answer } = createCaller();
  const { signal } = new AbortController();
  const call = caller.call('environment/status', null, { signal, timeoutMs: 60_000 });
  assert.is(getEventListeners(signal, 'abort').length, 1);
  answer(1);
  await call;
  assert.is(getEventListeners(signal, 'abort').length, 0);
});

test('P5, T4: at the end of the connection what was sent has an unknown outcome, what was not is disconnected', async () => {
  const { caller, sent } = createCaller(1);
  const sentCall = caller.call('process/signal', { processId: 'p', signal: 'interrupt' });
  const unsentCall = caller.call('process/terminate', { processId: 'p' });
  const cause = new Error('the line broke');
  caller.close(cause);
  const unknown = await failure(sentCall, OutcomeUnknownError);
  assert.equal([unknown.method, unknown.cause], ['process/signal', cause]);
  const unsent = await failure(unsentCall, DisconnectedError);
  assert.not.instance(unsent, OutcomeUnknownError);
  assert.is(unsent.cause, cause);
  assert.is(sent.length, 1);
  assert.is(caller.inFlight, 0);
});

test('P5: after the end every call, urgent or not, fails at once with the first reason', async () => {
  const { caller, sent } = createCaller();
  caller.close(new Error('the first reason'));
  caller.close(new Error('another one'));
  for (const isUrgent of [false, true]) {
    const error = await failure(caller.call('environment/status', null, { isUrgent }), DisconnectedError);
    assert.match(error.message, 'the first reason');
  }
  assert.is(sent.length, 0);
});
