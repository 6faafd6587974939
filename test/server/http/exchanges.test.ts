import * as assert from 'uvu/assert';
import { fetchFrom, headers, requestParams, streamOf, textOf, withExecutor } from '../../harness/http-asking.js';
import { HttpPeer, ok, type PeerAnswer } from '../../harness/http-peer.js';
import { suite } from '../../harness/test.js';

const test = suite('exchanges');

const silent: PeerAnswer = () => undefined;
const endless = 'HTTP/1.1 200 OK\r\n\r\nabc';

test('H4: an id in use is refused to others, whatever they are, and is free after the last delta or a failure', async () => {
  await using peer = await HttpPeer.start([endless, silent, ok, ok]);
  await withExecutor(async (client) => {
    const streamed = { streamResponse: true, requestId: 'g' };
    await fetchFrom(client, peer.url, streamed);
    const taken = [-32602, 'http/request streamResponse requestId `g` is already active'];
    assert.equal(await client.refusal('http/request', requestParams(peer.url, streamed)), taken);
    assert.equal(
      await client.refusal('http/request', requestParams(peer.url, { requestId: 'g', bodyStream: true, method: 'POST' })),
      taken,
    );
    client.send({ id: 'silent', method: 'http/request', params: requestParams(peer.url, { requestId: 'g' }) });
    await peer.until(() => peer.requests.length === 2);
    assert.equal(await client.result('http/cancel', { requestId: 'g' }), { cancelled: true });
    assert.is((await streamOf(client, 'g')).error, 'cancelled');
    assert.match(String((await client.find(({ id }) => id === 'silent')).error?.message), 'http/request failed: cancelled');
    const refused = await client.refusal('http/request', requestParams('http://127.0.0.1:1/', streamed));
    assert.equal(refused, [-32603, 'http/request failed: error sending request for url (http://127.0.0.1:1/)']);
    const from = client.messages.length;
    assert.is((await fetchFrom(client, peer.url, streamed)).status, 200);
    assert.equal((await streamOf(client, 'g', from)).sizes, [2, 0]);
  });
});

test("ids of requests that are not streamed are nobody's business", async () => {
  await using peer = await HttpPeer.start([(socket) => setTimeout(() => socket.write(ok), 100)]);
  await withExecutor(async (client) => {
    const results = await Promise.all([1, 2, 3].map(() => fetchFrom(client, peer.url, { requestId: '' })));
    assert.equal(results.map(textOf), ['ok', 'ok', 'ok']);
  });
});

test('a cancelled request ends at its server at once; there may be nothing to cancel', async () => {
  await using peer = await HttpPeer.start([silent]);
  await withExecutor(async (client, server) => {
    assert.equal(await client.result('http/cancel', { requestId: 'r' }), { cancelled: false });
    for (const streamResponse of [false, true]) {
      const answer = client.request('http/request', requestParams(peer.url, { streamResponse }));
      await peer.until(() => peer.sockets.size === 1);
      assert.equal(await client.result('http/cancel', { requestId: 'r' }), { cancelled: true });
      assert.equal((await answer).error?.data, { reason: 'httpFailed', cause: 'cancelled' });
      await peer.until(() => peer.sockets.size === 0);
    }
    assert.is(server.inspect().counters.httpFailures, 0);
  });
});

test('H5: when the session is closed all exchanges end at their servers, and requests that wait are told', async () => {
  await using peer = await HttpPeer.start([endless, silent, silent, ok]);
  await withExecutor(async (client) => {
    await fetchFrom(client, peer.url, { streamResponse: true });
    const waiting = ['a', 'b'].map((requestId) =>
      client.request('http/request', requestParams(peer.url, { requestId, streamResponse: requestId === 'a' })),
    );
    await peer.until(() => peer.requests.length === 3);
    await client.result('session/close');
    for (const { error } of await Promise.all(waiting)) assert.equal(error?.data, { reason: 'sessionEnded' });
    await peer.until(() => peer.sockets.size === 0);
    await client.handshake();
    assert.is(textOf(await fetchFrom(client, peer.url)), 'ok');
  });
});

