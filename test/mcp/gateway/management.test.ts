import * as assert from 'uvu/assert';
import { GatewayHost, isAlive } from '../../harness/mcp-gateway.js';
import { fixture } from '../../harness/mcp-servers.js';
import { connectTo } from '../../harness/raw-http.js';
import { suite } from '../../harness/test.js';

const test = suite('mcp gateway management');

test('A3: a registration answers 201 with the tools as callers see them, and tells no secrets', async () => {
  await using host = await GatewayHost.start();
  const [command, args] = fixture('scripted', '--bare', '--tools', 'a,b');
  const body = { name: 'one', transport: 'stdio', command, args, env: { API_KEY: 'very-secret' }, toolPrefix: 'x_' };
  const answer = await host.rest('POST', '', body);
  assert.is(answer.status, 201);
  assert.equal(answer.json['tools'], ['x_a', 'x_b']);
  assert.is(answer.json['status'], 'running');
  assert.is(answer.json['name'], 'one');
  assert.is(answer.json['transport'], 'stdio');
  assert.is(answer.json['protocolVersion'], '2025-11-25');
  assert.equal(answer.json['env'], ['API_KEY']);
  assert.ok(isAlive(Number(answer.json['pid'])));
  const texts = [answer.text, (await host.rest('GET')).text, (await host.rest('GET', '/one')).text, JSON.stringify(host.log)];
  for (const text of texts) assert.not.match(text, /very-secret/);
});

test('A3: the list is sorted by name, with `tools` as an array even when there are none', async () => {
  await using host = await GatewayHost.start();
  await host.scripted('zz', ['--bare']);
  await host.scripted('aa', ['--bare', '--tools', 'a']);
  const list = (await host.rest('GET')).json as unknown as { name: string; tools: string[] }[];
  assert.equal(
    list.map(({ name, tools }) => [name, tools]),
    [
      ['aa', ['a']],
      ['zz', []],
    ],
  );
});

test('A3: get and remove know a name by its percent-decoding; a second remove is 404', async () => {
  await using host = await GatewayHost.start();
  const { pid } = await host.scripted('a.b-c_d', ['--bare']);
  assert.is((await host.rest('GET', '/a%2Eb-c%5Fd')).json['name'], 'a.b-c_d');
  for (const path of ['/none', '/%zz', '/a%2fb', '/', '/a%0a', `/${'x'.repeat(65)}`]) {
    assert.is((await host.rest('GET', path)).status, 404, path);
    assert.is((await host.rest('DELETE', path)).status, 404, path);
  }
  assert.is((await host.rest('DELETE', '/a.b%2dc_d')).status, 200);
  assert.is((await host.rest('DELETE', '/a.b-c_d')).status, 404);
  assert.is((await host.rest('GET', '/a.b-c_d')).status, 404);
  assert.not.ok(isAlive(Number(pid)));
});

test('A3: what cannot be used is 400 before anything is started', async () => {
  await using host = await GatewayHost.start();
  const ok = { name: 'n', transport: 'stdio', command: 'touch', args: ['/nonexistent/x'] };
  const bad: readonly unknown[] = [
    'no json',
    '[]',
    'null',
    '"x"',
    { ...ok, name: undefined },
    { ...ok, name: 'a\n' },
    { ...ok, transport: 'sse' },
    { ...ok, command: '' },
    { ...ok, args: 'x' },
    { ...ok, env: { A: 1 } },
    { ...ok, env: { 'A=B': 'x' } },
    { name: 'n', transport: 'http', url: '/relative' },
    { name: 'n', transport: 'http', url: 'http://h/', headers: { 'a b': 'x' } },
    { ...ok, startupTimeoutMs: 0 },
  ];
  for (const body of bad) {
    const answer = await host.rest('POST', '', body);
    assert.is(answer.status, 400, JSON.stringify(body));
    assert.type(answer.json['code'], 'string');
    assert.type(answer.json['message'], 'string');
  }
  assert.equal((await host.rest('GET')).json, []);
  assert.is(host.server.inspect().counters.processesStarted, 0);
});

test('A3: a name that is registered, or is being registered, is 409; of two at once one wins and the other leaves nothing', async () => {
  await using host = await GatewayHost.start();
  const [command, args] = fixture('scripted', '--bare');
  const body = { name: 'one', transport: 'stdio', command, args };
  const answers = await Promise.all(Array.from({ length: 5 }, () => host.rest('POST', '', body)));
  assert.equal(
    answers.map(({ status }) => status).toSorted((one, other) => one - other),
    [201, 409, 409, 409, 409],
  );
  assert.is((await host.rest('POST', '', body)).status, 409);
  assert.is(host.server.inspect().liveProcesses, 1);
});

