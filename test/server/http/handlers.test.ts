import * as assert from 'uvu/assert';
import { fetchFrom, headers, requestParams, streamOf, textOf, withExecutor } from '../../harness/http-asking.js';
import { HttpPeer, ok, tlsFixture } from '../../harness/http-peer.js';
import { TestProxy } from '../../harness/http-proxy.js';
import { suite } from '../../harness/test.js';

const test = suite('HTTP handlers');

const body = Buffer.from('body').toString('base64');

test('a request goes out with what was given and little else, and its response comes back as it is', async () => {
  const answer = 'HTTP/1.1 418 Teapot\r\nA: 1\r\nB: 2\r\na: 3\r\ncontent-encoding: gzip\r\ncontent-length: 2\r\n\r\n\x1f\x8b';
  await using peer = await HttpPeer.start([Buffer.from(answer, 'latin1')]);
  await withExecutor(async (client) => {
    const given = headers(['B', '1'], ['A', 'é'], ['b', '2']);
    const {
      status,
      headers: got,
      bodyBase64,
      url,
      redirected,
    } = await fetchFrom(client, `${peer.url}/x?y#z`, { method: 'post', headers: given, bodyBase64: body });
    assert.equal([status, bodyBase64, url, redirected], [418, 'H4s=', `${peer.url}/x?y`, false]);
    assert.equal(got, headers(['a', '1'], ['a', '3'], ['b', '2'], ['content-encoding', 'gzip'], ['content-length', '2']));
    const [request] = peer.requests;
    assert.equal([request?.line, request?.body], ['post /x?y HTTP/1.1', 'body']);
    const own = [`host: 127.0.0.1:${peer.port}`, 'connection: keep-alive', 'content-length: 4'];
    assert.equal(
      request?.headers.filter((header) => !own.includes(header)),
      ['b: 1', 'b: 2', 'a: \u00c3\u00a9', 'accept: */*'],
    );
  });
});

test('H1, H6: a streamed response is answered first, then comes in deltas, and ends with one that is empty', async () => {
  await using peer = await HttpPeer.start([ok, 'HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n']);
  await withExecutor(async (client) => {
    assert.equal((await fetchFrom(client, peer.url, { streamResponse: true })).bodyBase64, '');
    assert.equal(await streamOf(client), { text: 'ok', error: null, sizes: [2, 0] });
    const answered = client.messages.findIndex(({ result }) => (result as { status?: number } | undefined)?.status === 200);
    const first = client.messages.findIndex(({ method }) => method === 'http/request/bodyDelta');
    assert.ok(answered < first);
    await fetchFrom(client, peer.url, { streamResponse: true, requestId: 'empty' });
    assert.equal(await streamOf(client, 'empty'), { text: '', error: null, sizes: [0] });
  });
});

test('H2: a body that is too long for one answer is refused, and can be streamed', async () => {
  const long = `HTTP/1.1 200 OK\r\ncontent-length: 2000\r\n\r\n${'x'.repeat(2_000)}`;
  const chunked = `HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n7d0\r\n${'x'.repeat(2_000)}\r\n0\r\n\r\n`;
  await using peer = await HttpPeer.start([long, chunked, long]);
  await withExecutor(
    async (client, server) => {
      const [code, message] = await client.refusal('http/request', requestParams(peer.url));
      assert.is(code, -32603);
      assert.is(
        message,
        'failed to read http/request response body: a body of 2000 bytes is more than the 1000 bytes that are answered as a whole; ask for it with streamResponse',
      );
      assert.match(String((await client.refusal('http/request', requestParams(peer.url)))[1]), 'a body is more than the 1000 bytes');
      await fetchFrom(client, peer.url, { streamResponse: true });
      assert.is((await streamOf(client)).text.length, 2_000);
      assert.is(server.inspect().counters.httpRequests, 3);
    },
    { limits: { httpBufferedBodyBytes: 1_000 } },
  );
});