test('H5: when the connection goes all exchanges end at their servers', async () => {
  await using peer = await HttpPeer.start([endless, silent]);
  await withExecutor(async (client, server) => {
    await fetchFrom(client, peer.url, { streamResponse: true });
    client.send({ id: 1, method: 'http/request', params: requestParams(peer.url) });
    await peer.until(() => peer.requests.length === 2);
    await client.close();
    await peer.until(() => peer.sockets.size === 0);
    assert.equal(server.inspect().connections, []);
  });
});

test('H5: there are only so many exchanges on a connection, and the limit is told', async () => {
  await using peer = await HttpPeer.start([silent]);
  const limits = { httpExchanges: 3 };
  await withExecutor(
    async (client) => {
      for (const requestId of ['a', 'b', 'c'])
        client.send({ id: requestId, method: 'http/request', params: requestParams(peer.url, { requestId, streamResponse: true }) });
      await peer.until(() => peer.requests.length === 3);
      const more = [-32603, 'http/request more than the 3 exchanges a connection may have at once'];
      assert.equal(await client.refusal('http/request', requestParams(peer.url)), more);
      await client.result('http/cancel', { requestId: 'b' });
      client.send({ id: 'd', method: 'http/request', params: requestParams(peer.url) });
      await peer.until(() => peer.requests.length === 4);
    },
    { limits },
  );
});

test('bodies of requests under way have a limit of their own, and one alone has none', async () => {
  await using peer = await HttpPeer.start([silent, silent, ok]);
  await withExecutor(
    async (client) => {
      const post = (requestId: string) =>
        requestParams(peer.url, { method: 'POST', bodyBase64: Buffer.alloc(80).toString('base64'), requestId });
      client.send({ id: 'a', method: 'http/request', params: post('a') });
      const [code, message] = await client.refusal('http/request', post('b'));
      assert.equal([code, message], [-32603, 'http/request too many and too large bodies of requests are under way on this connection']);
      await peer.until(() => peer.requests.length === 1);
      assert.is((await client.result('http/cancel', { requestId: 'a' })).cancelled, true);
      client.send({ id: 'c', method: 'http/request', params: post('c') });
      await peer.until(() => peer.requests.length === 2);
    },
    { limits: { httpRequestBytes: 50 } },
  );
});

test('requests that wait for their servers hold up nothing else', async () => {
  await using peer = await HttpPeer.start([silent]);
  await withExecutor(
    async (client) => {
      for (let n = 0; n < 20; n++)
        client.send({ id: n, method: 'http/request', params: requestParams(peer.url, { method: 'POST', bodyBase64: 'YQ==' }) });
      assert.equal(await client.result('environment/status'), { status: 'ready' });
      const { exitCode } = await client.result('process/run', { processId: 'p', argv: ['true'], cwd: 'file:///', env: {}, tty: false });
      assert.is(exitCode, 0);
    },
    { environment: { PATH: process.env['PATH'] }, limits: { workSlots: 1 } },
  );
});

test('what lives can be seen, without paths and secrets', async () => {
  await using peer = await HttpPeer.start([silent, endless]);
  await withExecutor(async (client, server) => {
    client.send({
      id: 1,
      method: 'http/request',
      params: requestParams(`${peer.url.replace('//', '//u:p@')}/secret?x`, { requestId: 'a', method: 'POST' }),
    });
    await peer.until(() => peer.requests.length === 1);
    await fetchFrom(client, peer.url, { requestId: 'b', streamResponse: true, headers: headers(['x', 'y']) });
    const [connection] = server.inspect().connections;
    assert.equal(connection?.exchanges, {
      live: [`a: POST ${peer.url}, head`, `b: GET ${peer.url}, body`],
      connections: { open: 2, idle: 0 },
    });
    assert.is(server.inspect().counters.httpRequests, 2);
    await client.close();
  });
});

test('requests, failures and bytes are counted', async () => {
  await using peer = await HttpPeer.start([ok, (socket) => socket.end()]);
  await withExecutor(async (client, server) => {
    await fetchFrom(client, peer.url);
    await client.refusal('http/request', requestParams(peer.url, { method: 'POST' }));
    const { httpRequests, httpFailures, httpBodyBytes } = server.inspect().counters;
    assert.equal([httpRequests, httpFailures, httpBodyBytes], [2, 1, 2]);
  });
});
