import { once } from 'node:events';
import type { Socket } from 'node:net';
import * as assert from 'uvu/assert';
import type { Connect } from '#server/http/line.js';
import { portOf } from '#server/http/connectors.js';
import { createConnectors } from '../../harness/http-calls.js';
import { HttpPeer, tlsFixture } from '../../harness/http-peer.js';
import { TestProxy } from '../../harness/http-proxy.js';
import { suite } from '../../harness/test.js';

const test = suite('connectors');

const trusted = { CODEX_CA_CERTIFICATE: tlsFixture('ca.pem') };

function open(connect: Connect): Promise<Socket> {
  return new Promise((resolve, reject) => {
    connect((error, socket) => (socket ? resolve(socket) : reject(error ?? new Error('neither'))));
  });
}

/** What the peer says to a request on this connection, and who it is; or the code of the failure. */
async function ask(connect: Connect): Promise<string> {
  let socket: Socket;
  try {
    socket = await open(connect);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code ?? (error as Error).message;
  }
  socket.write('GET / HTTP/1.1\r\n\r\n');
  const [bytes] = (await once(socket, 'data')) as [Buffer];
  socket.destroy();
  await once(socket, 'close');
  return bytes.toString().split('\r\n')[0] ?? '';
}

const okLine = 'HTTP/1.1 200 OK';

test('a server is reached directly, by address and by name', async () => {
  await using peer = await HttpPeer.start();
  for (const host of ['127.0.0.1', 'localhost'])
    assert.is(await ask(createConnectors().direct(new URL(`http://${host}:${peer.port}`))), okLine);
  assert.is(await ask(createConnectors().direct(new URL('http://127.0.0.1:1'))), 'ECONNREFUSED');
});

test('H7: TLS trusts the certificates of the system and those that are added, for the names they are for', async () => {
  await using peer = await HttpPeer.start(undefined, { isTls: true });
  const at = (host: string): URL => new URL(`https://${host}:${peer.port}`);
  assert.is(await ask(createConnectors(trusted).direct(at('127.0.0.1'))), okLine);
  assert.is(await ask(createConnectors({ NODE_EXTRA_CA_CERTS: tlsFixture('ca.pem') }).direct(at('localhost'))), okLine);
  assert.is(await ask(createConnectors({ SSL_CERT_FILE: tlsFixture('ca.pem') }).direct(at('localhost'))), okLine);
  assert.match(await ask(createConnectors().direct(at('localhost'))), /UNABLE_TO_VERIFY|SELF_SIGNED|UNABLE_TO_GET_ISSUER/);
  await using wrong = await TestProxy.start();
  const throughTunnel = createConnectors(trusted).tunnel({ url: new URL(wrong.url()), authorization: null }, at('other.example'));
  assert.is(await ask(throughTunnel), 'ERR_TLS_CERT_ALTNAME_INVALID');
});

test('a TLS session is taken up again', async () => {
  await using peer = await HttpPeer.start(undefined, { isTls: true });
  const connectors = createConnectors(trusted);
  const reused: boolean[] = [];
  for (let n = 0; n < 2; n++) {
    const socket = (await open(connectors.direct(new URL(peer.url)))) as Socket & { isSessionReused(): boolean };
    socket.write('GET / HTTP/1.1\r\n\r\n');
    await once(socket, 'data');
    reused.push(socket.isSessionReused());
    socket.destroy();
    await once(socket, 'close');
  }
  assert.equal(reused, [false, true]);
});

for (const isTls of [false, true]) {
  test(`H7: a proxy ${isTls ? 'that speaks TLS ' : ''}opens a tunnel, by name, with credentials`, async () => {
    await using peer = await HttpPeer.start(undefined, { isTls: true });
    await using proxy = await TestProxy.start({ isTls, authorization: 'Basic x' });
    const url = new URL(`https://svc.example:${peer.port}`);
    const via = { url: new URL(proxy.url()), authorization: 'Basic x' };
    assert.is(await ask(createConnectors(trusted).tunnel(via, url)), okLine);
    assert.equal(proxy.seen, [`CONNECT svc.example:${peer.port} svc.example:${peer.port} Basic x`]);
    assert.is(await ask(createConnectors(trusted).tunnel({ ...via, authorization: null }, url)), 'ERR_PROXY');
  });
}

test('a proxy that is not there, or cannot reach the server, is a failure', async () => {
  await using proxy = await TestProxy.start();
  const url = new URL('https://127.0.0.1:1');
  assert.is(await ask(createConnectors().tunnel({ url: new URL(proxy.url()), authorization: null }, url)), 'ECONNRESET');
  assert.is(await ask(createConnectors().tunnel({ url, authorization: null }, url)), 'ECONNREFUSED');
  assert.is(await ask(createConnectors().toProxy({ url: new URL('http://127.0.0.1:1'), authorization: null })), 'ECONNREFUSED');
});

test('H5: what is being made is ended at once, at every stage', async () => {
  await using silent = await HttpPeer.start([() => undefined]);
  const [plain, secure] = [new URL(silent.url), new URL(silent.url.replace('http:', 'https:'))];
  const connectors = createConnectors(trusted);
  const ways = [
    connectors.direct(secure),
    connectors.tunnel({ url: plain, authorization: null }, secure),
    connectors.tunnel({ url: secure, authorization: null }, secure),
  ];
  let successes = 0;
  const done = (error: Error | null): void => void (error === null && successes++);
  for (const [at, connect] of ways.entries()) {
    connect(done)();
    const end = connect(done);
    await silent.until(() => silent.sockets.size > 0);
    end();
    await silent.until(() => silent.sockets.size === 0);
    assert.ok(silent.connections > at);
  }
  assert.is(successes, 0);
});

test('a port that is not named is that of the scheme', () => {
  assert.equal(
    ['http://h', 'https://h', 'http://h:443', 'https://h:80'].map((url) => portOf(new URL(url))),
    [80, 443, 443, 80],
  );
});
