import { join } from 'node:path';
import * as assert from 'uvu/assert';
import type { McpAnswer } from '../../../harness/mcp-caller.js';
import { GatewayHost } from '../../../harness/mcp-gateway.js';
import { McpHttpServer, sendJson } from '../../../harness/mcp-http-server.js';
import { fixture } from '../../../harness/mcp-servers.js';
import { Scratch } from '../../../harness/scratch.js';
import { suite } from '../../../harness/test.js';

const test = suite('mcp lists of upstreams');
const limits = { mcpRestartDelayMs: 10, mcpCoalesceMs: 5 };
const until = async (isTrue: () => boolean | Promise<boolean>): Promise<void> => {
  while (!(await isTrue())) await new Promise((resolve) => setTimeout(resolve, 10));
};

/** What a session hears of changed lists until another upstream is registered, which tells of all three kinds. */
async function heardUntilMark(host: GatewayHost, general: McpAnswer): Promise<string[]> {
  const before = general.messages.length;
  const kinds = () => general.messages.slice(before).map(({ json }) => json.method?.split('/')[1] ?? '');
  await host.scripted('mark', ['--bare']);
  await until(() => ['tools', 'prompts', 'resources'].every((kind) => kinds().includes(kind)));
  const heard = kinds();
  for (const kind of ['tools', 'prompts', 'resources']) heard.splice(heard.indexOf(kind), 1);
  return heard;
}

/** A session that listens, after all that the registrations have to tell. */
async function listenAfter(host: GatewayHost, register: () => Promise<unknown>) {
  const session = await host.session();
  const general = await session.listen();
  await register();
  for (const kind of ['tools', 'prompts', 'resources']) await general.find(({ method }) => method === `notifications/${kind}/list_changed`);
  return { session, general: await session.listen() };
}

/** Registers an upstream that offers something else from its second start on. */
async function registerChanging(host: GatewayHost, scratch: Scratch, first: readonly string[], later: readonly string[]): Promise<void> {
  const [node, [script = '']] = fixture('scripted');
  const start = (args: readonly string[]) => [node, script, ...args].map((word) => `'${word}'`).join(' ');
  const text = `if [ -e "$0" ]; then exec ${start(later)}; else touch "$0"; exec ${start(first)}; fi`;
  const args = ['-c', text, join(scratch.path, 'started')];
  const { status } = await host.rest('POST', '', { name: 'one', transport: 'stdio', command: 'sh', args });
  assert.is(status, 201);
}

test('A4.7: a restart after which everything is as before is told to nobody', async () => {
  await using host = await GatewayHost.start({ limits });
  const { session, general } = await listenAfter(host, () => host.scripted('one', ['--prompts', 'p', '--resources', 'x:1']));
  await session.request('resources/list');
  await session.callTool('exit');
  await until(async () => (await host.rest('GET', '/one')).json['restarts'] === 1);
  assert.equal(await heardUntilMark(host, general), []);
  general.cut();
});

test('A4.7: what is different after a restart is told: that, and nothing else', async () => {
  using scratch = new Scratch();
  await using host = await GatewayHost.start({ limits });
  const { session, general } = await listenAfter(host, () =>
    registerChanging(
      host,
      scratch,
      ['--tools', 'a', '--prompts', 'p', '--resources', 'x:1'],
      ['--tools', 'b', '--prompts', 'p', '--resources', 'x:2'],
    ),
  );
  await session.request('resources/list');
  await session.callTool('exit');
  await general.find(({ method }) => method === 'notifications/tools/list_changed');
  await general.find(({ method }) => method === 'notifications/resources/list_changed');
  assert.ok((await session.toolNames()).includes('b'));
  assert.not.ok((await session.toolNames()).includes('a'));
  assert.match(JSON.stringify(await session.request('resources/list')), /x:2/);
  assert.not.ok(general.messages.some(({ json }) => json.method === 'notifications/prompts/list_changed'));
  general.cut();
});

test('A4.7: an upstream that is given up takes its tools along, and callers hear of it', async () => {
  await using host = await GatewayHost.start({ limits });
  const { session, general } = await listenAfter(host, () => host.scripted('one', [], { restart: 'never' }));
  await session.callTool('exit');
  await general.find(({ method }) => method === 'notifications/tools/list_changed');
  assert.equal(await session.toolNames(), []);
  general.cut();
});