test('A3: a program that is not there, ends early or talks nonsense is 502 with the reason, and leaves nothing', async () => {
  await using host = await GatewayHost.start();
  const missing = await host.rest('POST', '', { name: 'm', transport: 'stdio', command: 'no-such-program' });
  assert.is(missing.status, 502);
  assert.match(String(missing.json['message']), /no-such-program/);
  const early = await host.register('e', 'crash-at-start');
  assert.is(early.status, 502);
  assert.match(String(early.json['message']), /exited with code 7[^]*no licence found/);
  const [command, args] = fixture('scripted', '--set', '{"protocolVersion":"1984-01-01"}');
  const unknown = await host.rest('POST', '', { name: 'u', transport: 'stdio', command, args });
  assert.is(unknown.status, 502);
  assert.match(String(unknown.json['message']), /1984-01-01/);
  const refused = await host.rest('POST', '', { name: 'r', transport: 'http', url: 'http://127.0.0.1:1/mcp' });
  assert.is(refused.status, 502);
  assert.match(String(refused.json['message']), /127\.0\.0\.1:1/);
  assert.equal((await host.rest('GET')).json, []);
  assert.is(host.server.inspect().liveProcesses, 0);
  assert.is((await host.register('e', 'honest')).status, 201, 'the name is free');
});

test('A3: an upstream that does not answer in time is 504 and gone', async () => {
  await using host = await GatewayHost.start();
  const answer = await host.register('s', 'silent', { startupTimeoutMs: 300 });
  assert.is(answer.status, 504);
  assert.equal((await host.rest('GET')).json, []);
  assert.is(host.server.inspect().liveProcesses, 0);
});

test('A3, part D: one upstream too many is 429', async () => {
  await using host = await GatewayHost.start({ limits: { mcpUpstreams: 1 } });
  await host.scripted('one', ['--bare']);
  assert.is((await host.register('two', 'honest')).status, 429);
});

test('A3: whoever leaves before the answer aborts the registration, without remains', async () => {
  await using host = await GatewayHost.start();
  const [command, args] = fixture('silent');
  const leaving = new AbortController();
  const body = JSON.stringify({ name: 's', transport: 'stdio', command, args });
  const registering = fetch(`${host.endpoint}/upstreams`, {
    method: 'POST',
    body,
    headers: { 'content-type': 'application/json' },
    signal: leaving.signal,
  });
  while (host.server.inspect().liveProcesses === 0) await new Promise((resolve) => setTimeout(resolve, 10));
  assert.is((await host.rest('GET', '/s')).json['status'], 'starting');
  leaving.abort();
  await registering.catch(() => undefined);
  while (host.gateway.inspect().upstreams.length > 0) await new Promise((resolve) => setTimeout(resolve, 10));
  assert.is(host.server.inspect().liveProcesses, 0);
});

test('A3: an upstream that is still being started can be removed', async () => {
  await using host = await GatewayHost.start();
  const registering = host.register('s', 'silent');
  while (host.server.inspect().liveProcesses === 0) await new Promise((resolve) => setTimeout(resolve, 10));
  assert.is((await host.rest('DELETE', '/s')).status, 200);
  assert.is((await registering).status, 502);
  assert.is(host.server.inspect().liveProcesses, 0);
});

test('A6: a tool that another upstream has is refused as a whole, naming tool and owner; the owner is untouched', async () => {
  await using host = await GatewayHost.start();
  await host.scripted('one', ['--bare', '--tools', 'a,b']);
  const [command, args] = fixture('scripted', '--bare', '--tools', 'c,b');
  const body = { name: 'two', transport: 'stdio', command, args };
  const conflict = await host.rest('POST', '', body);
  assert.is(conflict.status, 409);
  assert.match(String(conflict.json['message']), /conflict.*\bb\b.*one/);
  assert.is(host.server.inspect().liveProcesses, 1);
  const session = await host.session();
  assert.equal(await session.toolNames(), ['a', 'b']);
  assert.is((await host.rest('POST', '', { ...body, toolPrefix: 'two_' })).status, 201);
  assert.is((await host.rest('POST', '', { ...body, name: 'three', disabledTools: ['b'] })).status, 201);
  assert.is((await host.rest('POST', '', { ...body, name: 'four', enabledTools: ['d'] })).status, 201);
  assert.equal(await session.toolNames(), ['a', 'b', 'two_c', 'two_b', 'c']);
});

test('A6: a prompt that another upstream has is refused in the same way', async () => {
  await using host = await GatewayHost.start();
  await host.scripted('one', ['--bare', '--prompts', 'p']);
  const [command, args] = fixture('scripted', '--bare', '--prompts', 'p');
  const conflict = await host.rest('POST', '', { name: 'two', transport: 'stdio', command, args });
  assert.is(conflict.status, 409);
  assert.match(String(conflict.json['message']), /conflict.*prompt p/);
});

