import type { ServerResponse } from 'node:http';
import * as assert from 'uvu/assert';
import { event, resultFor, withUpstream } from '../../../harness/http-upstream.js';
import { sendEvents } from '../../../harness/mcp-http-server.js';
import { suite } from '../../../harness/test.js';

const test = suite('mcp gateway http upstream whose streams break');

test('A8: a stream that ends before the answer is taken up at its last event; without one the call fails', async () => {
  await withUpstream(
    ({ json, method, headers }, response) => {
      if (method === 'GET' && headers['last-event-id'] !== undefined) {
        sendEvents(response, event(resultFor(Number(String(headers['last-event-id']).split('-')[1]), 'resumed')));
        return true;
      }
      if (json.method !== 'tools/call') return false;
      sendEvents(response);
      if (json.params?.['arguments'] === 'lost') sendEvents(response, 'data: {"jsonrpc":"2.0","method":"x/y"}\n\n');
      else sendEvents(response, `retry: 5\nid: e-${String(json.id)}\ndata: \n\n`);
      response.end();
      return true;
    },
    async (host) => {
      const session = await host.session();
      assert.is(await session.toolText('echo'), 'resumed');
      assert.match((await session.callTool('echo', 'lost')).error?.message ?? '', /web.*ended before the answer/);
    },
  );
});

test('A8: an id without data is where a broken stream is taken up; an id that was taken back is not', async () => {
  await withUpstream(
    ({ json, method, headers }, response) => {
      if (method === 'GET' && headers['last-event-id'] !== undefined) {
        sendEvents(response, event(resultFor(Number(String(headers['last-event-id']).slice(2)), 'resumed')));
        return true;
      }
      if (json.method !== 'tools/call') return false;
      sendEvents(response, `id: e-${String(json.id)}\n\n`);
      if (json.params?.['arguments'] === 'cleared') sendEvents(response, 'id\n\n');
      response.end();
      return true;
    },
    async (host) => {
      const session = await host.session();
      assert.is(await session.toolText('echo'), 'resumed');
      assert.match((await session.callTool('echo', 'cleared')).error?.message ?? '', /ended before the answer/);
    },
  );
});

test('A8: a stream is taken up again after the pause that the upstream asks for, and after that it had gone away', async () => {
  const times: number[] = [];
  await withUpstream(
    ({ json, method, headers }, response) => {
      if (method === 'GET' && headers['last-event-id'] !== undefined) {
        times.push(performance.now());
        if (times.length < 3) response.destroy();
        else sendEvents(response, event(resultFor(Number(headers['last-event-id']))));
        return true;
      }
      if (json.method !== 'tools/call') return false;
      sendEvents(response, `retry: 150\nid: ${String(json.id)}\n\n`);
      response.end();
      times.push(performance.now());
      return true;
    },
    async (host) => {
      assert.is(await (await host.session()).toolText('echo'), 'ok');
      assert.is(times.length, 3);
      for (const [at, time] of times.entries()) if (at > 0) assert.ok(time - (times[at - 1] ?? 0) >= 140, String(times));
    },
  );
});

test('A8: what is taken up has to be an event stream; a page or an error ends the call', async () => {
  await withUpstream(
    ({ json, method, headers }, response) => {
      if (method === 'GET' && headers['last-event-id'] === 'page') response.writeHead(200, { 'content-type': 'text/html' }).end('<p>');
      else if (method === 'GET' && headers['last-event-id'] === 'gone') response.writeHead(410).end('too old');
      else if (json.method === 'tools/call')
        sendEvents(
          response.writeHead(200, { 'content-type': 'text/event-stream' }),
          `retry: 1\nid: ${String(json.params?.['arguments'])}\n\n`,
        );
      else return false;
      response.end();
      return true;
    },
    async (host) => {
      const session = await host.session();
      assert.match((await session.callTool('echo', 'page')).error?.message ?? '', /text\/html/);
      assert.match((await session.callTool('echo', 'gone')).error?.message ?? '', /HTTP 410: too old/);
    },
  );
});

test('A8: an upstream that may be asked again at once and never says anything is not asked in a tight loop', async () => {
  let resumed = 0;
  await withUpstream(
    ({ json, method, headers }, response) => {
      if (method === 'GET' && headers['last-event-id'] !== undefined) resumed++;
      else if (json.method !== 'tools/call') return false;
      sendEvents(response, `retry: 0\nid: ${resumed}\n\n`);
      response.end();
      return true;
    },
    async (host) => {
      assert.is((await (await host.session()).callTool('echo')).error?.code, -32001);
      assert.ok(resumed > 1 && resumed < 60, `${resumed} times in a second`);
    },
    { callTimeoutMs: 1_000 },
  );
});

test('A8: the general stream goes on after its last event, and what is asked there is for the only caller at work', async () => {
  const streams: { response: ServerResponse; after: unknown }[] = [];
  const answers: string[] = [];
  await withUpstream(
    ({ method, headers, json, text }, response) => {
      if (method === 'POST' && json.id === 'g') answers.push(text);
      if (method !== 'GET') return json.method === 'tools/call' && json.params?.['arguments'] === 'never';
      streams.push({ response, after: headers['last-event-id'] });
      sendEvents(response, `retry: 10\nid: g-${streams.length}\n\n`);
      return true;
    },
    async (host) => {
      const session = await host.session({ capabilities: { roots: {} } });
      while (streams.length < 1) await new Promise((resolve) => setTimeout(resolve, 10));
      streams[0]?.response.end();
      while (streams.length < 2) await new Promise((resolve) => setTimeout(resolve, 10));
      assert.equal(
        streams.map(({ after }) => after),
        [undefined, 'g-1'],
      );
      const call = session.begin('tools/call', { name: 'echo', arguments: 'never' }, { accept: 'text/event-stream' });
      while (host.gateway.inspect().upstreams[0]?.requestsInFlight !== 1) await new Promise((resolve) => setTimeout(resolve, 5));
      streams[1]?.response.write(event({ jsonrpc: '2.0', id: 'g', method: 'roots/list' }));
      const question = await (await call).find(({ method }) => method === 'roots/list');
      await session.post({ jsonrpc: '2.0', id: question.json.id, result: { roots: [], n: 1 } });
      while (answers.length === 0) await new Promise((resolve) => setTimeout(resolve, 10));
      assert.match(answers[0] ?? '', /"id":"g","result":\{"roots":\[\],"n":1\}/);
      await session.send('DELETE', null);
    },
  );
});

test('A7.3: an answer on a stream that is no JSON-RPC fails its call at once, though the stream stays open', async () => {
  await withUpstream(
    ({ json }, response) => {
      if (json.method !== 'tools/call') return false;
      sendEvents(response, event({ jsonrpc: '2.0', id: -1, error: 'of another' }));
      sendEvents(response, event({ jsonrpc: '2.0', id: json.id, error: 'no object' }));
      return true;
    },
    async (host) => {
      const session = await host.session();
      assert.match((await session.callTool('echo')).error?.message ?? '', /web: its answer is no JSON-RPC/);
    },
  );
});
