import * as assert from 'uvu/assert';
import { GatewayHost } from '../../harness/mcp-gateway.js';
import { McpHttpServer, sendEvents, sendJson } from '../../harness/mcp-http-server.js';
import { fixture } from '../../harness/mcp-servers.js';
import { suite } from '../../harness/test.js';
import { readText } from '../../architecture/sources.js';

/** The twenty findings that any gateway of this kind is to be held against (M5). */
const test = suite('mcp gateway findings');
const done = '{"jsonrpc":"2.0","id":$ID,"result":{"content":[{"type":"text","text":"done"}]}}';
const until = async (isTrue: () => boolean | Promise<boolean>): Promise<void> => {
  while (!(await isTrue())) await new Promise((resolve) => setTimeout(resolve, 10));
};

test('A10.1: concurrent calls share a session id of an HTTP upstream that changes under them', async () => {
  let valid = 'session-1';
  await using upstream = await McpHttpServer.start(({ json, method, headers }, response) => {
    if (json.method === 'initialize') valid = upstream.sessionId;
    else if (method === 'POST' && headers['mcp-session-id'] !== valid) {
      response.writeHead(404).end();
      return true;
    }
    return false;
  });
  await using host = await GatewayHost.start();
  await host.rest('POST', '', { name: 'web', transport: 'http', url: upstream.url, protocol: 'legacy' });
  const session = await host.session();
  for (let round = 2; round < 6; round++) {
    valid = upstream.sessionId = `session-${round}`;
    const calls = await Promise.all(Array.from({ length: 40 }, () => session.callTool('echo')));
    assert.ok(calls.every(({ result }) => result !== undefined));
  }
});

test('A10.2: while one upstream is being added, adding another, listing and calling go on', async () => {
  await using host = await GatewayHost.start();
  const slow = host.register('slow', 'silent', { startupTimeoutMs: 5_000 });
  await until(async () => (await host.rest('GET', '/slow')).status === 200);
  await host.scripted('one');
  const session = await host.session();
  assert.match(await session.toolText('raw'), /raw/);
  assert.is((await host.rest('DELETE', '/slow')).status, 200);
  assert.is((await slow).status, 502);
});

test('A10.3: while a stubborn upstream is being closed, everything else goes on', async () => {
  await using host = await GatewayHost.start();
  await host.register('stubborn', 'ignores-signals');
  const removal = host.rest('DELETE', '/stubborn');
  await until(async () => (await host.rest('GET', '/stubborn')).status === 404);
  await host.scripted('one');
  assert.match(await (await host.session()).toolText('raw'), /raw/);
  await removal;
});

test('A10.4: every message without id is 202 without a body, whatever its method', async () => {
  await using host = await GatewayHost.start();
  const session = await host.session();
  for (const method of ['notifications/initialized', 'notifications/cancelled', 'notifications/progress', 'tools/call', 'ping', 'x']) {
    const answer = await session.notify(method, {});
    assert.is(answer.status, 202, method);
    assert.is(answer.body, '', method);
  }
});

test('A10.5: event streams of HTTP upstreams are understood, at the handshake, in lists and in calls', async () => {
  await using upstream = await McpHttpServer.start(({ json }, response) => {
    const results: Readonly<Record<string, unknown>> = {
      initialize: { protocolVersion: '2025-11-25', capabilities: { tools: {} }, serverInfo: { name: 's', version: '1' } },
      'tools/list': { tools: [{ name: 'streamed', inputSchema: {} }] },
      'tools/call': { content: [{ type: 'text', text: 'streamed too' }] },
    };
    const result = results[json.method ?? ''];
    if (result === undefined) return false;
    sendEvents(response, `event: message\ndata: ${JSON.stringify({ jsonrpc: '2.0', id: json.id, result })}\n\n`);
    response.end();
    return true;
  });
  await using host = await GatewayHost.start();
  const { json } = await host.rest('POST', '', { name: 'web', transport: 'http', url: upstream.url });
  assert.equal(json['tools'], ['streamed']);
  assert.is(await (await host.session()).toolText('streamed'), 'streamed too');
});

test('A10.6: a session hears that lists have changed, by a registration, by a removal, and once for a burst', async () => {
  await using host = await GatewayHost.start();
  const session = await host.session();
  const general = await session.listen();
  const count = () => general.messages.filter(({ json }) => json.method === 'notifications/tools/list_changed').length;
  await host.scripted('one', ['--tools', 'tools']);
  await until(() => count() === 1);
  await host.rest('DELETE', '/one');
  await until(() => count() === 2);
  await host.scripted('two', ['--tools', 'tools']);
  await until(() => count() === 3);
  const changed = '{"jsonrpc":"2.0","method":"notifications/tools/list_changed"}';
  await session.callTool('say', { lines: [...Array.from({ length: 50 }, () => changed), done] });
  await until(() => count() > 3);
  assert.ok(count() <= 5, 'a burst is told once, or once more');
  general.cut();
});

