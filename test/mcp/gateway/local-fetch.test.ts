import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import * as assert from 'uvu/assert';
import { createLocalFetch } from '#mcp/gateway/local-fetch.js';
import { suite } from '../../harness/test.js';

const test = suite('mcp local fetch');

test('A2.6: cookies that an upstream sets are not sent back, and closing ends what is under way', async () => {
  const heard: (string | undefined)[] = [];
  const server = createServer((request, response) => {
    heard.push(request.headers.cookie);
    response.writeHead(200, { 'set-cookie': 'a=b' });
    if (request.url === '/stream') response.write('x');
    else response.end('ok');
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const local = createLocalFetch();
  for (let i = 0; i < 2; i++) assert.is(await (await local.fetch(url)).text(), 'ok');
  assert.equal(heard, [undefined, undefined]);
  const stream = (await local.fetch(`${url}/stream`)).text().catch((error: unknown) => error);
  await local.close();
  assert.instance(await stream, Error);
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
});
