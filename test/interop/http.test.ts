import * as assert from 'uvu/assert';
import { headers, requestParams } from '../harness/http-asking.js';
import { HttpPeer, ok, tlsFixture } from '../harness/http-peer.js';
import { TestProxy } from '../harness/http-proxy.js';
import { suite } from '../harness/test.js';
import { WireClient } from '../harness/wire-client.js';
import { account, type HttpCase } from './http-account.js';
import { redirectCases, refusalCases, requestCases, responseCases } from './http-cases.js';
import { type Server, servers } from './servers.js';

const test = suite('HTTP on both servers');

const [ours, reference] = servers as readonly [Server, Server];
const options = { skip: reference.skip, timeoutMs: 120_000 };

/** What each of the two makes of something, one after the other. */
async function compare<Result>(
  make: (client: WireClient) => Promise<Result>,
  variables: Readonly<Record<string, string>> = {},
): Promise<readonly [Result, Result]> {
  const results: Result[] = [];
  for (const { start } of [ours, reference]) {
    await using server = await start(variables);
    await using client = await WireClient.open(server.url);
    await client.handshake();
    results.push(await make(client));
  }
  return results as unknown as readonly [Result, Result];
}

/** Holds what the two make of each case against each other. */
function compareCases(cases: Readonly<Record<string, HttpCase>>, isStreamed: boolean): () => Promise<void> {
  return async () => {
    const [here, there] = await compare(async (client) => {
      const accounts: Record<string, readonly string[]> = {};
      for (const [title, given] of Object.entries(cases)) accounts[title] = await account(client, given, isStreamed);
      return accounts;
    });
    for (const [title, { differs }] of Object.entries(cases)) {
      if (differs && !isStreamed) assert.equal(here[title], differs, title);
      if (differs) assert.not.equal(here[title], there[title], `${title}: there is no difference`);
      else assert.equal(here[title], there[title], title);
    }
  };
}

test('requests go out as those of the reference do', compareCases(requestCases, false), options);
test('requests are refused as there', compareCases(refusalCases, false), options);
test('responses are answered as there', compareCases(responseCases, false), options);
test('responses are streamed as there', compareCases(responseCases, true), options);
test('redirects lead as there', compareCases(redirectCases, false), options);
test('redirects of streams lead as there', compareCases(redirectCases, true), options);

/** Status and text of responses, or code and words of errors. */
async function fetchAll(client: WireClient, urls: readonly string[], more = {}): Promise<readonly string[]> {
  const lines: string[] = [];
  for (const url of urls) {
    const { result, error } = await client.request('http/request', requestParams(url, more));
    const { status, bodyBase64 } = (result ?? {}) as { status?: number; bodyBase64?: string };
    lines.push(error ? `${error.code} ${error.message}` : `${status} ${Buffer.from(bodyBase64 ?? '', 'base64').toString()}`);
  }
  return lines;
}

/** Ways to name proxies; `PROXY` stands for the address of one. */
const proxies: readonly Readonly<Record<string, string>>[] = [
  { HTTP_PROXY: 'http://PROXY' },
  { http_proxy: 'http://PROXY' },
  { HTTP_PROXY: 'http://PROXY', http_proxy: 'http://127.0.0.1:1' },
  { HTTP_PROXY: 'http://127.0.0.1:1', http_proxy: 'http://PROXY' },
  { ALL_PROXY: 'http://PROXY' },
  { all_proxy: 'PROXY' },
  { HTTPS_PROXY: 'http://PROXY' },
  { HTTP_PROXY: 'http://us%20er:p%40@PROXY/path?x' },
  { HTTP_PROXY: '::::' },
  { HTTP_PROXY: '' },
  { HTTP_PROXY: 'ftp://PROXY' },
  { HTTP_PROXY: 'http://PROXY', REQUEST_METHOD: 'GET' },
  { HTTP_PROXY: 'http://PROXY', NO_PROXY: '127.0.0.1' },
  { HTTP_PROXY: 'http://PROXY', NO_PROXY: ' localhost , 127.0.0.0/8' },
  { HTTP_PROXY: 'http://PROXY', NO_PROXY: '10.0.0.0/8,.localhost' },
  { HTTP_PROXY: 'http://PROXY', NO_PROXY: 'ocalhost,0.0.1' },
  { HTTP_PROXY: 'http://PROXY', no_proxy: 'LOCALHOST' },
  { HTTP_PROXY: 'http://PROXY', NO_PROXY: '', no_proxy: '127.0.0.1' },
];

for (const variables of proxies) {
  test(
    `H7: proxies are found as there: ${JSON.stringify(variables)}`,
    async () => {
      await using proxy = await TestProxy.start();
      await using peer = await HttpPeer.start([ok]);
      const address = proxy.url().replace('http://', '');
      const given = Object.fromEntries(Object.entries(variables).map(([name, value]) => [name, value.replace('PROXY', address)]));
      const urls = [`${peer.url}/a?b`, `http://localhost:${peer.port}/c`];
      const [here, there] = await compare(async (client) => [await fetchAll(client, urls), proxy.seen.splice(0)], given);
      assert.equal(here, there);
    },
    options,
  );
}

