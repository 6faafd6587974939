import { readFileSync } from 'node:fs';
import * as assert from 'uvu/assert';
import { GatewayHost, isAlive } from '../../harness/mcp-gateway.js';
import { McpHttpServer, sendEvents, sendJson } from '../../harness/mcp-http-server.js';
import { fixture } from '../../harness/mcp-servers.js';
import { suite } from '../../harness/test.js';

/** The twenty findings that any gateway of this kind is to be held against (M5). */
const test = suite('mcp gateway findings');
const call = (id: string): string => `{"jsonrpc":"2.0","id":${id},"method":"tools/call","params":{"name":"never"}}`;
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

test('A10.11: a request of the server before the answer on an event stream is not the answer', async () => {
  await using upstream = await McpHttpServer.start(({ json }, response) => {
    if (json.method !== 'tools/call') return false;
    sendEvents(
      response,
      `data: {"jsonrpc":"2.0","id":${String(json.id)},"method":"roots/list"}\n\n`,
      `data: {"jsonrpc":"2.0","id":${String(json.id)},"result":{"content":[{"type":"text","text":"real"}]}}\n\n`,
    );
    return true;
  });
  await using host = await GatewayHost.start();
  await host.rest('POST', '', { name: 'web', transport: 'http', url: upstream.url });
  assert.is(await (await host.session()).toolText('echo'), 'real');
});

test('A10.12: ids are never rounded, of requests and of what is cancelled', async () => {
  await using host = await GatewayHost.start();
  await host.scripted('one');
  const session = await host.session();
  const [big, near] = ['9007199254740993', '9007199254740992'];
  const first = session.post(call(big));
  const second = session.post(call(near));
  await until(() => host.gateway.inspect().upstreams[0]?.requestsInFlight === 2);
  await session.post(`{"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":${big}}}`);
  assert.ok((await (await first).ended()).body.includes(`"id":${big},`));
  assert.is(host.gateway.inspect().upstreams[0]?.requestsInFlight, 1);
  await session.send('DELETE', null);
  assert.ok((await (await second).ended()).body.includes(`"id":${near},`));
});

test('A10.13: requests of a subprocess with an id of ours are no answers, at the handshake, in lists and in calls', async () => {
  await using host = await GatewayHost.start();
  const { status } = await host.register('twin', 'same-ids');
  assert.is(status, 201);
  const session = await host.session();
  assert.is(await session.toolText('echo', { text: 'mine' }), 'mine');
});

test('A10.14: closing the server closes all upstreams, with their children', async () => {
  const host = await GatewayHost.start({ limits: { mcpCloseGraceMs: 100 } });
  await host.register('forks', 'forks');
  const session = await host.session();
  const children = (await session.toolText('echo')).split(' ').map(Number);
  assert.ok(children.every(isAlive));
  await host[Symbol.asyncDispose]();
  await until(() => !children.some(isAlive));
});

test('A10.15: registrations that fail or lose close what they started: handshake, conflict, race, a caller that is gone', async () => {
  await using host = await GatewayHost.start({ limits: { mcpCloseGraceMs: 100 } });
  await host.scripted('one', ['--bare', '--tools', 'echo']);
  const before = host.server.inspect().liveProcesses;
  assert.is((await host.register('conflict', 'forks')).status, 409);
  assert.is((await host.register('late', 'silent', { startupTimeoutMs: 100 })).status, 504);
  const race = await Promise.all([1, 2, 3].map(() => host.register('race', 'honest', { toolPrefix: 'r_' })));
  assert.is(race.filter(({ status }) => status === 201).length, 1);
  assert.is(host.server.inspect().liveProcesses, before + 1);
  assert.equal(
    host.gateway.inspect().upstreams.map(({ name }) => name),
    ['one', 'race'],
  );
});

test('A10.16: what fails while cleaning up is logged as a warning', async () => {
  await using upstream = await McpHttpServer.start(({ method }, response) => {
    if (method !== 'DELETE') return false;
    response.socket?.destroy();
    return true;
  });
  await using host = await GatewayHost.start();
  await host.rest('POST', '', { name: 'web', transport: 'http', url: upstream.url });
  assert.is((await host.rest('DELETE', '/web')).status, 200);
  assert.ok(host.log.some(({ level, fields }) => level === 'warn' && fields['upstream'] === 'web'));
});

test('A10.17: the stream of GET delivers what upstreams say', async () => {
  await using host = await GatewayHost.start();
  await host.scripted('one', ['--resources', 'x:one']);
  const session = await host.session();
  const general = await session.listen();
  await session.request('resources/subscribe', { uri: 'x:one' });
  await session.callTool('say', { lines: ['{"jsonrpc":"2.0","method":"notifications/resources/updated","params":{"uri":"x:one"}}', done] });
  await general.find(({ method }) => method === 'notifications/resources/updated');
  general.cut();
});

test('A10.18: notifications and GET need a session that there is: 400 without one, 404 with an unknown one', async () => {
  await using host = await GatewayHost.start();
  const caller = host.caller();
  assert.is((await caller.notify('notifications/x')).status, 400);
  assert.is((await caller.listen()).status, 400);
  caller.sessionId = 'unknown';
  assert.is((await caller.notify('notifications/x')).status, 404);
  assert.is((await caller.listen()).status, 404);
});

test('A10.19: the status of an upstream is what it is', async () => {
  await using host = await GatewayHost.start({ limits: { mcpRestartDelayMs: 400, mcpRestartAttempts: 1, mcpRestartWaitMs: 10 } });
  const starting = host.register('slow', 'silent', { startupTimeoutMs: 1_000 });
  await host.hasStatus('slow', 'starting');
  await starting;
  await host.scripted('one');
  const session = await host.session();
  const status = async (): Promise<unknown> => (await host.rest('GET', '/one')).json['status'];
  assert.is(await status(), 'running');
  await session.callTool('exit');
  assert.is(await status(), 'restarting');
  assert.match((await session.callTool('raw')).error?.message ?? '', /one is restarting/);
  await host.hasStatus('one', 'running');
  await session.callTool('exit');
  assert.is(await status(), 'failed');
});

test('A10.20: errors of the management are 4xx, 502 and 504, with a code and a message', async () => {
  await using host = await GatewayHost.start();
  await host.scripted('one', ['--bare', '--tools', 'echo']);
  const answers = [
    [await host.rest('POST', '', '{'), 400],
    [await host.rest('POST', '', {}, { 'content-type': 'text/plain' }), 415],
    [await host.rest('GET', '/none'), 404],
    [await host.rest('DELETE', '/none'), 404],
    [await host.register('one', 'honest'), 409],
    [await host.register('two', 'honest'), 409],
    [await host.register('three', 'crash-at-start'), 502],
    [await host.register('four', 'silent', { startupTimeoutMs: 50 }), 504],
    [await host.rest('POST', '', { name: 'five', transport: 'stdio', command: 'true', environment: 'elsewhere' }), 502],
  ] as const;
  for (const [{ status, json, text }, expected] of answers) {
    assert.is(status, expected, text);
    assert.type(json['code'], 'string');
    assert.type(json['message'], 'string');
  }
});

test('M5: each of the twenty has a test', () => {
  const text = readFileSync(new URL(import.meta.url), 'utf8');
  const found = new Set([...text.matchAll(/A10\.(\d+):/g)].map((match) => Number(match[1])));
  assert.equal(
    [...found].toSorted((one, other) => one - other),
    Array.from({ length: 20 }, (_, i) => i + 1),
  );
});
