import { limits } from '@exec-server/protocol';
import * as assert from 'uvu/assert';
import { EventStore } from '#mcp/gateway/caller/event-store.js';
import { suite } from '../../../harness/test.js';

const test = suite('event store');

test('A5: what followed on a stream is told for that stream only, or not at all when some of it is gone', () => {
  const store = new EventStore({ ...limits, mcpStoredEvents: 4 }, () => 0);
  for (let seq = 1; seq <= 3; seq++) {
    store.add(1, seq, `a${seq}`);
    store.add(2, seq, `b${seq}`);
  }
  const texts = (stream: number, seq: number) => store.after(stream, seq, 3)?.map(({ text }) => text) ?? null;
  assert.equal(texts(1, 1), ['a2', 'a3']);
  assert.equal(texts(2, 3), []);
  assert.is(texts(1, 0), null);
});

test('part D: bytes and age are bounded', () => {
  let now = 0;
  const store = new EventStore({ ...limits, mcpStoredBytes: 10, mcpStoredMs: 1_000 }, () => now);
  store.add(1, 1, 'x'.repeat(6));
  store.add(1, 2, 'x'.repeat(6));
  assert.is(store.bytes, 6);
  now = 2_000;
  assert.is(store.after(1, 1, 2), null);
  assert.is(store.bytes, 0);
  store.add(1, 3, 'x'.repeat(20));
  assert.is(store.bytes, 0, 'one that is larger than all is not kept');
});

test('part D: bytes are those of UTF-8, and 1 000 events of 8 MiB in all stay for 5 minutes', () => {
  let now = 0;
  const store = new EventStore(limits, () => now);
  store.add(1, 1, 'ä€');
  assert.is(store.bytes, 5);
  for (let seq = 2; seq <= 1_001; seq++) store.add(1, seq, 'x');
  assert.is(store.after(1, 0, 1_001), null, 'the first has gone');
  assert.is(store.after(1, 1, 1_001)?.length, 1_000);
  now = 299_999;
  assert.is(store.after(1, 1, 1_001)?.length, 1_000);
  now = 300_000;
  assert.is(store.after(1, 1, 1_001), null);
  const mebibyte = 'x'.repeat(1024 * 1024);
  for (let seq = 1; seq <= 9; seq++) store.add(2, seq, mebibyte);
  assert.is(store.bytes, 8 * 1024 * 1024);
  assert.is(store.after(2, 0, 9), null);
  assert.is(store.after(2, 1, 9)?.length, 8);
});
