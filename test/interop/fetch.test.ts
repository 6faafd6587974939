import { createHash, randomBytes } from 'node:crypto';
import type { RequestListener } from 'node:http';
import { gzipSync } from 'node:zlib';
import { connect, createExecutorFetch, DisconnectedError, ExecClient, OutcomeUnknownError } from '@exec-server/client';
import { FaultProxy } from 'exec-server/testing';
import * as assert from 'uvu/assert';
import { failure } from '../harness/failure.js';
import { suite } from '../harness/test.js';
import { byPath, describeRequest, type DescribedRequest, readBody, startOrigin, type WebOrigin } from '../harness/web-origin.js';
import { servers } from './servers.js';

const test = suite('fetch on servers');

const text = 'some text, and some more '.repeat(400);

/** Says hello and goes on without end, until it is hung up. */
const endless: RequestListener = (_, response) => {
  response.writeHead(200, { 'content-type': 'text/event-stream' });
  response.write('data: 0\n\n');
};

const paths = byPath({
  '/echo': (request, response) =>
    void readBody(request).then((body) => response.writeHead(200, { 'x-length': request.headers['content-length'] ?? 'none' }).end(body)),
  '/describe': (request, response) => void describeRequest(request, response),
  '/cookies': (_, response) => response.writeHead(200, [['set-cookie', 'a=1; Path=/'], ['x-a', '1'], ['set-cookie', 'b=2, c'], ['x-a', '2']].flat()).end('ok'), // prettier-ignore
  '/moved': (_, response) => response.writeHead(302, { location: '/describe?from=moved#part' }).end('it is elsewhere'),
  '/kept': (_, response) => response.writeHead(307, { location: '/describe' }).end(),
  '/round': (_, response) => response.writeHead(302, { location: '/round' }).end(),
  '/to-ftp': (_, response) => response.writeHead(302, { location: 'ftp://127.0.0.1/' }).end(),
  '/gzip': (_, response) => response.writeHead(200, { 'content-encoding': 'gzip' }).end(gzipSync(text)),
  '/no-content': (_, response) => response.writeHead(204).end(),
  '/not-modified': (_, response) => response.writeHead(304).end(),
  '/half': (_, response) => {
    response.writeHead(200, { 'content-length': '100' });
    response.write('a beginning');
    setImmediate(() => response.destroy());
  },
  '/hang-up': (_, response) => response.destroy(),
  '/never': () => undefined,
  '/endless': endless,
});

const startPaths = (): Promise<WebOrigin> => startOrigin(paths);

/** What a program sees of a response. */
async function look(asked: Promise<Response>, origin: string): Promise<unknown> {
  try {
    const response = await asked;
    const { status, ok, url, redirected, type } = response;
    const headers = [...response.headers].filter(([name]) => !['date', 'connection', 'keep-alive'].includes(name));
    let body: string;
    try {
      body = await response.text();
    } catch (error) {
      body = `${(error as Error).name}: ${(error as Error).message}`;
    }
    // The platform's own fetch tells of itself in more headers.
    if (body.startsWith('{')) body = body.replace(/"headers":\{.*?\},/, '');
    const length = headers.find(([name]) => name === 'content-length');
    if (length && body.startsWith('{')) headers.splice(headers.indexOf(length), 1);
    return { status, ok, url: url.replace(origin, ''), redirected, type, headers, body };
  } catch (error) {
    return { name: (error as Error).name, isTypeError: error instanceof TypeError, message: (error as Error).message };
  }
}

const requests: Readonly<Record<string, readonly [path: string, init?: () => RequestInit]>> = {
  'a GET': ['/describe?a=1#part'],
  'a HEAD': ['/echo', () => ({ method: 'head' })],
  'a DELETE': ['/describe', () => ({ method: 'DELETE' })],
  'a POST of text': ['/echo', () => ({ method: 'POST', body: text })],
  'a POST of bytes': ['/echo', () => ({ method: 'POST', body: new Uint8Array([97, 98]) })],
  'a POST of a form': ['/echo', () => ({ method: 'POST', body: new URLSearchParams({ a: 'ü b' }) })],
  'a POST of a blob': ['/echo', () => ({ method: 'POST', body: new Blob(['blob'], { type: 'text/plain' }) })],
  'an empty POST': ['/echo', () => ({ method: 'POST', body: '' })],
  'a status of failure': ['/nowhere'],
  'repeated headers': ['/cookies'],
  'a redirect': ['/moved'],
  'a redirect of a POST': ['/moved', () => ({ method: 'POST', body: 'x' })],
  'a redirect that keeps the body': ['/kept', () => ({ method: 'POST', body: 'kept' })],
  'a redirect that is looked at': ['/moved', () => ({ redirect: 'manual' })],
  'a redirect that is an error': ['/moved', () => ({ redirect: 'error' })],
  'redirects without end': ['/round'],
  'a redirect to another scheme': ['/to-ftp'],
  'compressed content': ['/gzip'],
  'no content': ['/no-content'],
  'nothing new': ['/not-modified'],
  'a body cut short': ['/half'],
  'no response at all': ['/hang-up'],
  'a signal that has aborted': ['/describe', () => ({ signal: AbortSignal.abort() })],
  'a method that is none': ['/describe', () => ({ method: 'a b' })],
  'a GET with a body': ['/describe', () => ({ body: 'x' })],
};