test('A6: a prefix is put before the names and taken off again; one that makes impossible names is 400', async () => {
  await using host = await GatewayHost.start();
  await host.scripted('one', ['--bare', '--tools', 'a'], { toolPrefix: 'gh__' });
  const session = await host.session();
  assert.equal(await session.toolNames(), ['gh__a']);
  assert.match(await session.toolText('gh__a'), /"name":"a"/);
  assert.is((await session.callTool('a')).error?.code, -32602);
  const [command, args] = fixture('scripted', '--bare', '--tools', 'a b');
  const body = { name: 'two', transport: 'stdio', command, args };
  assert.is((await host.rest('POST', '', { ...body, toolPrefix: 'p_' })).status, 400);
  assert.is((await host.rest('POST', '', { ...body, toolPrefix: 'p p' })).status, 400);
  assert.is((await host.rest('POST', '', body)).status, 201, 'without one, names pass as they are');
});

test('A6: filtered tools are neither listed nor callable', async () => {
  await using host = await GatewayHost.start();
  await host.scripted('one', ['--bare', '--tools', 'a,b,c'], { enabledTools: ['a', 'b'], disabledTools: ['b'] });
  const session = await host.session();
  assert.equal(await session.toolNames(), ['a']);
  for (const name of ['b', 'c']) assert.is((await session.callTool(name)).error?.code, -32602);
});

test('A6: lists come in the order of registration, in pages that hold when others come and go', async () => {
  await using host = await GatewayHost.start({ limits: { mcpPageEntries: 2 } });
  await host.scripted('zz', ['--bare', '--tools', 'z,y,x']);
  await host.scripted('aa', ['--bare', '--tools', 'a,b']);
  const session = await host.session();
  const first = await session.request('tools/list');
  const cursor = first.result?.['nextCursor'];
  await host.scripted('mm', ['--bare', '--tools', 'm']);
  const names = async (from: unknown) => {
    const { result = {} } = await session.request('tools/list', { cursor: from });
    return [...(result['tools'] as { name: string }[]).map(({ name }) => name), result['nextCursor'] === undefined ? 'end' : 'more'];
  };
  assert.equal(await names(cursor), ['x', 'a', 'more']);
  await host.rest('DELETE', '/zz');
  assert.is((await session.request('tools/list', { cursor })).error?.code, -32602);
});

test('A3: a body that goes deep, is no UTF-8 or holds what nobody knows is no fault of ours', async () => {
  await using host = await GatewayHost.start();
  const [command, args] = fixture('scripted', '--bare');
  const deep = `{"name":"n","transport":"stdio","command":"","x":${'['.repeat(200_000)}${']'.repeat(200_000)}}`;
  assert.is((await host.rest('POST', '', deep)).status, 400);
  const response = await fetch(`${host.endpoint}/upstreams`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: Buffer.from([0x7b, 0xff, 0x7d]),
  });
  assert.is(response.status, 400);
  await response.arrayBuffer();
  assert.is((await host.rest('POST', '', { name: 'n', transport: 'stdio', command, args, url: 'http://x', whatever: [1] })).status, 201);
});

test('A3: whoever leaves in the middle of the body has registered nothing', async () => {
  await using host = await GatewayHost.start();
  const socket = await connectTo(host.url);
  socket.write(
    'POST /mcpproxy/upstreams HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\ncontent-length: 100\r\n\r\n{"name":',
  );
  await new Promise((resolve) => setTimeout(resolve, 50));
  socket.destroy();
  assert.equal((await host.rest('GET')).json, []);
});

test('A3: a status is what it is: starting, running, restarting, failed, stopping', async () => {
  await using host = await GatewayHost.start({ limits: { mcpRestartDelayMs: 30_000, mcpCloseGraceMs: 200 } });
  const status = async (name: string) => (await host.rest('GET', `/${name}`)).json['status'];
  const starting = host.register('s', 'ignores-signals', { startupTimeoutMs: 60_000, toolPrefix: 's_' });
  assert.is((await starting).status, 201);
  assert.is(await status('s'), 'running');
  const silent = host.register('silent', 'silent');
  while ((await status('silent')) !== 'starting') await new Promise((resolve) => setTimeout(resolve, 10));
  const removal = host.rest('DELETE', '/silent');
  while ((await status('silent')) === 'starting') await new Promise((resolve) => setTimeout(resolve, 1));
  assert.ok([undefined, 'stopping'].includes((await status('silent')) as string | undefined));
  await Promise.all([removal, silent]);
  await host.scripted('r');
  await host.scripted('f', [], { restart: 'never', toolPrefix: 'f_' });
  const session = await host.session();
  await Promise.all([session.callTool('exit'), session.callTool('f_exit')]);
  await host.hasStatus('r', 'restarting');
  await host.hasStatus('f', 'failed');
  assert.ok((await session.toolNames()).includes('raw'), 'listed while it is started again');
  assert.not.ok((await session.toolNames()).includes('f_raw'));
});
