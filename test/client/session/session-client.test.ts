import { DisconnectedError, RpcError, UnsupportedByServerError } from '@exec-server/client';
import * as assert from 'uvu/assert';
import { failure } from '../../harness/failure.js';
import { lineBreak, noAnswer } from '../../harness/scripted-server.js';
import { connectSession, createSession } from '../../harness/scripted-session.js';
import { suite } from '../../harness/test.js';

const test = suite('session-client');

test('the handshake is initialize, then initialized, then requests', async () => {
  using host = createSession();
  assert.is(host.session.state, 'connecting');
  await host.session.connect();
  await host.session.call('environment/status', null);
  assert.equal(host.server.channel.messages, [
    { id: 1, method: 'initialize', params: { clientName: 'a test', resumeSessionId: null, capabilities: { credits: true } } },
    { method: 'initialized', params: {} },
    { id: 2, method: 'environment/status', params: null },
  ]);
  assert.equal([host.session.state, host.session.id], ['ready', 'session-1']);
});

test('a given session is taken up', async () => {
  using host = await connectSession({}, { resume: 'session-9', sessionId: 'session-9' });
  assert.equal(host.server.requests[0]?.params, { clientName: 'a test', resumeSessionId: 'session-9', capabilities: { credits: true } });
  assert.is(host.session.id, 'session-9');
});

test('capabilities are those of the handshake; none are missing from a server that tells nothing', async () => {
  using host = await connectSession({}, { capabilities: ['processList'] });
  assert.ok(host.session.supports('processList'));
  assert.not.ok(host.session.supports('serverStatus'));
  assert.throws(
    () => host.session.require('serverStatus', 'its own status'),
    (error: unknown) => error instanceof UnsupportedByServerError && error.message.includes('its own status'),
  );
  using old = await connectSession({ initialize: () => ({ sessionId: 's' }) });
  assert.is(old.session.environment, null);
  assert.not.ok(old.session.supports('processList'));
});

for (const [what, answer, name] of [
  ['a refused handshake', new RpcError('unknownSession', 'unknown session id'), 'RpcError'],
  ['a line that breaks during the handshake', lineBreak, 'OutcomeUnknownError'],
] as const) {
  test(`P5: ${what} fails the connecting and every later call`, async () => {
    using host = createSession({ initialize: () => answer });
    assert.is((await failure(host.session.connect(), Error)).name, name);
    await failure(host.session.call('environment/status', null), DisconnectedError);
    assert.equal([host.session.state, ...host.told], ['closed', host.told[0]]);
    assert.ok(host.server.channel.isClosed);
  });
}

test('P5: a server that cannot be reached fails the connecting with its error, without another attempt', async () => {
  using host = createSession();
  host.server.unreachable = new Error('ECONNREFUSED');
  assert.is(await failure(host.session.connect(), Error), host.server.unreachable);
  assert.is(host.server.attempts, 1);
});

test('an answer with another session than the one asked for is an error', async () => {
  using host = createSession({}, { resume: 'mine', sessionId: 'of somebody else' });
  const error = await failure(host.session.connect(), DisconnectedError);
  assert.match(error.message, 'another session');
  assert.ok(host.server.channel.isClosed);
});

test('closing during the handshake fails the connecting, and it stays closed', async () => {
  using host = createSession({ initialize: () => noAnswer });
  const connecting = host.session.connect();
  await host.server.request('initialize');
  host.server.channel.deliver({ id: 1, result: { sessionId: 's' } });
  void host.session.close(new DisconnectedError('enough'));
  await failure(connecting, DisconnectedError);
  assert.equal([host.session.state, ...host.told], ['closed', 'ended: DisconnectedError']);
});

test('a connection that opens after the session was closed is closed', async () => {
  using host = createSession();
  const connecting = host.session.connect();
  void host.session.close(new DisconnectedError('enough'));
  await failure(connecting, DisconnectedError);
  assert.ok(host.server.channel.isClosed);
  assert.is(host.server.requests.length, 0);
});

test('P5: a line that breaks together with the answer to the handshake does not pass for a connection', async () => {
  using host = createSession({ initialize: (_params, { connection }) => (connection === 1 ? noAnswer : { sessionId: 's' }) });
  const connecting = host.session.connect();
  await host.server.request('initialize');
  host.server.channel.deliver({ id: 1, result: { sessionId: 's' } });
  host.server.cut();
  const isConnected = await connecting.then(
    () => true,
    () => false,
  );
  if (!isConnected) return; // as good as being taken up again
  assert.is.not(host.session.state === 'ready' && host.server.channels.length === 1, true, 'ready without a connection');
});

test('more requests are under way with a server of this project than with others', async () => {
  using other = await connectSession({ 'environment/status': () => noAnswer });
  using own = await connectSession({ 'environment/status': () => noAnswer }, { capabilities: ['serverStatus'] });
  for (const { session } of [other, own]) {
    for (let i = 0; i < 100; i++) session.call('environment/status', null).catch(() => undefined); // they end with the session
  }
  assert.equal([other.session.requestsInFlight, own.session.requestsInFlight], [64, 100]);
});
