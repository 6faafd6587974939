import { RpcError } from '@exec-server/protocol';
import * as assert from 'uvu/assert';
import { Process } from '#server/process/process.js';
import { Session } from '#server/session/session.js';
import { FakeAttachment } from '../../harness/fake-attachment.js';
import { createHost, FakeChild } from '../../harness/fake-child.js';
import { launchRequest } from '../../harness/launching.js';
import { suite } from '../../harness/test.js';

const test = suite('session');

/** A session with a connection, and processes that tell it what they say. */
function createSession() {
  const host = createHost();
  const session = new Session('id', null, host);
  const attachment = new FakeAttachment();
  session.attach(attachment);
  const start = (id: string): { child: FakeChild; process: Process } => {
    const child = new FakeChild();
    const process = new Process(id, launchRequest(['x']), child.launched, host, session);
    process.begin();
    return { child, process };
  };
  return { session, attachment, start };
}

const seqsOf = (attachment: FakeAttachment): unknown[] => attachment.frames.map(({ params }) => params['seq']);

test('events go to the connection, in order', async () => {
  const { attachment, start } = createSession();
  const { child } = start('p');
  child.stdout.say('hi');
  await child.exit({ code: 3 });
  child.endStreams();
  assert.equal(attachment.frames, [
    { method: 'process/output', params: { processId: 'p', seq: 1, stream: 'stdout', chunk: 'aGk=' } },
    { method: 'process/exited', params: { processId: 'p', seq: 2, exitCode: 3, sandboxDenied: false } },
    { method: 'process/closed', params: { processId: 'p', seq: 3 } },
  ]);
});

test('attached, detached and ended follow each other', () => {
  const { session, attachment } = createSession();
  assert.equal([session.state, attachment.held], ['attached', session]);
  assert.is(session.detach(attachment), true);
  assert.is(session.state, 'detached');
  assert.is(session.detach(attachment), false);
  session.attach(new FakeAttachment());
  assert.is(session.end(new RpcError('sessionEnded', 'over')), 0);
  assert.is(session.state, 'ended');
  assert.is(session.end(new RpcError('sessionEnded', 'over')), 0);
});

test('what happens without a connection is recorded, not sent, and not sent later', async () => {
  const { session, attachment, start } = createSession();
  const { child, process } = start('p');
  child.stdout.say('a');
  session.detach(attachment);
  child.stdout.say('b');
  const next = new FakeAttachment();
  session.attach(next);
  child.stdout.say('c');
  await child.exit();
  assert.equal([seqsOf(attachment), seqsOf(next)], [[1], [3, 4]]);
  assert.is(process.log.readAfter(0, Infinity).length, 3);
});

test('P4: a connection that loses the session to another is told, and gets nothing more', () => {
  const { session, attachment, start } = createSession();
  const { child } = start('p');
  const next = new FakeAttachment();
  session.attach(next);
  assert.equal(attachment.released, { reason: 'sessionResumedElsewhere', isTaken: true });
  assert.equal([attachment.held, next.held], [null, session]);
  child.stdout.say('x');
  assert.equal([seqsOf(attachment), seqsOf(next)], [[], [1]]);
  assert.is(session.detach(attachment), false, 'its end does not touch the session');
  assert.is(session.state, 'attached');
});

test('P7: a process that speaks to a congested connection is held back until there is room; others are not', () => {
  const { session, attachment, start } = createSession();
  const [loud, quiet] = [start('loud'), start('quiet')];
  attachment.isCongested = true;
  loud.child.stdout.say('x');
  assert.equal([loud.child.stdout.isPaused, loud.child.stderr.isPaused, quiet.child.stdout.isPaused], [true, true, false]);
  assert.equal(seqsOf(attachment), [1], 'what it said is sent all the same');
  attachment.isCongested = false;
  session.drained();
  assert.equal([loud.child.stdout.isPaused, loud.child.stderr.isPaused], [false, false]);
});

test('without a connection nobody is held back', () => {
  const { session, attachment, start } = createSession();
  const { child } = start('p');
  attachment.isCongested = true;
  child.stdout.say('x');
  session.detach(attachment);
  assert.is(child.stdout.isPaused, false);
  child.stdout.say('y');
  assert.is(child.stdout.isPaused, false);
});

test('a process held back stays so over a takeover, until the new connection has room', () => {
  const { session, attachment, start } = createSession();
  const { child } = start('p');
  attachment.isCongested = true;
  child.stdout.say('x');
  session.attach(new FakeAttachment());
  assert.is(child.stdout.isPaused, true);
  session.drained();
  assert.is(child.stdout.isPaused, false);
});

test('a session that ends tells its connection, and reports nothing more', async () => {
  const { session, attachment, start } = createSession();
  const { child } = start('p');
  session.end(new RpcError('sessionEnded', 'the session has ended'));
  assert.equal(attachment.released, { reason: 'sessionEnded', isTaken: false });
  child.stdout.say('x');
  await child.exit();
  child.endStreams();
  assert.equal(attachment.frames, []);
});
