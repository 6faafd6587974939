import * as assert from 'uvu/assert';
import { call, createHttpClient, exchange, withPeer } from '../../harness/http-calls.js';
import { HttpPeer, ok } from '../../harness/http-peer.js';
import { suite } from '../../harness/test.js';

const test = suite('HTTP client');

test(
  'a connection carries one exchange after the other, and as many as there are run at once',
  withPeer([ok], async (client, peer) => {
    for (let n = 0; n < 3; n++) await exchange(client, peer.url);
    assert.equal([peer.connections, client.inspect()], [1, { open: 1, idle: 1 }]);
    await Promise.all(Array.from({ length: 5 }, () => exchange(client, peer.url)));
    assert.equal([peer.connections, client.inspect()], [5, { open: 2, idle: 2 }]);
  }),
);

test(
  'a connection the server has closed is not used again',
  withPeer([(socket) => socket.end(ok)], async (client, peer) => {
    for (let n = 0; n < 3; n++) {
      assert.is(await exchange(client, peer.url, { method: 'POST' }), 'head 200 ok ended');
      while (client.inspect().open > 0) await new Promise(setImmediate);
    }
    assert.is(peer.connections, 3);
  }),
);

test('a server that is not there is a failure', async () => {
  const client = createHttpClient();
  assert.is(await exchange(client, 'http://127.0.0.1:1'), 'failed ECONNREFUSED');
  assert.equal(client.inspect(), { open: 0, idle: 0 });
  client.close();
});

test(
  'what may be sent again is, when a connection that had been idle breaks without an answer',
  withPeer([ok, (socket) => socket.resetAndDestroy(), ok, ok, (socket) => socket.resetAndDestroy()], async (client, peer) => {
    await exchange(client, peer.url);
    assert.is(await exchange(client, peer.url), 'head 200 ok ended');
    assert.equal(
      peer.requests.map(({ connection }) => connection),
      [1, 1, 2],
    );
    await exchange(client, peer.url);
    assert.is(await exchange(client, peer.url, { method: 'POST' }), 'failed ECONNRESET');
    assert.is(peer.requests.length, 5);
  }),
);

test('H5: a call that is aborted while it connects ends the attempt', async () => {
  await using peer = await HttpPeer.start();
  const client = createHttpClient();
  let ended = 0;
  const route = { key: 'k', origin: peer.url, connect: () => () => ended++ };
  call(client, peer.url, { route }).call.abort();
  call(client, peer.url, { route });
  client.close();
  assert.is(ended, 2);
});
