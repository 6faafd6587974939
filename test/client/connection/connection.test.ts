import { DisconnectedError, OutcomeUnknownError } from '@exec-server/client';
import * as assert from 'uvu/assert';
import { Connection } from '#client/connection/connection.js';
import { failure } from '../../harness/failure.js';
import { ScriptedChannel } from '../../harness/scripted-channel.js';
import { suite } from '../../harness/test.js';

const test = suite('connection');

/** A connection on a scripted channel, and what it tells its owner. */
function openConnection() {
  const channel = new ScriptedChannel();
  const told: string[] = [];
  const ends: Error[] = [];
  const connection = new Connection(
    channel,
    {
      notification: (method) => void told.push(method),
      closed: (error) => {
        told.push('closed');
        ends.push(error);
      },
    },
    64,
  );
  return { channel, connection, told, ends };
}

const closedNotice = { method: 'process/closed', params: { processId: 'p', seq: 1 } };

test('a request of the server is answered with -32601 and its own id, whatever its type', () => {
  const { channel, told } = openConnection();
  channel.deliver({ id: 7, method: 'network/policyRequest', params: {} });
  channel.deliver({ id: 'seven', method: 'fs/ask' });
  assert.equal(channel.messages, [
    { error: { code: -32601, message: 'exec-server client does not implement `network/policyRequest` yet' }, id: 7 },
    { error: { code: -32601, message: 'exec-server client does not implement `fs/ask` yet' }, id: 'seven' },
  ]);
  assert.equal(told, []);
});

test('notifications reach the owner in order, unknown ones too', () => {
  const { channel, told } = openConnection();
  channel.deliver(closedNotice);
  channel.deliver({ method: 'some/news' });
  assert.equal(told, ['process/closed', 'some/news']);
});

for (const [what, message] of [
  ['text that is no JSON', '{"id":1'],
  ['a batch', [closedNotice]],
  ['an answer without id', { result: {} }],
  ['an error that is none', { id: 1, error: 'no' }],
] as const) {
  test(`P5: ${what} ends the connection, and with it the calls under way`, async () => {
    const { channel, connection, told, ends } = openConnection();
    const call = connection.caller.call('environment/status', null);
    channel.deliver(message);
    await failure(call, OutcomeUnknownError);
    assert.ok(channel.isClosed);
    assert.equal(told, ['closed']);
    assert.match(ends[0]?.message ?? '', 'cannot be read');
  });
}

test('nothing is told after the end, even if the channel still delivers', () => {
  const { channel, connection, told } = openConnection();
  connection.close(new Error('enough'));
  channel.deliver(closedNotice);
  channel.deliver('{');
  assert.equal(told, ['closed']);
});

test('P5: a lost channel fails every call and is told once, with its cause', async () => {
  const { channel, connection, told, ends } = openConnection();
  const calls = [connection.caller.call('environment/status', null), connection.caller.call('environment/info', null)];
  const cause = new Error('ECONNRESET');
  channel.lose(cause);
  for (const call of calls) await failure(call, OutcomeUnknownError);
  assert.equal(told, ['closed']);
  assert.instance(ends[0], DisconnectedError);
  assert.is(ends[0]?.cause, cause);
});

test('P5: closing fails every call at once, ends the channel and is told once', async () => {
  const { channel, connection, told, ends } = openConnection();
  const call = connection.caller.call('environment/status', null);
  const reason = new Error('enough');
  connection.close(reason);
  assert.equal(ends, [reason]);
  assert.ok(channel.isClosed);
  await failure(call, OutcomeUnknownError);
  channel.lose();
  assert.equal(told, ['closed']);
});

test('holding back pauses the channel while no request is under way, and only then', async () => {
  const { channel, connection } = openConnection();
  connection.holdBack(true);
  assert.ok(channel.isPaused, 'at once');
  const call = connection.caller.call('environment/status', null);
  assert.not.ok(channel.isPaused, 'while an answer is awaited');
  channel.deliver({ id: 1, result: { status: 'ready' } });
  await call;
  assert.ok(channel.isPaused, 'after the answer');
  connection.holdBack(false);
  assert.not.ok(channel.isPaused);
});

test('holding back with several requests under way waits for the last answer, error or not', async () => {
  const { channel, connection } = openConnection();
  const calls = [connection.caller.call('environment/status', null), connection.caller.call('environment/info', null)];
  connection.holdBack(true);
  channel.deliver({ id: 2, error: { code: -32603, message: 'no' } });
  assert.not.ok(channel.isPaused);
  channel.deliver({ id: 1, result: { status: 'ready' } });
  assert.ok(channel.isPaused);
  await Promise.allSettled(calls);
});

test('holding back twice pauses once, and a closed connection is not paused any more', () => {
  const { channel, connection } = openConnection();
  connection.holdBack(true);
  connection.holdBack(true);
  assert.is(channel.pauses, 1);
  connection.holdBack(false);
  channel.lose();
  connection.holdBack(true);
  assert.is(channel.pauses, 1);
});
