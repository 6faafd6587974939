import type { ServerResponse } from 'node:http';
import { limits } from '@exec-server/protocol';
import * as assert from 'uvu/assert';
import { checkUpstreamConfig, type HttpUpstreamConfig } from '#mcp/gateway/upstream/config.js';
import { describeAnswer, readAnswer } from '#mcp/gateway/upstream/http-answer.js';
import { resultFor, withUpstream } from '../../../harness/http-upstream.js';
import { sendJson } from '../../../harness/mcp-http-server.js';
import { suite } from '../../../harness/test.js';

const test = suite('mcp gateway answers of HTTP upstreams');

const config = checkUpstreamConfig({
  name: 'n',
  transport: 'http',
  url: 'http://h/',
  headers: { k: 'secret-value' },
}) as HttpUpstreamConfig;

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

test('A8: media types are compared without parameters and case; a success of no known kind is an error', async () => {
  const types = ['application/json; charset=utf-8', 'Application/JSON', 'text/html; charset=utf-8', 'text/plain', ''];
  await withUpstream(
    ({ json }, response) => {
      if (json.method !== 'tools/call') return false;
      const type = types[Number(json.params?.['arguments'])] ?? '';
      response.writeHead(200, type === '' ? {} : { 'content-type': type }).end(JSON.stringify(resultFor(json.id)));
      return true;
    },
    async (host) => {
      const session = await host.session();
      assert.is(await session.toolText('echo', 0), 'ok');
      assert.is(await session.toolText('echo', 1), 'ok');
      assert.match((await session.callTool('echo', 2)).error?.message ?? '', /text\/html, not JSON-RPC/);
      assert.match((await session.callTool('echo', 3)).error?.message ?? '', /text\/plain/);
      assert.match((await session.callTool('echo', 4)).error?.message ?? '', /no known kind/);
    },
  );
});

test('A8: a large error page is told as far as its first 8 KiB, whatever it is cut into', async () => {
  await withUpstream(
    ({ json }, response) => {
      if (json.method !== 'tools/call') return false;
      response.writeHead(503, { 'content-type': 'text/plain' }).end('busy €'.repeat(200_000));
      return true;
    },
    async (host) => {
      const { error } = await (await host.session()).callTool('echo');
      assert.match(error?.message ?? '', /HTTP 503: busy €busy/);
      assert.ok(Buffer.byteLength(error?.message ?? '') < 8_400);
    },
  );
});

test('part D: an answer larger than a message may be is an error; of an error only the beginning is read', async () => {
  const few = { ...limits, mcpMessageBytes: 100, mcpErrorTextBytes: 10 };
  assert.is(await readAnswer(new Response('x'.repeat(100)), few), 'x'.repeat(100));
  const failure = await readAnswer(new Response('x'.repeat(101)), few).catch((error: unknown) => error);
  assert.instance(failure, RangeError);
  assert.ok((await readAnswer(new Response('x'.repeat(200_000), { status: 500 }), few)).length <= 64 * 1024);
});

test('A8: what is no JSON-RPC is told with its status and 8 KiB of its text, without secrets', () => {
  const error = describeAnswer(new Response(null, { status: 500 }), 'text/plain', `secret-value ${'y'.repeat(20_000)}`, config, limits);
  assert.match(error.message, /^HTTP 500: \[redacted\] y+$/);
  assert.ok(error.message.length < 8 * 1024 + 20);
  assert.match(describeAnswer(new Response('', { status: 200 }), 'text/html', '<p>', config, limits).message, /text\/html, not JSON-RPC/);
});