test(
  'H7: the name a tunnel is asked for, and the credentials, are those of the reference',
  async () => {
    await using proxy = await TestProxy.start();
    const variables = { HTTPS_PROXY: proxy.url('u:p'), CODEX_CA_CERTIFICATE: tlsFixture('ca.pem') };
    const seen: string[][] = [];
    await using peer = await HttpPeer.start([ok], { isTls: true });
    const urls = [`https://svc.example:${peer.port}/x`, `https://127.0.0.1:${peer.port}/`];
    const [here, there] = await compare(async (client) => {
      const lines = await fetchAll(client, urls, { headers: headers(['Proxy-Authorization', 'mine']) });
      seen.push(proxy.seen.splice(0));
      return lines;
    }, variables);
    assert.equal(here, there);
    assert.equal(here, ['200 ok', '200 ok']);
    assert.equal(seen[0], seen[1]);
  },
  options,
);

const certificates: readonly Readonly<Record<string, string>>[] = [
  { SSL_CERT_FILE: '' },
  { CODEX_CA_CERTIFICATE: tlsFixture('ca.pem') },
  { SSL_CERT_FILE: tlsFixture('ca.pem') },
  { CODEX_CA_CERTIFICATE: '', SSL_CERT_FILE: tlsFixture('ca.pem') },
  { CODEX_CA_CERTIFICATE: '/nonexistent', SSL_CERT_FILE: tlsFixture('ca.pem') },
  { CODEX_CA_CERTIFICATE: tlsFixture('server.key') },
  { CODEX_CA_CERTIFICATE: '/' },
  { SSL_CERT_FILE: '/dev/null' },
];

for (const variables of certificates) {
  test(
    `H7: servers are trusted as there: ${JSON.stringify(variables).replaceAll(tlsFixture('ca.pem').slice(0, -6), '')}`,
    async () => {
      await using secure = await HttpPeer.start([ok], { isTls: true });
      await using peer = await HttpPeer.start([ok]);
      const urls = [`https://localhost:${secure.port}/`, `https://127.0.0.1:${secure.port}/`, peer.url];
      const [here, there] = await compare((client) => fetchAll(client, urls), variables);
      assert.equal(here, there);
    },
    options,
  );
}

test(
  'variables of the server become headers, and are refused, as there',
  async () => {
    await using peer = await HttpPeer.start([ok]);
    const variables = { TOKEN: 'secret', EMPTY: '', OPENAI_API_KEY: 'key', codex_api_key: 'key' };
    const [here, there] = await compare(async (client) => {
      const lines: string[] = [];
      for (const valueEnvVar of [
        'TOKEN',
        'EMPTY',
        'NONE',
        '',
        'OPENAI_API_KEY',
        'openai_api_key',
        'codex_api_key',
        'AWS_SESSION_TOKEN',
        'A B',
        null,
      ]) {
        lines.push(...(await fetchAll(client, [peer.url], { headers: [{ name: 'X-Y', value: 'pre-', valueEnvVar }] })));
      }
      const sent = peer.requests.splice(0).map((request) => request.headers.find((header) => header.startsWith('x-y')));
      return [...lines, ...sent];
    }, variables);
    assert.equal(here, there);
  },
  options,
);

test(
  'H4: ids are taken and free as there',
  async () => {
    const [here, there] = await compare(async (client) => {
      await using peer = await HttpPeer.start(['HTTP/1.1 200 OK\r\n\r\nabc', ok]);
      const streamed = { streamResponse: true, requestId: 'g' };
      const lines = [
        ...(await fetchAll(client, [peer.url, peer.url, 'x'], streamed)),
        ...(await fetchAll(client, [peer.url], { requestId: 'g' })),
      ];
      for (const socket of peer.sockets) socket.end();
      await client.find(({ params }) => params?.['done'] === true);
      lines.push(...(await fetchAll(client, ['http://127.0.0.1:1/', peer.url], streamed)));
      return lines;
    });
    assert.equal(here, there);
  },
  options,
);

test(
  'H5: exchanges end at their servers when the connection goes, as there',
  async () => {
    for (const { start } of [ours, reference]) {
      await using server = await start();
      await using peer = await HttpPeer.start(['HTTP/1.1 200 OK\r\n\r\nabc', () => undefined]);
      await using client = await WireClient.open(server.url);
      await client.handshake();
      await fetchAll(client, [peer.url], { streamResponse: true });
      client.send({ id: 'silent', method: 'http/request', params: requestParams(peer.url) });
      await peer.until(() => peer.requests.length === 2);
      await client.close();
      await peer.until(() => peer.sockets.size === 0);
    }
  },
  options,
);
