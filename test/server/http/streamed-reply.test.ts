import { RpcError } from '@exec-server/protocol';
import * as assert from 'uvu/assert';
import { ContentFrames } from '#server/content-frames.js';
import type { ResponseHead } from '#server/http/exchange.js';
import { HttpFailure } from '#server/http/http-failure.js';
import { StreamedReply } from '#server/http/streamed-reply.js';
import { failure } from '../../harness/failure.js';
import { turns } from '../../harness/launching.js';
import { suite } from '../../harness/test.js';

const test = suite('streamed reply');

const head: ResponseHead = { status: 200, headers: [{ name: 'a', value: 'b' }], url: 'http://h/', redirected: true, announcedBytes: null };
const broken = new HttpFailure('error decoding response body', 'ECONNRESET');

/** A reply whose client and connection do as the test says. `log` has deltas, and what the reply asks for. */
function create(creditBytes: number | null = null) {
  const log: string[] = [];
  const peer = {
    isCongested: false,
    notify: (frame: string | Uint8Array): void => {
      const { params } = JSON.parse(Buffer.from(frame).toString()) as {
        params: { seq: number; deltaBase64: string; done: boolean; error: unknown };
      };
      log.push(params.done ? `end ${String(params.error)}` : `${params.seq} ${Buffer.from(params.deltaBase64, 'base64').toString()}`);
    },
  };
  const note = (what: string) => () => void log.push(what);
  const reply = new StreamedReply({
    requestId: 'r',
    peer,
    frames: new ContentFrames(),
    creditBytes,
    deltaBytes: 65_536,
    resume: note('resume'),
    onCongested: note('congested'),
    onOver: note('over'),
  });
  return { reply, peer, log, data: (text: string) => reply.data(Buffer.from(text)) };
}

test('H1, H6: the head is the answer, deltas follow once it is sent, and the last is empty', async () => {
  const { reply, log, data } = create();
  assert.is(reply.head(head), false);
  assert.equal(await reply.answer, {
    status: 200,
    headers: [{ name: 'a', value: 'b' }],
    bodyBase64: '',
    url: 'http://h/',
    redirected: true,
  });
  assert.equal(log, []);
  reply.begin();
  assert.equal([data('a'), data('b')], [true, true]);
  await turns(1);
  assert.equal(log.splice(0), ['resume', '1 ab', 'resume']);
  data('c');
  reply.ended();
  assert.equal(log, ['2 c', 'end null', 'over']);
});

test('H1: a piece or an end that comes before the answer is sent waits for it', () => {
  const { reply, log, data } = create();
  reply.head(head);
  assert.is(data('a'), false);
  reply.ended();
  assert.equal(log, []);
  reply.begin();
  assert.equal(log, ['1 a', 'end null', 'over']);
});

test('without room in the connection a piece is held, and the body goes on when there is some', () => {
  const { reply, peer, log, data } = create();
  reply.head(head);
  reply.begin();
  peer.isCongested = true;
  assert.equal([data('a'), data('b')], [false, false]);
  reply.flow();
  assert.equal(log.splice(0), ['resume', 'congested', 'congested', 'congested']);
  peer.isCongested = false;
  reply.flow();
  assert.equal(log, ['1 ab', 'resume']);
});

test('small pieces of one turn go out together, large ones at once', async () => {
  const { reply, log, data } = create();
  reply.head(head);
  reply.begin();
  data('a');
  data('b');
  assert.is(data('x'.repeat(40_000)), true);
  assert.equal(
    log.map(({ length }) => length),
    [6, 40_004],
  );
  await turns(1);
  assert.equal(log.at(-1), 'resume');
});

test('the piece that fills the connection is the last for now', () => {
  const { reply, peer, log, data } = create();
  reply.head(head);
  reply.begin();
  peer.notify = () => {
    peer.isCongested = true;
  };
  assert.is(data('x'.repeat(40_000)), false);
  assert.equal(log, ['resume', 'congested']);
});

test('with credit, the body waits when it is used up, and goes on when there is more', async () => {
  const { reply, log, data } = create(3);
  reply.head(head);
  reply.begin();
  assert.is(data('ab'), true);
  await turns(1);
  assert.is(data('cd'), true);
  await turns(1);
  assert.is(data('e'), false);
  reply.grant(1);
  assert.equal(log.splice(0), ['resume', '1 ab', 'resume', '2 cd']);
  reply.grant(2);
  assert.equal(log.splice(0), ['3 e', 'resume']);
  reply.grant(2 ** 64);
  assert.is(data('f'), true);
});

test('credit of nothing holds everything back', () => {
  const { reply, log, data } = create(0);
  reply.head(head);
  reply.begin();
  assert.is(data('a'), false);
  reply.ended();
  assert.equal(log, []);
  reply.grant(1);
  assert.equal(log, ['1 a', 'end null', 'over']);
});

test('T3: a failure after the head is the last delta, behind all that came before it', () => {
  const { reply, peer, log, data } = create();
  reply.head(head);
  reply.begin();
  peer.isCongested = true;
  data('a');
  reply.failed(broken);
  peer.isCongested = false;
  reply.flow();
  assert.equal(log, ['resume', 'congested', 'congested', '1 a', 'end error decoding response body', 'over']);
});

test('what the client cancels ends at once, without what it has not got', () => {
  const { reply, peer, log, data } = create();
  reply.head(head);
  reply.begin();
  peer.isCongested = true;
  data('a');
  reply.failed(new HttpFailure('cancelled', 'cancelled', true));
  assert.equal(log.slice(2), ['end cancelled', 'over']);
});

test('H4: a failure before the head is the answer, and frees the id', async () => {
  const { reply, log } = create();
  reply.failed(new HttpFailure('too many redirects', 'redirect'));
  assert.equal(log, ['over']);
  assert.equal((await failure(reply.answer, RpcError)).toWire(), {
    code: -32603,
    message: 'http/request failed: too many redirects',
    data: { reason: 'httpFailed', cause: 'redirect' },
  });
  reply.begin();
  assert.equal(log, ['over']);
});

test('after close nothing is said', async () => {
  const { reply, log, data } = create();
  reply.head(head);
  reply.begin();
  reply.close(new RpcError('sessionEnded', 'over'));
  data('a');
  reply.ended();
  reply.flow();
  assert.equal(log, ['resume']);
  const waiting = create();
  waiting.reply.close(new RpcError('sessionEnded', 'over'));
  assert.is((await failure(waiting.reply.answer, RpcError)).reason, 'sessionEnded');
});
