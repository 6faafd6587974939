import * as assert from 'uvu/assert';
import { EventFeed } from '#client/process/event-feed.js';
import { failure } from '../../harness/failure.js';
import { suite } from '../../harness/test.js';

const test = suite('event-feed');

/** A feed of words that keeps 30 bytes for nobody and is behind above 50; what had to go reads `first…last`. */
function createFeed() {
  const pressures: boolean[] = [];
  const feed: EventFeed<string> = new EventFeed<string>(
    { unreadBytes: 30, highWaterBytes: 50 },
    (dropped) => `${dropped[0]}…${dropped.at(-1)}`,
    () => void pressures.push(feed.isBehind),
  );
  return { feed, pressures };
}

function pushAll(feed: EventFeed<string>, items: string, bytes = 10): void {
  for (const item of items) feed.push(item, bytes);
}

function takeAll(feed: EventFeed<string>): string[] {
  const items: string[] = [];
  for (let item = feed.take(); item !== null; item = feed.take()) items.push(item);
  return items;
}

test('a reader gets everything in order and then the end', async () => {
  const { feed } = createFeed();
  pushAll(feed, 'abc');
  feed.finish(null);
  assert.equal(
    [await feed.next(), await feed.next(), await feed.next(), await feed.next(), await feed.next()],
    ['a', 'b', 'c', null, null],
  );
});

test('a reader that is early is woken by an item, by the end and by a discard', async () => {
  const { feed } = createFeed();
  const first = feed.next();
  feed.push('a', 1);
  assert.is(await first, 'a');
  const second = feed.next();
  feed.finish(null);
  assert.is(await second, null);
  const { feed: other } = createFeed();
  const discarded = other.next();
  other.discard();
  assert.is(await discarded, null);
});

test('an error reaches the reader after the items before it, and stays', async () => {
  const { feed } = createFeed();
  const reason = new Error('lost');
  feed.push('a', 1);
  feed.finish(reason);
  feed.finish(null);
  assert.is(await feed.next(), 'a');
  assert.is(await failure(feed.next(), Error), reason);
  assert.is(await failure(feed.next(), Error), reason);
});

test('nothing is taken after the end', () => {
  const { feed } = createFeed();
  feed.finish(null);
  feed.push('late', 1);
  assert.is(feed.take(), null);
});

test('T3: unread items above the limit give way, the oldest first, and are reported first to a late reader', async () => {
  const { feed } = createFeed();
  pushAll(feed, 'abcdef');
  assert.is(feed.bufferedBytes, 30);
  assert.is(await feed.next(), 'a…c');
  assert.equal(takeAll(feed), ['d', 'e', 'f']);
});

test('the report names the last loss, however many there were, and comes once', async () => {
  const { feed } = createFeed();
  pushAll(feed, 'abcdefghij');
  feed.claim();
  feed.claim();
  assert.equal(takeAll(feed), ['a…g', 'h', 'i', 'j']);
});

test('exactly the limit is kept', () => {
  const { feed } = createFeed();
  pushAll(feed, 'abc');
  feed.claim();
  assert.equal(takeAll(feed), ['a', 'b', 'c']);
});

test('the newest item is kept even when it is larger than the limit', () => {
  const { feed } = createFeed();
  feed.push('small', 10);
  feed.push('huge', 1_000);
  feed.claim();
  assert.equal(takeAll(feed), ['small…small', 'huge']);
});

test('after the claim nothing is dropped', () => {
  const { feed } = createFeed();
  feed.claim();
  pushAll(feed, 'abcdefghij');
  assert.equal(takeAll(feed).join(''), 'abcdefghij');
});

test('a feed that nobody reads is never behind', () => {
  const { feed, pressures } = createFeed();
  pushAll(feed, 'abcdefghij');
  assert.not.ok(feed.isBehind);
  assert.equal(pressures, []);
});

test('a reader is behind above the high-water mark and told of when it is not any more', () => {
  const { feed, pressures } = createFeed();
  feed.claim();
  pushAll(feed, 'abcde');
  assert.not.ok(feed.isBehind, 'exactly at the mark');
  assert.equal(pressures, []);
  feed.push('f', 10);
  assert.ok(feed.isBehind);
  assert.equal(pressures, [true]);
  feed.take();
  assert.equal(pressures, [true, false]);
  takeAll(feed);
  assert.equal(pressures, [true, false]);
  assert.is(feed.bufferedBytes, 0);
});

test('a discarded feed is not behind, says so, and takes nothing more', async () => {
  const { feed, pressures } = createFeed();
  feed.claim();
  pushAll(feed, 'abcdefgh');
  feed.discard();
  assert.is(feed.bufferedBytes, 0);
  assert.not.ok(feed.isBehind);
  assert.is(pressures.at(-1), false);
  feed.push('i', 10);
  assert.is(feed.bufferedBytes, 0);
  assert.is(await feed.next(), null);
});
