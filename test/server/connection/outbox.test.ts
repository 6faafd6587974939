import * as assert from 'uvu/assert';
import { Outbox } from '#server/connection/outbox.js';
import { FakeChannel } from '../../harness/fake-channel.js';
import { suite } from '../../harness/test.js';

const test = suite('outbox');

/** An outbox, what happened to its replies, and a channel that keeps what it is given. */
function createOutbox(limits = { outboxHighWaterBytes: 100, outboxHardLimitBytes: 1_000 }) {
  const channel = new FakeChannel();
  const outbox = new Outbox(channel, limits);
  const events: string[] = [];
  const reply = (text: string, isLong = true): void =>
    outbox.reply({
      write: () => {
        events.push(`write ${text}`);
        return text;
      },
      isLong,
      sent: () => events.push(`sent ${text}`),
    });
  return { channel, outbox, events, reply };
}

test('while there is room, answers are written and sent at once, in order', () => {
  const { channel, events, reply } = createOutbox();
  for (const text of ['a', 'b']) reply(text);
  assert.equal(channel.sent, ['a', 'b']);
  assert.equal(events, ['write a', 'sent a', 'write b', 'sent b']);
});

test('P7: exactly the high-water mark is no congestion, one byte more is', () => {
  const { channel, outbox } = createOutbox();
  channel.bufferedBytes = 100;
  assert.is(outbox.isCongested, false);
  channel.bufferedBytes = 101;
  assert.is(outbox.isCongested, true);
});

test('while too much waits for the network, long answers stay unwritten, in line', () => {
  const { channel, outbox, events, reply } = createOutbox();
  channel.bufferedBytes = 101;
  reply('a');
  reply('b');
  assert.equal([events, channel.sent], [[], []]);
  channel.bufferedBytes = 0;
  reply('c');
  assert.equal(channel.sent, [], 'a later one does not overtake');
  assert.is(outbox.drained(), true);
  assert.equal(channel.sent, ['a', 'b', 'c']);
});

test('short answers pass those that wait, up to the hard limit', () => {
  const { channel, outbox, reply } = createOutbox();
  channel.bufferedBytes = 1_000;
  reply('long');
  reply('short', false);
  assert.equal(channel.sent, ['short']);
  channel.bufferedBytes = 1_001;
  reply('too late', false);
  assert.equal(channel.sent, ['short']);
  channel.bufferedBytes = 0;
  outbox.drained();
  assert.equal(channel.sent, ['short', 'long', 'too late']);
});

test('answers that fill the network up again leave the rest in line', () => {
  const channel = new FakeChannel();
  const outbox = new Outbox(channel, { outboxHighWaterBytes: 100, outboxHardLimitBytes: 1_000 });
  channel.bufferedBytes = 200;
  const send = (text: string): string => {
    channel.bufferedBytes += 60;
    return text;
  };
  for (const text of ['a', 'b', 'c']) outbox.reply({ write: () => send(text), isLong: true, sent: () => undefined });
  channel.bufferedBytes = 0;
  assert.is(outbox.drained(), false);
  assert.equal(channel.sent, ['a', 'b']);
  channel.bufferedBytes = 0;
  assert.is(outbox.drained(), true);
  assert.equal(channel.sent, ['a', 'b', 'c']);
});

test('notifications are sent at once: their sources are paused instead', () => {
  const { channel, outbox } = createOutbox();
  channel.bufferedBytes = 5_000;
  outbox.notify('event');
  outbox.notify(Buffer.from('bytes'));
  assert.equal(channel.sent, ['event', 'bytes']);
});

test('after the close nothing is written, and whoever waits is told', () => {
  const { channel, outbox, events, reply } = createOutbox();
  channel.bufferedBytes = 101;
  reply('waiting');
  outbox.close();
  outbox.close();
  reply('late');
  outbox.notify('event');
  outbox.drained();
  assert.equal(events, ['sent waiting', 'sent late']);
  assert.equal(channel.sent, []);
});

test('an answer in pieces is joined for a channel that takes none, and what it was made of is free again', () => {
  const { channel, outbox } = createOutbox();
  let released = 0;
  const pieces = [Buffer.from('{"é":'), Buffer.from('1}')];
  outbox.reply({ write: () => pieces, isLong: true, sent: () => undefined, release: () => released++ });
  assert.equal([channel.sent, released], [['{"é":1}'], 1]);
});

test('an answer in pieces goes to the channel as it is, and is free when the channel says so', () => {
  const passed: [readonly Uint8Array[], (() => void) | undefined][] = [];
  const channel = Object.assign(new FakeChannel(), {
    sendPieces: (pieces: readonly Uint8Array[], sent?: () => void) => void passed.push([pieces, sent]),
  });
  const outbox = new Outbox(channel, { outboxHighWaterBytes: 100, outboxHardLimitBytes: 1_000 });
  let released = 0;
  const pieces = [Buffer.from('1'), Buffer.from('2')];
  outbox.reply({ write: () => pieces, isLong: true, sent: () => undefined, release: () => released++ });
  assert.equal([passed[0]?.[0], released], [pieces, 0]);
  passed[0]?.[1]?.();
  assert.is(released, 1);
});
