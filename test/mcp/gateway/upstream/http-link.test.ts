import type { ServerResponse } from 'node:http';
import * as assert from 'uvu/assert';
import { event, resultFor, withUpstream } from '../../../harness/http-upstream.js';
import { GatewayHost } from '../../../harness/mcp-gateway.js';
import { McpHttpServer, sendEvents } from '../../../harness/mcp-http-server.js';
import { suite } from '../../../harness/test.js';

const test = suite('mcp gateway http upstream');
const isPong = ({ text }: { readonly text: string }): boolean => text.includes('"result":{}');

test('A8: posts say what they accept, the session, the revision and the configured headers; nothing of the caller', async () => {
  const headers = { authorization: 'Bearer theirs', 'x-own': 'o' };
  await withUpstream(
    () => false,
    async (host, upstream) => {
      const session = await host.session({ headers: { cookie: 'c=1', 'x-caller': 'me' } });
      await session.callTool('echo');
      await host.rest('DELETE', '/web');
      for (const { headers: heard } of upstream.heard) {
        assert.is(heard.authorization, 'Bearer theirs');
        assert.is(heard['x-own'], 'o');
        assert.is(heard.cookie, undefined);
        assert.is(heard['x-caller'], undefined);
      }
      const call = upstream.heardOf('tools/call')[0]?.headers;
      assert.is(call?.accept, 'application/json, text/event-stream');
      assert.is(call?.['content-type'], 'application/json');
      assert.is(call?.['mcp-session-id'], 'session-1');
      assert.is(call?.['mcp-protocol-version'], '2025-11-25');
      const [, get] = [upstream.heardOf('initialize')[0], upstream.heardOf('GET')[0]];
      assert.is(get?.headers['mcp-session-id'], 'session-1');
      assert.is(upstream.heardOf('DELETE')[0]?.headers['mcp-session-id'], 'session-1');
      const after = upstream.heard.slice(upstream.heard.findIndex(({ json }) => json.method === 'initialize') + 1);
      assert.ok(after.length > 4);
      for (const { headers: heard } of after) assert.is(heard['mcp-protocol-version'], '2025-11-25');
    },
    { headers },
  );
});

test('A4.2: `auto` asks the modern way first and falls back; `legacy` does not ask', async () => {
  await withUpstream(
    () => false,
    async (_, upstream) => assert.is(upstream.heard[0]?.json.method, 'server/discover'),
  );
  await withUpstream(
    () => false,
    async (_, upstream) => assert.is(upstream.heard[0]?.json.method, 'initialize'),
    { protocol: 'legacy' },
  );
});

test('A7.3: on an event stream what comes before the answer is read past; an answer with another id is left out', async () => {
  await withUpstream(
    ({ json }, response) => {
      if (json.method !== 'tools/call') return false;
      sendEvents(
        response,
        ': comment\r\n\r\n',
        `event: other\ndata: {"jsonrpc":"2.0","id":${String(json.id)},"result":{"wrong":1}}\n\n`,
        event({ jsonrpc: '2.0', id: json.id, method: 'ping' }),
        event(resultFor('other')),
        event({ jsonrpc: '2.0', method: 'notifications/message', params: { level: 'info', data: 'mine' } }),
        `data: {"jsonrpc":"2.0",\ndata:"id":${String(json.id)},"result":{"content":[]}}\n\n`,
      );
      return true; // the stream stays open
    },
    async (host, upstream) => {
      const session = await host.session();
      const answer = await (await session.begin('tools/call', { name: 'echo' })).ended();
      assert.equal(
        answer.messages.map(({ json }) => json.method ?? json.result),
        ['notifications/message', { content: [] }],
      );
      while (!upstream.heard.some(isPong)) await new Promise((resolve) => setTimeout(resolve, 10));
      assert.is(upstream.heard.filter(isPong).length, 1, 'its ping was answered');
    },
  );
});

test('A8: an event stream is read wherever its bytes are cut, with every kind of line end', async () => {
  await withUpstream(
    async ({ json }, response) => {
      if (json.method !== 'tools/call') return false;
      sendEvents(response);
      const end = ['\n', '\r\n', '\r'][Number(json.params?.['arguments'])] ?? '\n';
      const bytes = Buffer.from(`\uFEFFretry: 10${end}id: 1${end}data:${JSON.stringify(resultFor(json.id, 'zäh €😀'))}${end}${end}:${end}`);
      for (const byte of bytes) {
        response.write(Buffer.from([byte]));
        await new Promise((resolve) => setImmediate(resolve));
      }
      response.end();
      return true;
    },
    async (host) => {
      const session = await host.session();
      for (const lineEnd of [0, 1, 2]) assert.is(await session.toolText('echo', lineEnd), 'zäh €😀');
    },
  );
});