test('bad params are refused by member, code and words of the base', async () => {
  await withExecutor(async (client) => {
    const refusal = async (more: Readonly<Record<string, unknown>>): Promise<string> =>
      (await client.refusal('http/request', { ...requestParams('http://127.0.0.1:1/'), ...more })).join(' ');
    assert.is(await refusal({ method: 'G T' }), '-32602 http/request method is invalid: invalid HTTP method');
    assert.is(await refusal({ url: 'x' }), '-32602 http/request url is invalid: relative URL without a base');
    assert.is(await refusal({ url: 'ftp://x' }), '-32602 http/request only supports http and https URLs, got ftp');
    assert.is(await refusal({ bodyBase64: 'a!' }), '-32602 Invalid symbol 33, offset 1. (`bodyBase64`)');
    for (const [member, value] of [
      ['timeoutMs', -1],
      ['timeoutMs', 1.5],
      ['headersTimeoutMs', 0],
      ['idleTimeoutMs', 0],
      ['idleTimeoutMs', 2 ** 31],
      ['headers', null],
      ['requestId', null],
      ['redirectPolicy', 'x'],
      ['streamResponse', null],
      ['creditBytes', -1],
    ] as const) {
      const words = await refusal({ [member]: value });
      assert.ok(
        (words.startsWith('-32602 ') && words.endsWith(`(\`${member}\`)`)) || words.includes(`\`${member}\``),
        `${member}: ${words}`,
      );
    }
    assert.is(await refusal({ bodyStream: true, bodyBase64: body }), '-32602 http/request has bodyBase64 and bodyStream');
    assert.is((await client.refusal('http/request', { method: 'GET', url: 'http://x' })).join(' '), '-32602 missing field `requestId`');
  });
});

test('a failure before the head is the answer, with what lies behind it as data', async () => {
  await withExecutor(async (client) => {
    const { error } = await client.request('http/request', requestParams('http://u:secret@127.0.0.1:1/x?y#z', { streamResponse: true }));
    assert.equal(error, {
      code: -32603,
      message: 'http/request failed: error sending request for url (http://127.0.0.1:1/x?y#z)',
      data: { reason: 'httpFailed', cause: 'ECONNREFUSED' },
    });
  });
});

test('H7: proxies, their credentials and certificates come from the variables of the server', async () => {
  await using peer = await HttpPeer.start([ok], { isTls: true });
  await using proxy = await TestProxy.start({ authorization: `Basic ${Buffer.from('me:pass word').toString('base64')}` });
  const environment = { ALL_PROXY: proxy.url('me:pass%20word'), NO_PROXY: 'direct.invalid', CODEX_CA_CERTIFICATE: tlsFixture('ca.pem') };
  await withExecutor(
    async (client) => {
      assert.is(textOf(await fetchFrom(client, 'http://plain.example/x?y')), 'by proxy');
      assert.is(textOf(await fetchFrom(client, `https://svc.example:${peer.port}/`)), 'ok');
      assert.match(
        String((await client.refusal('http/request', requestParams('http://direct.invalid/')))[1]),
        'error sending request for url (http://direct.invalid/)',
      );
      assert.equal(
        proxy.seen.map((line) => line.replace(/ Basic .*/, '')),
        ['GET http://plain.example/x?y plain.example', `CONNECT svc.example:${peer.port} svc.example:${peer.port}`],
      );
      assert.is((await fetchFrom(client, 'http://plain.example/', { headers: headers(['Proxy-Authorization', 'mine']) })).status, 407);
    },
    { environment },
  );
});

test('H7: certificates that cannot be read fail every request, with the name of the file', async () => {
  await using peer = await HttpPeer.start([ok]);
  await withExecutor(
    async (client) => {
      const [code, message] = await client.refusal('http/request', requestParams(peer.url));
      assert.is(code, -32603);
      assert.match(
        String(message),
        'http/request failed: Failed to read CA certificate file /nonexistent selected by SSL_CERT_FILE: No such file or directory (os error 2). If you set',
      );
    },
    { environment: { SSL_CERT_FILE: '/nonexistent' } },
  );
});

test('rules for destinations hold on the way and for redirects, and are told', async () => {
  await using denied = await HttpPeer.start([ok]);
  await using peer = await HttpPeer.start([
    `HTTP/1.1 302 X\r\nlocation: http://localhost:${denied.port}/\r\ncontent-length: 0\r\n\r\n`,
    ok,
  ]);
  await withExecutor(
    async (client) => {
      for (const url of [denied.url, `http://localhost:${denied.port}/`, `http://[::ffff:127.0.0.1]:${denied.port}`, peer.url]) {
        const { error } = await client.request('http/request', requestParams(url));
        assert.match(String(error?.message), /^http\/request failed: this server makes no requests to /, url);
        assert.equal(error?.data, { reason: 'httpFailed', cause: 'DESTINATION_REFUSED' });
      }
      assert.is(textOf(await fetchFrom(client, peer.url)), 'ok');
      assert.is(denied.connections, 0);
    },
    { outbound: { deny: [`127.0.0.0/8:${denied.port}`, `[::1]:${denied.port}`] } },
  );
});