test('A4.4: an HTTP upstream with a new session is asked for its lists again, and a change is told', async () => {
  let [sessionId, tools] = ['one', ['a']];
  await using upstream = await McpHttpServer.start(({ json, method, headers }, response) => {
    if (method === 'POST' && json.method !== 'initialize' && headers['mcp-session-id'] !== sessionId) {
      response.writeHead(404).end();
      return true;
    }
    if (json.method !== 'tools/list') return false;
    sendJson(response, { jsonrpc: '2.0', id: json.id, result: { tools: tools.map((name) => ({ name })) } });
    return true;
  });
  upstream.sessionId = sessionId;
  await using host = await GatewayHost.start({ limits });
  const { session, general } = await listenAfter(host, () =>
    host.rest('POST', '', { name: 'web', transport: 'http', url: upstream.url, protocol: 'legacy' }),
  );
  [sessionId, tools] = ['two', ['a', 'b']];
  upstream.sessionId = sessionId;
  assert.ok((await session.callTool('a')).result);
  await general.find(({ method }) => method === 'notifications/tools/list_changed');
  assert.equal(await session.toolNames(), ['a', 'b']);
  general.cut();
});

test('A4.8: an upstream that cannot renew its session now is asked again by the next call', async () => {
  let [isDown, sessionId] = [false, 'one'];
  await using upstream = await McpHttpServer.start(({ json, method, headers }, response) => {
    const isLost = method === 'POST' && json.method !== 'initialize' && headers['mcp-session-id'] !== sessionId;
    if (!isLost && !(isDown && json.method === 'initialize')) return false;
    response.writeHead(isLost ? 404 : 503).end();
    return true;
  });
  upstream.sessionId = sessionId;
  await using host = await GatewayHost.start({ limits });
  await host.rest('POST', '', { name: 'web', transport: 'http', url: upstream.url, protocol: 'legacy' });
  const session = await host.session();
  [isDown, sessionId] = [true, 'two'];
  upstream.sessionId = sessionId;
  assert.match((await session.callTool('echo')).error?.message ?? '', /web/);
  isDown = false;
  assert.ok((await session.callTool('echo')).result);
});

test('A4.6: a list that changes while its upstream is being started is fetched again', async () => {
  await using host = await GatewayHost.start({ limits });
  const program = `
    const say = (message) => process.stdout.write(JSON.stringify({ jsonrpc: '2.0', ...message }) + '\\n');
    const tools = ['a'];
    require('node:readline').createInterface({ input: process.stdin }).on('line', (line) => {
      const { id, method, params } = JSON.parse(line);
      if (method === 'initialize') say({ id, result: { protocolVersion: params.protocolVersion, capabilities: { tools: { listChanged: true } } } });
      if (method !== 'tools/list') return;
      say({ id, result: { tools: tools.map((name) => ({ name })) } });
      if (tools.push('b') === 2) say({ method: 'notifications/tools/list_changed' });
    });`;
  await host.rest('POST', '', { name: 'one', transport: 'stdio', command: process.execPath, args: ['-e', program] });
  const session = await host.session();
  await until(async () => (await session.toolNames()).includes('b'));
});

test('A4.6: a burst of changes becomes two fetches at most', async () => {
  await using host = await GatewayHost.start({ limits: { mcpCoalesceMs: 50 } });
  const { session, general } = await listenAfter(host, () => host.scripted('one', ['--tools', 'heard']));
  const count = async () =>
    (JSON.parse(await session.toolText('heard')) as string[]).filter((line) => line.includes('"tools/list"')).length;
  const before = await count();
  const changed = '{"jsonrpc":"2.0","method":"notifications/tools/list_changed"}';
  const lines = [...Array.from({ length: 50 }, () => changed), '{"jsonrpc":"2.0","id":$ID,"result":{"content":[]}}'];
  await session.callTool('say', { lines });
  await until(async () => (await count()) > before);
  await heardUntilMark(host, general);
  const after = await count();
  assert.ok(after > before && after <= before + 2, `${before} ${after}`);
  general.cut();
});

test('A4.4: an empty list is a list: it is fetched once', async () => {
  await using upstream = await McpHttpServer.start(({ json }, response) => {
    if (json.method !== 'tools/list') return false;
    sendJson(response, { jsonrpc: '2.0', id: json.id, result: { tools: [] } });
    return true;
  });
  await using host = await GatewayHost.start();
  await host.rest('POST', '', { name: 'web', transport: 'http', url: upstream.url, protocol: 'legacy' });
  const session = await host.session();
  for (let i = 0; i < 5; i++) assert.equal(await session.toolNames(), []);
  assert.is(upstream.heardOf('tools/list').length, 1);
});
