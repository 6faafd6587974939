import { limits, type Limits } from '@exec-server/protocol';
import * as assert from 'uvu/assert';
import { ChangeFeed } from '#server/fs/change-feed.js';
import { suite } from '../../harness/test.js';

const test = suite('change-feed');

interface Told {
  readonly version: number;
  readonly paths: string[];
  readonly resync: boolean;
  readonly ended?: boolean;
}

/** A connection that hears what is told. */
class Peer {
  isCongested = false;
  readonly told: Told[] = [];
  #wake: () => void = () => undefined;

  notify(frame: string): void {
    const { method, params } = JSON.parse(frame) as { method: string; params: Told & { watchId: string } };
    assert.equal([method, params.watchId], ['fs/changed', 'w']);
    this.told.push(params);
    this.#wake();
  }

  async hears(count: number): Promise<readonly Told[]> {
    while (this.told.length < count) await new Promise<void>((resolve) => (this.#wake = resolve));
    return this.told;
  }
}

function createFeed(more: Partial<Limits> = {}) {
  const peer = new Peer();
  const feed = new ChangeFeed('w', peer, { ...limits, watchPauseMs: 5, ...more });
  return { peer, feed };
}

test('changes that come together are told together, each path once, numbered without gaps', async () => {
  const { peer, feed } = createFeed();
  feed.release();
  for (const path of ['/a', '/b c', '/a']) feed.add(path);
  assert.equal(await peer.hears(1), [{ watchId: 'w', version: 1, paths: ['file:///a', 'file:///b%20c'], resync: false }]);
  feed.add('/d');
  assert.equal((await peer.hears(2))[1], { watchId: 'w', version: 2, paths: ['file:///d'], resync: false });
});

test('nothing is told before the answer is out, and nothing is lost by that', async () => {
  const { peer, feed } = createFeed();
  feed.add('/a');
  await new Promise((resolve) => setTimeout(resolve, 20));
  assert.equal(peer.told, []);
  feed.release();
  assert.equal((await peer.hears(1))[0]?.paths, ['file:///a']);
});

test('T3: too many paths, or too many events, become the advice to look at everything', async () => {
  for (const more of [{ watchPaths: 3 }, { watchBurstEvents: 3 }] satisfies Partial<Limits>[]) {
    const { peer, feed } = createFeed(more);
    feed.release();
    for (let at = 0; at < 4; at++) feed.add(`/${at}`);
    assert.equal((await peer.hears(1))[0], { watchId: 'w', version: 1, paths: [], resync: true });
    feed.add('/later');
    assert.equal((await peer.hears(2))[1], { watchId: 'w', version: 2, paths: ['file:///later'], resync: false });
  }
});

test('while the connection is congested changes wait, and go together', async () => {
  const { peer, feed } = createFeed();
  feed.release();
  peer.isCongested = true;
  feed.add('/a');
  await new Promise((resolve) => setTimeout(resolve, 20));
  feed.add('/b');
  await new Promise((resolve) => setTimeout(resolve, 20));
  assert.equal(peer.told, []);
  peer.isCongested = false;
  feed.drained();
  assert.equal((await peer.hears(1))[0]?.paths, ['file:///a', 'file:///b']);
});

test('the end is told', async () => {
  const { peer, feed } = createFeed();
  feed.release();
  feed.end();
  assert.equal((await peer.hears(1))[0], { watchId: 'w', version: 1, paths: [], resync: true, ended: true });
});

test('after the close nothing is told', async () => {
  const { peer, feed } = createFeed();
  feed.release();
  feed.add('/a');
  feed.close();
  feed.add('/b');
  feed.drained();
  await new Promise((resolve) => setTimeout(resolve, 20));
  assert.equal(peer.told, []);
});