test('A4.8: a lost session is made anew once, by one for all, and the calls are sent again', async () => {
  let isLost = false;
  await withUpstream(
    ({ json, method, headers }, response) => {
      if (json.method === 'initialize') isLost = false;
      else if (
        isLost ||
        (method === 'POST' &&
          json.method === 'tools/call' &&
          headers['mcp-session-id'] !== 'session-2' &&
          json.params?.['arguments'] === 'many')
      ) {
        response.writeHead(404).end();
        return true;
      }
      return false;
    },
    async (host, upstream) => {
      const session = await host.session();
      upstream.sessionId = 'session-2';
      const calls = await Promise.all(Array.from({ length: 30 }, () => session.toolText('echo', 'many')));
      assert.is(calls.length, 30);
      assert.is(upstream.heardOf('initialize').length, 2);
      isLost = true;
      upstream.sessionId = 'session-3';
      assert.match(await session.toolText('echo'), /echo/);
      assert.is(upstream.heardOf('initialize').length, 3);
    },
    { protocol: 'legacy' },
  );
});

test('A4.8: a call whose connection breaks is not sent a second time', async () => {
  await withUpstream(
    ({ json }, response) => {
      if (json.method !== 'tools/call') return false;
      response.socket?.destroy();
      return true;
    },
    async (host, upstream) => {
      const session = await host.session();
      assert.match((await session.callTool('echo')).error?.message ?? '', /web/);
      assert.is(upstream.heardOf('tools/call').length, 1);
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

test('A4.8: a renewal that fails is tried again with the next request', async () => {
  let state: 'fine' | 'lost' | 'down' = 'fine';
  await withUpstream(
    ({ json, headers }, response) => {
      if (state === 'down' || (state === 'lost' && headers['mcp-session-id'] === 'session-1')) {
        response.writeHead(404).end();
        return true;
      }
      return json.method === 'initialize' ? false : undefined;
    },
    async (host, upstream) => {
      const session = await host.session();
      state = 'down';
      assert.ok((await session.callTool('echo')).error);
      assert.ok((await session.callTool('echo')).error);
      state = 'lost';
      upstream.sessionId = 'session-2';
      assert.match(await session.toolText('echo'), /echo/);
      assert.is(upstream.heardOf('tools/call').at(-1)?.headers['mcp-session-id'], 'session-2');
    },
    { protocol: 'legacy' },
  );
});

test('A8: notifications and answers are 202 or 204, and an error to one fails nothing else', async () => {
  let status = 204;
  await withUpstream(
    ({ json, method }, response) => {
      if (method !== 'POST' || json.id !== undefined) return false;
      response.writeHead(status).end();
      return true;
    },
    async (host) => {
      status = 500;
      const session = await host.session({ capabilities: { roots: { listChanged: true } } });
      await session.toolText('echo');
      await session.notify('notifications/roots/list_changed');
      while (!host.log.some(({ level, message }) => level === 'warn' && message.includes('notification')))
        await new Promise((resolve) => setTimeout(resolve, 10));
      assert.match(await session.toolText('echo'), /echo/);
    },
  );
});

test('A4.9: closing ends streams, then the session; 405 to that is fine, and no answer is waited for 5 s only', async () => {
  for (const [status, mcpCloseTimeoutMs] of [
    [405, 60_000],
    [null, 100],
  ] as const) {
    const cut: string[] = [];
    await using upstream = await McpHttpServer.start(({ method, json }, response) => {
      response.once('close', () => cut.push(json.method ?? method));
      if (method === 'GET') response.writeHead(200, { 'content-type': 'text/event-stream' }).flushHeaders();
      else if (method === 'DELETE' && status !== null) response.writeHead(status).end();
      else if (method !== 'DELETE' && json.method !== 'tools/call') return false;
      return true;
    });
    await using host = await GatewayHost.start({ limits: { mcpCloseTimeoutMs } });
    await host.rest('POST', '', { name: 'web', transport: 'http', url: upstream.url, protocol: 'legacy', headers: { 'x-key': 'k' } });
    const session = await host.session();
    const pending = session.callTool('echo');
    while (upstream.heardOf('tools/call').length === 0 || upstream.heardOf('GET').length === 0)
      await new Promise((resolve) => setTimeout(resolve, 5));
    assert.is((await host.rest('DELETE', '/web')).status, 200);
    assert.match((await pending).error?.message ?? '', /web/);
    const [ending] = upstream.heardOf('DELETE');
    assert.equal([ending?.headers['mcp-session-id'], ending?.headers['x-key']], [upstream.sessionId, 'k']);
    while (!cut.includes('GET') || !cut.includes('tools/call')) await new Promise((resolve) => setTimeout(resolve, 5));
  }
});