const hash = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');

for (const { name, skip, start } of servers) {
  test(
    `${name}: a program sees the same as with the fetch of its platform`,
    async () => {
      await using server = await start();
      await using client = await connect(server.url);
      await using origin = await startPaths();
      const fetchThere = createExecutorFetch(client);
      for (const [what, [path, init]] of Object.entries(requests)) {
        const there = await look(fetchThere(origin.url + path, init?.()), origin.url);
        assert.equal(there, await look(fetch(origin.url + path, init?.()), origin.url), what);
      }
      const there = (await (
        await fetchThere(`${origin.url}/describe`, { headers: { cookie: 'a=1', 'X-Own': 'b' } })
      ).json()) as DescribedRequest;
      assert.equal([there.headers['cookie'], there.headers['x-own'], there.headers['accept']], ['a=1', 'b', '*/*']);
      assert.equal((await fetchThere(`${origin.url}/cookies`)).headers.getSetCookie(), ['a=1; Path=/', 'b=2, c']);
      const input = new Request(`${origin.url}/echo`, { method: 'PUT', body: 'of a Request' });
      assert.is(await (await fetchThere(input)).text(), 'of a Request');
      assert.ok(input.bodyUsed);
      const unknown = await failure(fetchThere('http://no-such-host.invalid/'), TypeError);
      assert.is(unknown.message, 'fetch failed');
      assert.equal(client.inspect().httpExchanges, []);
    },
    { skip, timeoutMs: 60_000 },
  );

  test(
    `${name}: bodies of every size go both ways, in streams`,
    async () => {
      await using server = await start();
      await using client = await connect(server.url);
      await using origin = await startPaths();
      const fetchThere = createExecutorFetch(client);
      for (const size of [0, 1, 65_536, 1_048_576, 1_048_577, 9_000_000]) {
        const bytes = randomBytes(size);
        const asBytes = await fetchThere(`${origin.url}/echo`, { method: 'POST', body: new Uint8Array(bytes) });
        assert.is(asBytes.headers.get('x-length'), String(size), `${size} bytes`);
        assert.ok(Buffer.from(await asBytes.arrayBuffer()).equals(bytes), `${size} bytes`);
        const stream = new Blob([bytes]).stream();
        const asStream = await fetchThere(`${origin.url}/echo`, { method: 'POST', body: stream, duplex: 'half' });
        assert.ok(Buffer.from(await asStream.arrayBuffer()).equals(bytes), `${size} bytes in a stream`);
      }
    },
    { skip, timeoutMs: 120_000 },
  );

  test(
    `${name}: 64 downloads at a time arrive complete, each its own`,
    async () => {
      await using server = await start();
      await using client = await connect(server.url);
      const files = Array.from({ length: 64 }, () => randomBytes(Math.floor(Math.random() ** 3 * 4_000_000)));
      await using origin = await startOrigin((request, response) => response.end(files[Number(request.url?.slice(1))]));
      const fetchThere = createExecutorFetch(client);
      const signal = new AbortController().signal;
      const there = await Promise.all(
        files.map(async (_, index) => hash(new Uint8Array(await (await fetchThere(`${origin.url}/${index}`, { signal })).arrayBuffer()))),
      );
      assert.equal(there, files.map(hash));
    },
    { skip, timeoutMs: 120_000 },
  );

  test(
    `${name}: an event stream goes on over a line that stalls, without a lost or doubled event`,
    async () => {
      await using server = await start();
      await using proxy = await FaultProxy.start(server.url);
      await using client = await connect(proxy.url);
      let say!: (event: number) => void;
      await using origin = await startOrigin((_, response) => {
        response.writeHead(200, { 'content-type': 'text/event-stream' });
        say = (event) => response.write(`data: ${event}\n\n`);
        say(0);
      });
      const { body } = await createExecutorFetch(client)(origin.url);
      const reader = (body as ReadableStream<Uint8Array>).getReader();
      let heard = '';
      const hear = async (last: number): Promise<void> => {
        while (!heard.endsWith(`data: ${last}\n\n`)) heard += Buffer.from((await reader.read()).value ?? []).toString();
      };
      await hear(0);
      for (let round = 0; round < 5; round++) {
        proxy.stall('toClient');
        for (let event = 1; event <= 100; event++) say(round * 100 + event);
        const hearing = hear((round + 1) * 100);
        await new Promise((resolve) => setTimeout(resolve, 50));
        proxy.resume('toClient');
        await hearing;
      }
      assert.is(heard, Array.from({ length: 501 }, (_, event) => `data: ${event}\n\n`).join(''));
      await reader.cancel();
    },
    { skip },
  );

  test(
    `${name}: P5, T3, T4: a lost line fails what is under way at once, closes it upstream, and is not retried`,
    async () => {
      await using server = await start();
      await using proxy = await FaultProxy.start(server.url);
      await using client = await connect(proxy.url);
      await using origin = await startPaths();
      const fetchThere = createExecutorFetch(client);
      const reader = ((await fetchThere(`${origin.url}/endless`)).body as ReadableStream<Uint8Array>).getReader();
      const waiting = failure(fetchThere(`${origin.url}/never`, { method: 'POST', body: 'once' }), TypeError);
      assert.is(Buffer.from((await reader.read()).value ?? []).toString(), 'data: 0\n\n');
      const read = failure(reader.read(), TypeError);
      await origin.until(() => origin.asked.length === 2);
      proxy.cut();
      assert.instance((await waiting).cause, OutcomeUnknownError);
      const terminated = await read;
      assert.equal([terminated.message, terminated.cause instanceof DisconnectedError], ['terminated', true]);
      await origin.until(() => origin.broken.length === 2);
      assert.is(await (await fetchThere(`${origin.url}/echo`, { method: 'POST', body: 'again' })).text(), 'again');
      assert.equal(origin.asked.toSorted(), ['GET /endless', 'POST /echo', 'POST /never']);
    },
    { skip },
  );

  test(
    `${name}: what is given up is closed upstream where the server can, and disturbs nothing where it cannot`,
    async () => {
      await using server = await start();
      await using client = await connect(server.url);
      await using origin = await startPaths();
      const fetchThere = createExecutorFetch(client);
      const controller = new AbortController();
      const { signal } = controller;
      const reading = failure((await fetchThere(`${origin.url}/endless?aborted`, { signal })).text(), Error);
      const cancelled = await fetchThere(`${origin.url}/endless?cancelled`);
      // The reference waits for a head before it looks at the next request, unless told otherwise.
      const waiting = client.supports('httpCancel') ? failure(fetchThere(`${origin.url}/never`, { signal }), Error) : reading;
      const streams = waiting === reading ? 2 : 3;
      await origin.until(() => origin.asked.length === streams);
      controller.abort();
      assert.equal([(await waiting).name, (await reading).name], ['AbortError', 'AbortError']);
      await cancelled.body?.cancel();
      if (client.supports('httpCancel')) await origin.until(() => origin.broken.length === streams);
      else assert.is(client.http.abandoned.length, streams);
      assert.is(await (await fetchThere(`${origin.url}/echo`, { method: 'POST', body: 'on' })).text(), 'on');
      await client.close();
      await origin.until(() => origin.broken.length === streams);
    },
    { skip },
  );

  test(
    `${name}: a reader that stops holds the sender back, and loses nothing`,
    async () => {
      await using server = await start();
      await using client = await connect(server.url);
      const size = 96 * 1024 * 1024;
      let sent = 0;
      await using origin = await startOrigin((_, response) => {
        const piece = Buffer.alloc(64 * 1024, 'x');
        const pour = (): void => {
          while (sent < size) {
            sent += piece.length;
            if (!response.write(piece)) return void response.once('drain', pour);
          }
          response.end();
        };
        pour();
      });
      const { body } = await createExecutorFetch(client)(origin.url);
      const reader = (body as ReadableStream<Uint8Array>).getReader();
      let received = (await reader.read()).value?.length ?? 0;
      for (let last = -1; last !== sent;) {
        last = sent;
        await new Promise((resolve) => setTimeout(resolve, 300));
      }
      assert.ok(sent < 64 * 1024 * 1024, `${sent} bytes were taken from a sender nobody reads`);
      for (let piece = await reader.read(); !piece.done; piece = await reader.read()) received += piece.value.length;
      assert.is(received, size);
    },
    { skip, timeoutMs: 120_000 },
  );
}

test('the neutral entry has a fetch too, without brotli', async () => {
  const { createExecutorFetch: createFetch } = await import('#client/index.js');
  const [own] = servers;
  await using server = await (own as (typeof servers)[number]).start();
  await using client = await connect(server.url);
  assert.instance(client, ExecClient);
  await using origin = await startPaths();
  const there = (await (await createFetch(client)(`${origin.url}/describe`)).json()) as DescribedRequest;
  assert.is(there.headers['accept-encoding'], 'gzip, deflate');
});
