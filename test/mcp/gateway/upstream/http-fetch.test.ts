import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { once } from 'node:events';
import * as assert from 'uvu/assert';
import { fetchSameOrigin } from '#mcp/gateway/upstream/http-fetch.js';
import { GatewayHost } from '../../../harness/mcp-gateway.js';
import { McpHttpServer } from '../../../harness/mcp-http-server.js';
import { suite } from '../../../harness/test.js';

const test = suite('mcp gateway redirects of HTTP upstreams');

/** A place that notes who comes, and sends on whoever asks for `/go?status&location`. */
async function origin() {
  const heard: string[] = [];
  const server = createServer((request, response) => {
    heard.push(`${request.method ?? ''} ${request.url ?? ''} ${request.headers.authorization ?? '-'}`);
    const [, status, location] = /^\/go\?(\d+)&(.*)$/.exec(request.url ?? '') ?? [];
    request.resume();
    if (location === undefined) response.end('here');
    else response.writeHead(Number(status), { location: decodeURIComponent(location) }).end('there');
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    url,
    heard,
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
const ask = (url: string, method: 'POST' | 'GET' = 'POST') =>
  fetchSameOrigin(fetch, url, {
    method,
    headers: new Headers({ authorization: 'Bearer secret' }),
    body: method === 'POST' ? '{}' : null,
    signal: undefined,
  });

test('A8: redirects within the origin are followed, with method, body and headers; after 303 with GET', async () => {
  await using here = await origin();
  assert.is(await (await ask(`${here.url}/go?307&/next`)).text(), 'here');
  assert.is(await (await ask(`${here.url}/go?303&/next`)).text(), 'here');
  assert.is(await (await ask(`${here.url}/go?308&${encodeURIComponent(`${here.url}/absolute`)}`)).text(), 'here');
  assert.equal(
    here.heard.filter((line) => !line.includes('/go')),
    ['POST /next Bearer secret', 'GET /next Bearer secret', 'POST /absolute Bearer secret'],
  );
});

test('A8: a redirect to another origin is not followed: no host, port or scheme but the own hears anything', async () => {
  await using here = await origin();
  await using there = await origin();
  const port = new URL(here.url).port;
  for (const target of [there.url, `//localhost:${port}/`, `https://127.0.0.1:${port}/`, `http://user@127.0.0.2:${port}/`]) {
    const error = await ask(`${here.url}/go?307&${encodeURIComponent(target)}`).then(
      () => null,
      (reason: unknown) => reason as Error,
    );
    assert.match(error?.message ?? '', /leaves the origin/, target);
  }
  assert.equal(there.heard, []);
  assert.is(here.heard.length, 4);
});

test('A8: a redirect to itself ends', async () => {
  await using here = await origin();
  const loop = await ask(`${here.url}/go?307&${encodeURIComponent('/go?307&/go?307%26%2Fnext')}`).then((response) => response.text());
  assert.is(loop, 'here');
  await using circle = await McpHttpServer.start((_, response) => {
    response.writeHead(307, { location: '/again' }).end();
    return true;
  });
  const error = await ask(circle.url).then(
    () => null,
    (reason: unknown) => reason as Error,
  );
  assert.match(error?.message ?? '', /more than 5 redirects/);
  assert.is(circle.heard.length, 6);
});

test('A8: headers of an upstream do not travel elsewhere, on GET and DELETE neither', async () => {
  await using there = await origin();
  await using upstream = await McpHttpServer.start(({ method }, response) => {
    if (method === 'POST') return false;
    response.writeHead(307, { location: there.url }).end();
    return true;
  });
  await using host = await GatewayHost.start();
  const headers = { authorization: 'Bearer secret' };
  const added = await host.rest('POST', '', { name: 'web', transport: 'http', url: upstream.url, headers });
  assert.is(added.status, 201);
  await host.rest('DELETE', '/web');
  assert.is(upstream.heardOf('DELETE').length, 1);
  assert.equal(there.heard, []);
});
