import { Client } from '@modelcontextprotocol/client';
import { createExecutorFetch } from '@exec-server/client';
import { connectMcp, ExecutorDisconnectedError, McpProtocolError, McpStartError, PlacedHttpClientTransport } from '@exec-server/mcp';
import { type ExecServerHost, FaultProxy, startExecServer } from 'exec-server/testing';
import * as assert from 'uvu/assert';
import { failure } from '../harness/failure.js';
import { echo } from '../harness/mcp-host.js';
import { startMcpOrigin } from '../harness/mcp-origin.js';
import { suite } from '../harness/test.js';

const test = suite('http-transport');

/** A connected client whose requests are made by the host. */
async function connectOver(client: ExecServerHost['client'], url: string, headers: Record<string, string> = {}) {
  const log: string[] = [];
  const transport = new PlacedHttpClientTransport({
    url,
    fetch: createExecutorFetch(client),
    client,
    headers,
    server: 'docs',
    environment: 'build',
    log: (text) => log.push(text),
  });
  const mcp = new Client({ name: 'test', version: '1' }, { versionNegotiation: { mode: 'auto' } });
  await connectMcp(mcp, transport);
  return { mcp, transport, log, [Symbol.asyncDispose]: () => mcp.close() };
}

test('calls go out from the executor, with the headers of the server, and closing ends the session there', async () => {
  await using host = await startExecServer();
  await using origin = await startMcpOrigin();
  const { mcp, transport } = await connectOver(host.client, origin.url, { 'x-team': 'a' });
  assert.is(await echo(mcp, 'hello'), 'hello');
  assert.ok(origin.seen.length > 2);
  for (const { headers } of origin.seen) assert.is(headers.get('x-team'), 'a');
  await mcp.close();
  assert.is(origin.sessions.size, 0);
  assert.is(transport.failure, null);
  assert.equal(host.client.inspect().httpExchanges, []);
});

test('a session the server has forgotten is renewed once, for all calls that meet it, and the calls are made again', async () => {
  await using host = await startExecServer();
  await using origin = await startMcpOrigin();
  await using connected = await connectOver(host.client, origin.url);
  for (let round = 1; round <= 3; round++) {
    origin.forget();
    const texts = Array.from({ length: 10 }, (_, i) => `call ${i}`);
    assert.equal(await Promise.all(texts.map((text) => echo(connected.mcp, text))), texts);
    assert.is(origin.sessions.size, 1);
    assert.is(connected.log.length, round);
  }
  assert.is(connected.transport.failure, null);
});

test('a call under way when the session is renewed keeps its answer', async () => {
  await using host = await startExecServer();
  await using origin = await startMcpOrigin();
  await using connected = await connectOver(host.client, origin.url);
  const slow = echo(connected.mcp, 'slow', { delayMs: 1_500 });
  await origin.origin.until(() => origin.seen.length >= 4);
  origin.forget();
  assert.is(await echo(connected.mcp, 'quick'), 'quick');
  assert.is(await slow, 'slow');
});

test('a session that cannot be renewed fails the call, and a later call tries again', async () => {
  let isDown = false;
  await using host = await startExecServer();
  await using origin = await startMcpOrigin({ rejects: () => (isDown ? new Response('down', { status: 503 }) : null) });
  await using connected = await connectOver(host.client, origin.url);
  origin.forget();
  isDown = true;
  await failure(echo(connected.mcp, 'lost'), Error);
  isDown = false;
  assert.is(await echo(connected.mcp, 'back'), 'back');
});

test('a stream that ends without the answer fails its call at once', async () => {
  await using host = await startExecServer();
  await using origin = await startMcpOrigin();
  await using connected = await connectOver(host.client, origin.url);
  const error = await failure(connected.mcp.callTool({ name: 'hang-up', arguments: {} }), McpProtocolError);
  assert.match(error.message, /MCP server "docs" in environment "build": the stream of an answer has ended without the answer/);
  assert.is(await echo(connected.mcp, 'still there'), 'still there');
});

test('a call that is cancelled lets go of its stream', async () => {
  await using host = await startExecServer();
  await using origin = await startMcpOrigin();
  await using connected = await connectOver(host.client, origin.url);
  const giveUp = new AbortController();
  const call = failure(
    connected.mcp.callTool({ name: 'echo', arguments: { text: 'never', delayMs: 600_000 } }, { signal: giveUp.signal }),
    Error,
  );
  await origin.origin.until(() => origin.seen.length >= 4);
  giveUp.abort(new Error('enough'));
  await call;
  await origin.origin.until(() => origin.origin.broken.length > 0);
});

test('P5: with the executor gone for good calls fail with the reason, and the client is told once', async () => {
  await using host = await startExecServer();
  await using origin = await startMcpOrigin();
  await using proxy = await FaultProxy.start(host.url);
  const line = await host.connect({ url: proxy.url, resumeWindowMs: 0 });
  const { mcp, transport } = await connectOver(line, origin.url);
  let closes = 0;
  const closed = new Promise<void>((resolve) => (mcp.onclose = () => (closes++, resolve())));
  const calls = [1, 2, 3].map(() => failure(echo(mcp, 'never', { delayMs: 600_000 }), ExecutorDisconnectedError));
  await echo(mcp, 'once');
  proxy.cut();
  for (const error of await Promise.all(calls)) assert.equal([error.server, error.environment], ['docs', 'build']);
  await closed;
  await transport.close();
  assert.is(closes, 1);
  assert.instance(transport.failure, ExecutorDisconnectedError);
  await failure(transport.send({ jsonrpc: '2.0', method: 'ping', id: 9 }), ExecutorDisconnectedError);
});

test('an address nobody answers at is a start that failed, with the words of the executor', async () => {
  await using host = await startExecServer();
  const error = await failure(connectOver(host.client, 'http://127.0.0.1:1/mcp'), McpStartError);
  assert.is(error.phase, 'spawn');
  assert.match(error.message, /ECONNREFUSED/);
});

test('a server that is no MCP server is a start that failed', async () => {
  await using host = await startExecServer();
  await using origin = await startMcpOrigin({
    rejects: () => new Response('<p>hello</p>', { status: 200, headers: { 'content-type': 'text/html' } }),
  });
  const error = await failure(connectOver(host.client, origin.url), McpStartError);
  assert.is(error.phase, 'handshake');
});
