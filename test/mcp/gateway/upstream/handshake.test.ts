import type { ServerResponse } from 'node:http';
import * as assert from 'uvu/assert';
import { GatewayHost } from '../../../harness/mcp-gateway.js';
import { McpHttpServer, sendJson } from '../../../harness/mcp-http-server.js';
import { fixture } from '../../../harness/mcp-servers.js';
import { suite } from '../../../harness/test.js';

const test = suite('mcp upstream handshake');

test('A4.2: known revisions are accepted, others refused', async () => {
  await using host = await GatewayHost.start();
  for (const revision of ['2024-11-05', '2025-03-26', '2025-06-18', '2025-11-25']) {
    const answer = await host.scripted(revision, ['--bare', '--set', JSON.stringify({ protocolVersion: revision })]);
    assert.is(answer['protocolVersion'], revision);
  }
});

test('A4.2: it hears of all that callers may be asked, less what it may not ask', async () => {
  await using host = await GatewayHost.start();
  await host.scripted('all', ['--tools', 'heard']);
  await host.scripted('some', ['--bare', '--tools', 'heard2'], { serverRequests: ['roots'], toolPrefix: 's_' });
  const session = await host.session();
  const heard = JSON.parse(await session.toolText('heard')) as string[];
  const { params } = JSON.parse(heard[0] ?? '') as { params: { capabilities: unknown; protocolVersion: string } };
  assert.equal(params.capabilities, { sampling: {}, elicitation: { form: {}, url: {} }, roots: { listChanged: true } });
  assert.is(params.protocolVersion, '2025-11-25');
  assert.match(heard[1] ?? '', /notifications\/initialized/);
});

test('A4.2: an upstream that answers with an unknown revision, an error or nonsense is refused and stopped', async () => {
  await using host = await GatewayHost.start({ limits: { mcpCloseGraceMs: 200 } });
  for (const [answer, reason] of [
    ['"result":{"protocolVersion":"1984-01-01","capabilities":{}}', /1984-01-01/],
    ['"result":{"capabilities":{}}', /revision null/],
    ['"result":[]', /no object/],
    ['"error":{"code":-32000,"message":"licence expired"}', /licence expired/],
  ] as const) {
    const args = ['-c', `read line; echo '{"jsonrpc":"2.0","id":1,${answer}}'; exec sleep 1000`];
    const { status, json } = await host.rest('POST', '', { name: 'x', transport: 'stdio', command: 'sh', args });
    assert.is(status, 502);
    assert.match(String(json['message']), reason);
    assert.is(host.server.inspect().liveProcesses, 0);
  }
});

test('A4.2: over HTTP the modern way is asked first; what is no modern answer is followed by initialize', async () => {
  await using host = await GatewayHost.start();
  for (const [name, answer] of [
    [
      'method-unknown',
      (response: ServerResponse) => sendJson(response, { jsonrpc: '2.0', id: 1, error: { code: -32601, message: 'unknown method' } }),
    ],
    ['plain-400', (response: ServerResponse) => void response.writeHead(400, { 'content-type': 'text/plain' }).end('what?')],
    ['html-404', (response: ServerResponse) => void response.writeHead(404, { 'content-type': 'text/html' }).end('<p>')],
  ] as const) {
    await using upstream = await McpHttpServer.start(({ json }, response) => {
      if (json.method !== 'server/discover') return false;
      answer(response);
      return true;
    });
    const { status, json } = await host.rest('POST', '', { name, transport: 'http', url: upstream.url, toolPrefix: `${name}_` });
    assert.is(status, 201, `${name}: ${JSON.stringify(json)}`);
    assert.equal(
      upstream.heard.map(({ json: { method } }) => method).filter((method) => method === 'server/discover' || method === 'initialize'),
      ['server/discover', 'initialize'],
    );
    await host.rest('DELETE', `/${name}`);
  }
});

test('A4.2: a program is not asked the modern way unless it is wanted', async () => {
  await using host = await GatewayHost.start();
  const session = await host.session();
  await host.scripted('plain', ['--tools', 'heard']);
  assert.not.match(await session.toolText('heard'), /server\/discover/);
  await host.scripted('asked', ['--bare', '--tools', 'heard2'], { protocol: 'auto', toolPrefix: 'a_' });
  assert.is((await host.rest('GET', '/asked')).json['protocolVersion'], '2025-11-25');
});

test('A4.2: a modern server works, also one that is found out by its refusal of initialize', async () => {
  await using host = await GatewayHost.start();
  const [command, args] = fixture('modern');
  const { status, json } = await host.rest('POST', '', { name: 'm', transport: 'stdio', command, args });
  assert.is(status, 201, JSON.stringify(json));
  assert.is(json['protocolVersion'], '2026-07-28');
});
