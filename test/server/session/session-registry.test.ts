import { limits as defaults, type Limits, RpcError } from '@exec-server/protocol';
import * as assert from 'uvu/assert';
import { SessionRegistry } from '#server/session/session-registry.js';
import { silentLogger } from '#server/telemetry/logger.js';
import { createCounters } from '#server/telemetry/metrics.js';
import { FakeAttachment } from '../../harness/fake-attachment.js';
import { createHost } from '../../harness/fake-child.js';
import { launchRequest, turns } from '../../harness/launching.js';
import { suite } from '../../harness/test.js';

const test = suite('session-registry');

function createRegistry(limits: Partial<Limits> = {}) {
  const counters = createCounters();
  const registry = new SessionRegistry({ host: createHost(limits), limits: { ...defaults, ...limits }, counters, logger: silentLogger });
  return { registry, counters };
}

function errorOf(task: () => unknown): RpcError {
  try {
    task();
  } catch (error) {
    if (error instanceof RpcError) return error;
    throw error;
  }
  throw new Error('nothing was thrown');
}

test('a session has an id nobody can guess and belongs to the connection that opened it', () => {
  const { registry, counters } = createRegistry();
  const attachment = new FakeAttachment();
  const session = registry.open(attachment);
  assert.match(session.id, /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
  assert.is.not(registry.open(new FakeAttachment()).id, session.id);
  assert.is(attachment.held, session);
  assert.equal([registry.attachedCount, registry.detachedCount, counters.sessionsOpened], [2, 0, 2]);
  registry.close();
});

test('a detached session is taken up again, as often as wanted', () => {
  const { registry, counters } = createRegistry();
  let attachment = new FakeAttachment();
  const session = registry.open(attachment);
  for (let round = 0; round < 3; round++) {
    registry.detach(session, attachment);
    assert.equal([registry.attachedCount, registry.detachedCount], [0, 1]);
    attachment = new FakeAttachment();
    assert.is(registry.resume(session.id, attachment), session);
    assert.equal([registry.attachedCount, registry.detachedCount, attachment.held], [1, 0, session]);
  }
  assert.is(counters.sessionsResumed, 3);
  registry.close();
});

test('an id that never was, or is no longer, is unknown', () => {
  const { registry } = createRegistry();
  const session = registry.open(new FakeAttachment());
  registry.end(session);
  for (const id of ['', 'no such session', session.id]) {
    const error = errorOf(() => registry.resume(id, new FakeAttachment()));
    assert.equal([error.code, error.message], [-32600, `unknown session id ${id}`]);
  }
});

test('a session whose connection lives is not given away, but the connection is asked for a sign of life', () => {
  const { registry } = createRegistry();
  const holder = new FakeAttachment();
  const session = registry.open(holder);
  const error = errorOf(() => registry.resume(session.id, new FakeAttachment()));
  assert.equal([error.code, error.reason], [-32010, 'sessionAttached']);
  assert.match(error.message, 'is already attached to another connection');
  assert.equal([holder.probes, holder.held], [1, session]);
  registry.close();
});

test('a session whose connection has missed a ping is taken over', () => {
  const { registry } = createRegistry();
  const holder = new FakeAttachment();
  const session = registry.open(holder);
  holder.isResponsive = false;
  const next = new FakeAttachment();
  assert.is(registry.resume(session.id, next), session);
  assert.equal(holder.released, { reason: 'sessionResumedElsewhere', isTaken: true });
  registry.detach(session, holder);
  assert.equal([session.state, registry.detachedCount], ['attached', 0], 'the end of the old connection changes nothing');
  registry.close();
});

test('a session is taken up only by who opened it, and others learn nothing of it', () => {
  const { registry } = createRegistry();
  for (const [owner, stranger] of [
    ['a', 'b'],
    ['a', null],
    [null, 'a'],
  ] as const) {
    const holder = new FakeAttachment(owner);
    const session = registry.open(holder);
    const attached = errorOf(() => registry.resume(session.id, new FakeAttachment(stranger)));
    assert.is(holder.probes, 0);
    registry.detach(session, holder);
    const detached = errorOf(() => registry.resume(session.id, new FakeAttachment(stranger)));
    for (const error of [attached, detached]) assert.is(error.message, `unknown session id ${session.id}`);
    assert.is(registry.resume(session.id, new FakeAttachment(owner)), session);
  }
  registry.close();
});

test('P8: a session nobody comes back for ends with its processes', async () => {
  const { registry, counters } = createRegistry({ detachedSessionMs: 1 });
  const attachment = new FakeAttachment();
  const session = registry.open(attachment);
  const starting = session.processes.reserve('p', launchRequest(['sleep', '60']));
  const process = await session.processes.start('p', starting);
  process.begin();
  registry.detach(session, attachment);
  while (session.state !== 'ended') await turns(1);
  while (process.state !== 'closed') await turns(1);
  assert.equal([process.endSignal, registry.detachedCount, counters.sessionsExpired], ['SIGKILL', 0, 1]);
  assert.is(errorOf(() => registry.resume(session.id, new FakeAttachment())).reason, 'unknownSession');
  await session.processes.host.close();
});

test('a session that is taken up in time does not expire, and each detach begins anew', async () => {
  const { registry, counters } = createRegistry({ detachedSessionMs: 20 });
  const [first, second] = [new FakeAttachment(), new FakeAttachment()];
  const kept = registry.open(first);
  registry.detach(kept, first);
  registry.resume(kept.id, second);
  const left = registry.open(first);
  registry.detach(left, first);
  while (left.state !== 'ended') await turns(1);
  assert.equal([kept.state, counters.sessionsExpired], ['attached', 1]);
  registry.close();
});

test('beyond the limit the session detached longest gives way, if it has no processes', () => {
  const { registry } = createRegistry({ maxSessions: 3 });
  const attachments = [1, 2, 3].map(() => new FakeAttachment());
  const [busy, idle, attached] = attachments.map((attachment) => registry.open(attachment));
  if (!busy || !idle || !attached) throw new Error('no sessions');
  assert.is(errorOf(() => registry.open(new FakeAttachment())).reason, 'limitExceeded', 'all are attached');
  const starting = busy.processes.reserve('p', launchRequest(['sleep', '60']));
  registry.detach(busy, attachments[0] as FakeAttachment);
  assert.is(errorOf(() => registry.open(new FakeAttachment())).reason, 'limitExceeded', 'it has a process');
  registry.detach(idle, attachments[1] as FakeAttachment);
  registry.open(new FakeAttachment());
  assert.equal([busy.state, idle.state, attached.state], ['detached', 'ended', 'attached']);
  assert.match(errorOf(() => registry.open(new FakeAttachment())).message, 'at most 3');
  busy.processes.release('p', starting);
  registry.close();
});

test('closing ends all sessions, with or without connection', () => {
  const { registry } = createRegistry();
  const attachment = new FakeAttachment();
  const sessions = [registry.open(attachment), registry.open(new FakeAttachment())];
  registry.detach(sessions[0] as (typeof sessions)[0], attachment);
  registry.close();
  assert.equal(
    sessions.map(({ state }) => state),
    ['ended', 'ended'],
  );
  assert.equal([registry.attachedCount, registry.detachedCount, [...registry.sessions()].length], [0, 0, 0]);
});