test('A10.7: every member of a tool survives, those nobody knows too', async () => {
  const tool =
    '{"name":"rich","title":"T","description":"d","inputSchema":{"$defs":{"a":{"$anchor":"x"}},"allOf":[{"if":{},"then":{}}],"additionalProperties":false,"maximum":9007199254740993},' +
    '"outputSchema":{"type":"object"},"annotations":{"readOnlyHint":true,"later":1.0},"icons":[{"src":"x"}],"execution":{"taskSupport":"optional"},"_meta":{"k":[1e2]},"nobodyKnows":{"n":1.50}}';
  await using upstream = await McpHttpServer.start(({ json }, response) => {
    if (json.method !== 'tools/list') return false;
    sendJson(response, `{"jsonrpc":"2.0","id":${String(json.id)},"result":{"tools":[${tool}]}}`);
    return true;
  });
  await using host = await GatewayHost.start();
  await host.rest('POST', '', { name: 'plain', transport: 'http', url: upstream.url });
  await host.rest('POST', '', { name: 'prefixed', transport: 'http', url: upstream.url, toolPrefix: 'p_' });
  const session = await host.session();
  const { body } = await (await session.begin('tools/list')).ended();
  assert.ok(body.includes(tool));
  assert.ok(body.includes(tool.replace('"rich"', '"p_rich"')));
});

for (const transport of ['stdio', 'http'] as const) {
  test(`A10.8: all pages of a list are fetched over ${transport}`, async () => {
    const pages: Readonly<Record<string, unknown>> = {
      start: { tools: [{ name: 'a' }], nextCursor: 'c 1' },
      'c 1': { tools: [], nextCursor: '' },
      '': { tools: [{ name: 'b' }, { name: 'a' }] },
    };
    await using upstream = await McpHttpServer.start(({ json }, response) => {
      if (json.method !== 'tools/list') return false;
      sendJson(response, { jsonrpc: '2.0', id: json.id, result: pages[(json.params?.['cursor'] as string | undefined) ?? 'start'] });
      return true;
    });
    await using host = await GatewayHost.start();
    const [command, args] = fixture('paged');
    const place = transport === 'http' ? { url: upstream.url } : { command, args };
    const { json } = await host.rest('POST', '', { name: 'paged', transport, ...place });
    assert.equal(json['tools'], ['a', 'b']);
  });
}

test('A10.9: names of upstreams match the pattern over the whole string', async () => {
  await using host = await GatewayHost.start();
  for (const name of ['', '-a', '.a', '_a', 'a b', 'a/b', '../a', 'a\n', 'ä', 'a\0', 'x'.repeat(65), 7, null, ['a']])
    assert.is((await host.rest('POST', '', { name, transport: 'stdio', command: 'true' })).status, 400, JSON.stringify(name));
  for (const name of ['a', '0', 'A-b_c.d', 'x'.repeat(64)]) await host.scripted(name, ['--bare']);
});

test('A10.10: an empty list of tools is a list: it is not fetched again', async () => {
  await using host = await GatewayHost.start();
  await host.scripted('empty', ['--bare']);
  await host.scripted('one', ['--bare', '--tools', 'heard'], { toolPrefix: 'o_' });
  await using upstream = await McpHttpServer.start(({ json }, response) => {
    if (json.method !== 'tools/list') return false;
    sendJson(response, { jsonrpc: '2.0', id: json.id, result: { tools: [] } });
    return true;
  });
  await host.rest('POST', '', { name: 'web', transport: 'http', url: upstream.url });
  const session = await host.session();
  for (let i = 0; i < 5; i++) await session.toolNames();
  assert.is(upstream.heardOf('tools/list').length, 1);
});

test('M5: each of the twenty has a test', () => {
  const text = ['findings', 'findings-continued'].map((name) => readText(`test/mcp/gateway/${name}.test.ts`)).join('\n');
  const found = new Set([...text.matchAll(/A10\.(\d+):/g)].map((match) => Number(match[1])));
  assert.equal(
    [...found].toSorted((one, other) => one - other),
    Array.from({ length: 20 }, (_, i) => i + 1),
  );
});