function bearer(valueEnvVar: string) {
  return [{ name: 'Authorization', value: 'Bearer ', valueEnvVar }];
}

test('variables of the server become headers, but for those that are not allowed', async () => {
  await using peer = await HttpPeer.start([ok]);
  await withExecutor(
    async (client) => {
      await fetchFrom(client, peer.url, { headers: bearer('TOKEN') });
      assert.ok(peer.requests[0]?.headers.includes('authorization: Bearer secret'));
      assert.match(
        String((await client.refusal('http/request', requestParams(peer.url, { headers: bearer('OTHER') })))[1]),
        'cannot use executor environment variable OTHER',
      );
    },
    { environment: { TOKEN: 'secret', OTHER: 'x' }, headerVariables: ['TOKEN'] },
  );
});

function piece(seq: number, text: string, done = false) {
  return { requestId: 'r', seq, chunk: Buffer.from(text).toString('base64'), done };
}

test('a body that comes in pieces is sent as it comes, and answered piece by piece', async () => {
  await using peer = await HttpPeer.start([ok]);
  await withExecutor(async (client) => {
    const answer = client.result('http/request', requestParams(peer.url, { method: 'POST', bodyStream: true }));
    assert.equal(await client.result('http/requestBody', piece(1, 'ab')), {});
    assert.match(
      String((await client.refusal('http/requestBody', piece(3, 'x')))[1]),
      'http/requestBody seq 3 of `r` is not the next: 2 is',
    );
    await Promise.all([
      client.result('http/requestBody', piece(2, '')),
      client.result('http/requestBody', piece(3, 'cd')),
      client.result('http/requestBody', piece(4, '', true)),
    ]);
    assert.is(textOf(await answer), 'ok');
    assert.equal(
      [peer.requests[0]?.body, peer.requests[0]?.headers.includes('transfer-encoding: chunked')],
      ['2\r\nab\r\n2\r\ncd\r\n0\r\n\r\n', true],
    );
    assert.equal(await client.refusal('http/requestBody', piece(5, 'x')), [-32600, 'http/requestBody no request `r` takes a body']);
  });
});

test('pieces of a body that nobody takes any more are refused', async () => {
  await withExecutor(async (client) => {
    assert.equal(await client.refusal('http/requestBody', piece(1, 'x')), [-32600, 'http/requestBody no request `r` takes a body']);
    const answer = client.request('http/request', requestParams('http://127.0.0.1:1/', { method: 'POST', bodyStream: true }));
    const waiting = client.request('http/requestBody', piece(1, 'x'));
    assert.match(String((await answer).error?.message), 'error sending request');
    assert.is((await waiting).error?.code, -32600);
  });
});

test('with credit a stream sends no more than it was granted, but for the piece it was at', async () => {
  await using peer = await HttpPeer.start([`HTTP/1.1 200 OK\r\ncontent-length: 300000\r\n\r\n${'x'.repeat(300_000)}`]);
  await withExecutor(async (client) => {
    await fetchFrom(client, peer.url, { streamResponse: true, creditBytes: 1 });
    const received = (): number =>
      client.messages
        .filter(({ method }) => method === 'http/request/bodyDelta')
        .reduce((sum, { params }) => sum + Buffer.from(String(params?.['deltaBase64']), 'base64').length, 0);
    await client.find(({ method }) => method === 'http/request/bodyDelta');
    const first = received();
    assert.ok(first <= 131_072, String(first));
    await client.result('http/grant', { requestId: 'r', bytes: first });
    await client.result('environment/status');
    assert.is(received() < 300_000, true);
    assert.equal(await client.result('http/grant', { requestId: 'nobody', bytes: 1 }), {});
    await client.result('http/grant', { requestId: 'r', bytes: 1_000_000 });
    assert.is((await streamOf(client)).text.length, 300_000);
  });
});

test('the additions are announced', async () => {
  await withExecutor(async (client) => {
    const { capabilities } = (await client.result('environment/info')) as { capabilities: Readonly<Record<string, boolean>> };
    const names = ['httpHeaderEnvVars', 'httpCancel', 'httpTimeouts', 'httpFinalUrl', 'httpRequestBodyStream', 'credits'];
    assert.equal(
      names.map((name) => capabilities[name]),
      names.map(() => true),
    );
  });
});
