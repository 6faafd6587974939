import { CallTimeoutError, DisconnectedError, OutcomeUnknownError, RpcError, SessionLostError } from '@exec-server/client';
import * as assert from 'uvu/assert';
import { failure } from '../../harness/failure.js';
import { turn } from '../../harness/scripted-process.js';
import { noAnswer } from '../../harness/scripted-server.js';
import { connectSession } from '../../harness/scripted-session.js';
import { suite } from '../../harness/test.js';

const test = suite('session-client, when the line breaks');

test('a lost connection is sought again, with the session id, and told once', async () => {
  using host = await connectSession();
  host.server.cut();
  assert.is(host.session.state, 'recovering');
  await host.hasTold('resumed');
  assert.is(host.session.state, 'ready');
  assert.equal(host.server.of('initialize')[1]?.params, {
    clientName: 'a test',
    resumeSessionId: 'session-1',
    capabilities: { credits: true },
  });
  assert.equal(host.server.channel.messages[1], { method: 'initialized', params: {} });
  assert.equal(host.told, ['disconnected', 'resumed']);
});

test('a session the server still counts as attached is asked for again', async () => {
  let refusals = 2;
  using host = await connectSession({
    initialize: (_params, { connection }) =>
      connection === 1 || refusals-- === 0 ? { sessionId: 's' } : new RpcError({ code: -32010, message: 'already attached' }),
  });
  host.server.cut();
  await host.hasTold('resumed');
  assert.is(host.server.channels.length, 4);
  assert.ok(
    host.server.channels.slice(0, 3).every(({ isClosed }) => isClosed),
    'refused connections are closed',
  );
});

test('P5: a session the server does not know any more ends it at once', async () => {
  using host = await connectSession({
    initialize: (_params, { connection }) =>
      connection === 1 ? { sessionId: 's' } : new RpcError('unknownSession', 'unknown session id s'),
  });
  host.server.cut();
  await host.hasTold('ended: SessionLostError');
  assert.is(host.server.attempts, 2);
  const error = await failure(host.session.call('environment/status', null), SessionLostError);
  assert.match(error.message, 'unknown session id s');
});

test('P5: an answer with another session than the one asked for is no line that breaks: it ends it at once', async () => {
  using host = await connectSession(
    { initialize: (_params, { connection }) => ({ sessionId: connection === 1 ? 'mine' : 'of somebody else' }) },
    { resumeWindowMs: 500 },
  );
  host.server.cut();
  await host.hasTold('ended: SessionLostError');
  assert.is(host.server.attempts, 2);
});

test('P5: when the window is over the session is lost, and so are the calls that waited', async () => {
  using host = await connectSession({}, { resumeWindowMs: 100 });
  host.server.unreachable = new Error('nobody there');
  host.server.cut();
  const waiting = host.session.call('environment/status', null);
  const error = await failure(waiting, SessionLostError);
  assert.match(error.message, 'within 100 ms');
  assert.equal(host.told, ['disconnected', 'ended: SessionLostError']);
  assert.ok(host.server.attempts > 2);
});

test('P5: without a window a lost connection ends the session at once', async () => {
  using host = await connectSession({ 'environment/status': () => noAnswer }, { resumeWindowMs: 0 });
  const call = host.session.call('environment/status', null, { isRepeatable: true });
  host.server.cut();
  assert.equal([host.session.state, ...host.told], ['closed', 'ended: DisconnectedError']);
  await failure(call, DisconnectedError);
  assert.is(host.server.attempts, 1);
});

test('P5, T4: what was sent when the line breaks fails as unknown at once, what may be repeated is repeated', async () => {
  using host = await connectSession({
    'process/terminate': (_params, { connection }) => (connection === 1 ? noAnswer : { running: false }),
    'process/signal': () => noAnswer,
  });
  const repeatable = host.session.call('process/terminate', { processId: 'p' }, { isRepeatable: true });
  const once = host.session.call('process/signal', { processId: 'p', signal: 'interrupt' });
  host.server.unreachable = new Error('not yet');
  host.server.cut();
  const error = await failure(once, OutcomeUnknownError);
  assert.equal([error.method, host.session.state], ['process/signal', 'recovering']);
  host.server.unreachable = null;
  assert.equal(await repeatable, { running: false });
  assert.is(host.server.of('process/signal').length, 1);
});

test('calls that waited in line when the line breaks go out on the next one', async () => {
  using host = await connectSession({
    'environment/status': (_params, { connection }) => (connection === 1 ? noAnswer : { status: 'ready' }),
  });
  const calls = Array.from({ length: 70 }, () => host.session.call('environment/status', null));
  host.server.cut();
  const outcomes = await Promise.allSettled(calls);
  const failures = outcomes.flatMap((outcome) => (outcome.status === 'rejected' ? [(outcome.reason as Error).name] : []));
  assert.equal([...new Set(failures)], ['OutcomeUnknownError']);
  assert.is(failures.length, 64, 'those that had been sent');
});

test('calls made while the session recovers wait and succeed', async () => {
  using host = await connectSession();
  host.server.unreachable = new Error('not yet');
  host.server.cut();
  const call = host.session.call('environment/status', null);
  await host.server.until(() => host.server.attempts >= 3);
  assert.is(host.server.of('environment/status').length, 0);
  host.server.unreachable = null;
  assert.equal(await call, { status: 'ready' });
});

test('P5: a call that waits for recovery can be given up', async () => {
  using host = await connectSession();
  host.server.unreachable = new Error('never');
  host.server.cut();
  const controller = new AbortController();
  const call = host.session.call('environment/status', null, { signal: controller.signal });
  const reason = new Error('no patience');
  controller.abort(reason);
  assert.is(await failure(call, Error), reason);
});

test('P5: a call that waits for recovery keeps its time limit', async () => {
  using host = await connectSession({}, { resumeWindowMs: 1_000 });
  host.server.unreachable = new Error('never');
  host.server.cut();
  await failure(host.session.call('environment/status', null, { timeoutMs: 50 }), CallTimeoutError);
});

test('P5: closing while it recovers ends the search and the calls that wait, with the reason', async () => {
  using host = await connectSession();
  host.server.unreachable = new Error('not yet');
  host.server.cut();
  const call = host.session.call('environment/status', null);
  const reason = new DisconnectedError('the client is closed');
  void host.session.close(reason);
  assert.is(await failure(call, DisconnectedError), reason);
  const { attempts } = host.server;
  await turn();
  assert.is(host.server.attempts, attempts);
  assert.equal(host.told, ['disconnected', 'ended: DisconnectedError']);
});

test('what the server was held back for stays so on the next connection', async () => {
  using host = await connectSession();
  host.session.holdBack({}, true);
  host.server.cut();
  await host.hasTold('resumed');
  assert.ok(host.server.channel.isPaused);
});
