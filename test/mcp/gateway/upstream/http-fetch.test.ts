import type { ServerResponse } from 'node:http';
import * as assert from 'uvu/assert';
import { GatewayHost } from '../../../harness/mcp-gateway.js';
import { type HttpAnswer, McpHttpServer, sendEvents, sendJson } from '../../../harness/mcp-http-server.js';
import { suite } from '../../../harness/test.js';

const test = suite('mcp gateway http upstream, when it goes wrong');
const event = (message: unknown, id?: string): string => `${id === undefined ? '' : `id: ${id}\n`}data: ${JSON.stringify(message)}\n\n`;
const resultFor = (id: unknown, text = 'ok') => ({ jsonrpc: '2.0', id, result: { content: [{ type: 'text', text }] } });

/** A gateway with one HTTP upstream, and a session. */
async function withUpstream(
  answer: HttpAnswer,
  body: (host: GatewayHost, upstream: McpHttpServer) => Promise<void>,
  more: Readonly<Record<string, unknown>> = {},
) {
  await using upstream = await McpHttpServer.start(answer);
  await using host = await GatewayHost.start({ limits: { mcpRestartDelayMs: 20, mcpRetryMs: 20 } });
  const registered = await host.rest('POST', '', { name: 'web', transport: 'http', url: upstream.url, ...more });
  assert.is(registered.status, 201, registered.text);
  await body(host, upstream);
}

test('A8: errors over HTTP: a JSON-RPC body, text, HTML, a redirect elsewhere, an answer that is too large', async () => {
  const kinds: Readonly<Record<string, (response: ServerResponse, id: unknown) => void>> = {
    rpc: (response, id) => sendJson(response, { jsonrpc: '2.0', id, error: { code: -5, message: 'own', data: 1 } }, {}, 400),
    nullId: (response) => sendJson(response, { jsonrpc: '2.0', id: null, error: { code: -6, message: 'whole' } }, {}, 400),
    text: (response) => response.writeHead(500, { 'content-type': 'text/plain' }).end(`broken ${'x'.repeat(100_000)}`),
    html: (response) => response.writeHead(200, { 'content-type': 'text/html' }).end('<p>hello</p>'),
    redirect: (response) => response.writeHead(307, { location: 'http://localhost:1/elsewhere' }).end(),
    large: (response, id) => sendJson(response, resultFor(id, 'x'.repeat(17 * 1024 * 1024))),
    otherId: (response) => sendJson(response, resultFor(99)),
  };
  await withUpstream(
    ({ json }, response) => {
      if (json.method !== 'tools/call') return false;
      kinds[String(json.params?.['arguments'])]?.(response, json.id);
      return true;
    },
    async (host) => {
      const session = await host.session();
      assert.equal((await session.callTool('echo', 'rpc')).error, { code: -5, message: 'own', data: 1 });
      assert.is((await session.callTool('echo', 'nullId')).error?.code, -6);
      const text = (await session.callTool('echo', 'text')).error?.message ?? '';
      assert.match(text, /web.*HTTP 500: broken x/);
      assert.ok(text.length < 9_000);
      assert.match((await session.callTool('echo', 'html')).error?.message ?? '', /text\/html/);
      assert.match((await session.callTool('echo', 'redirect')).error?.message ?? '', /redirect/);
      assert.match((await session.callTool('echo', 'large')).error?.message ?? '', /larger than/);
      assert.match((await session.callTool('echo', 'otherId')).error?.message ?? '', /id 99/);
    },
  );
});

test('A8: a redirect within the origin is followed', async () => {
  await withUpstream(
    ({ json }, response) => {
      if (json.method !== 'tools/call' || json.params?.['arguments'] !== 'once') return false;
      json.params['arguments'] = 'then';
      response.writeHead(307, { location: '/mcp?again' }).end();
      return true;
    },
    async (host, upstream) => {
      const session = await host.session();
      const first = await session.callTool('echo', 'once').catch(() => null);
      assert.ok(first);
      assert.ok(upstream.heardOf('tools/call').length > 1);
    },
  );
});

test('A7.5: a question on the stream of a call goes to the caller of that call, though others are busy', async () => {
  const answers: string[] = [];
  await withUpstream(
    ({ json, text }, response) => {
      if (json.method === undefined && json.result) {
        answers.push(text);
        return false;
      }
      if (json.method !== 'tools/call') return false;
      sendEvents(response, event({ jsonrpc: '2.0', id: `q-${String(json.params?.['arguments'])}`, method: 'roots/list' }));
      setTimeout(() => response.end(event(resultFor(json.id))), 300);
      return true;
    },
    async (host) => {
      const sessions = [await host.session({ capabilities: { roots: {} } }), await host.session({ capabilities: { roots: {} } })];
      const calls = await Promise.all(sessions.map((session, n) => session.begin('tools/call', { name: 'echo', arguments: n })));
      for (const [n, call] of calls.entries()) {
        const question = await call.find(({ method }) => method === 'roots/list');
        await sessions[n]?.post({ jsonrpc: '2.0', id: question.json.id, result: { roots: [], n } });
      }
      await Promise.all(calls.map((call) => call.ended()));
      assert.equal(
        answers
          .map((text) => JSON.parse(text) as { id: string; result: { n: number } })
          .map(({ id, result }) => [id, result.n])
          .toSorted(([, one], [, other]) => Number(one) - Number(other)),
        [
          ['q-0', 0],
          ['q-1', 1],
        ],
      );
    },
  );
});

test('A8: messages on the general stream of an upstream arrive, also after it broke', async () => {
  const streams: ServerResponse[] = [];
  await withUpstream(
    ({ method }, response) => {
      if (method !== 'GET') return false;
      streams.push(response);
      sendEvents(response, ': open\n\n');
      return true;
    },
    async (host) => {
      while (streams.length < 1) await new Promise((resolve) => setTimeout(resolve, 10));
      const session = await host.session();
      const stream = await session.listen();
      streams[0]?.write(event({ jsonrpc: '2.0', method: 'notifications/tools/list_changed' }));
      await stream.find(({ method }) => method === 'notifications/tools/list_changed');
      streams[0]?.destroy();
      while (streams.length < 2) await new Promise((resolve) => setTimeout(resolve, 10));
      stream.cut();
    },
  );
});

test('A7.2: numbers of an HTTP upstream are exact, also in several lines', async () => {
  await withUpstream(
    ({ json }, response) => {
      if (json.method !== 'tools/call') return false;
      sendJson(response, `{\n "jsonrpc": "2.0",\r\n "id": ${String(json.id)},\n "result": {"n": 9007199254740993,\n "content": []}\n}`);
      return true;
    },
    async (host) => {
      const session = await host.session();
      const answer = await (await session.begin('tools/call', { name: 'echo' })).ended();
      assert.ok(answer.body.includes('"n": 9007199254740993'));
      assert.not.match(answer.body, /\n/);
      const stream = await (await session.begin('tools/call', { name: 'echo' }, { accept: 'text/event-stream' })).ended();
      assert.ok(stream.messages[0]?.text.includes('9007199254740993'));
    },
  );
});
