import { RpcError } from '@exec-server/protocol';
import * as assert from 'uvu/assert';
import { AnswerRoom } from '#server/fs/answer-room.js';
import { failure } from '../../harness/failure.js';
import { turns } from '../../harness/launching.js';
import { suite } from '../../harness/test.js';

const test = suite('answer-room');

/** Takes room and notes when it has got it. */
function taker(room: AnswerRoom, log: string[]) {
  return (name: string, bytes: number) => {
    const share = room.share();
    void share.cover(bytes).then(() => log.push(name));
    return share;
  };
}

test('what fits goes on at once, what does not waits, in order', async () => {
  const room = new AnswerRoom(10);
  const log: string[] = [];
  const take = taker(room, log);
  const [a, b] = [take('a', 6), take('b', 6)];
  take('c', 1);
  await turns();
  assert.equal([log, room.used], [['a'], 6], 'a small one does not overtake');
  a.release();
  await turns();
  assert.equal([log, room.used], [['a', 'b', 'c'], 7]);
  b.release();
  assert.is(room.used, 1);
});

test('what is larger than all the room goes alone', async () => {
  const room = new AnswerRoom(10);
  const log: string[] = [];
  const take = taker(room, log);
  const large = take('large', 50);
  take('next', 1);
  await turns();
  assert.equal(log, ['large']);
  large.release();
  await turns();
  assert.equal(log, ['large', 'next']);
});

test('who finds no room now is told so, and keeps what it has', () => {
  const room = new AnswerRoom(10);
  const share = room.share();
  assert.is(share.tryCover(4), true);
  assert.is(share.tryCover(4), true);
  assert.is(share.tryCover(11), false);
  assert.is(room.used, 4);
  assert.is(share.tryCover(10), true);
  assert.is(room.used, 10);
});

test('who has to wait for more gives back what it has, so that no two wait for each other', async () => {
  const room = new AnswerRoom(10);
  const [a, b] = [room.share(), room.share()];
  await a.cover(5);
  await b.cover(5);
  const grown = Promise.all([a.cover(8).then(() => a.release()), b.cover(8).then(() => b.release())]);
  await grown;
  assert.is(room.used, 0);
});

test('what turned out larger takes room that is not there', () => {
  const room = new AnswerRoom(10);
  const share = room.share();
  share.overdraw(25);
  share.overdraw(20);
  assert.is(room.used, 25);
  assert.is(room.tryTake(1), false);
  share.release();
  share.release();
  assert.is(room.used, 0);
});

test('P5: when the connection ends nobody waits any more', async () => {
  const room = new AnswerRoom(10);
  await room.take(10);
  const waiting = room.take(1);
  room.close();
  assert.is((await failure(waiting, RpcError)).reason, 'sessionEnded');
  assert.is((await failure(room.take(1), RpcError)).reason, 'sessionEnded');
});
