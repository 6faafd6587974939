import * as assert from 'uvu/assert';
import { GatewayHost } from '../../harness/mcp-gateway.js';
import { askModern, resultOf } from '../../harness/modern-caller.js';
import { suite } from '../../harness/test.js';

const test = suite('mcp gateway owners of resources');

test('A7.6: prompts and resources of all upstreams are listed together, and each goes to its owner', async () => {
  await using host = await GatewayHost.start();
  await host.scripted('one', ['--bare', '--prompts', 'p1', '--resources', 'x:one,file:///a/{name}']);
  await host.scripted('two', ['--bare', '--prompts', 'p2', '--resources', 'x:two,x:one'], { toolPrefix: 'b_' });
  const session = await host.session();
  const names = async (method: string, member: string, key: string) => {
    const { result = {} } = await session.request(method);
    return (result[member] as Record<string, string>[]).map((entry) => entry[key]);
  };
  assert.equal(await names('prompts/list', 'prompts', 'name'), ['p1', 'b_p2']);
  assert.equal(await names('resources/list', 'resources', 'uri'), ['x:one', 'x:two']);
  assert.equal(await names('resources/templates/list', 'resourceTemplates', 'uriTemplate'), ['file:///a/{name}']);
  assert.match(JSON.stringify(await session.request('prompts/get', { name: 'b_p2' })), /\\"name\\":\\"p2\\"/);
  assert.match(JSON.stringify(await session.request('resources/read', { uri: 'x:two' })), /x:two/);
  assert.match(JSON.stringify(await session.request('resources/read', { uri: 'file:///a/b' })), /file:\/\/\/a\/b/);
  const completed = await session.request('completion/complete', {
    ref: { type: 'ref/prompt', name: 'b_p2' },
    argument: { name: 'a', value: '' },
  });
  assert.match(JSON.stringify(completed), /\\"name\\":\\"p2\\"/);
  const missing = await session.request('resources/read', { uri: 'y:none' });
  assert.ok(missing.error ?? missing.result);
});

test('A7.6: a resource goes to who lists it, else to whose template it fits, else it is asked for in order', async () => {
  await using host = await GatewayHost.start();
  await host.scripted('template', ['--bare', '--tools', 'heard', '--resources', 'x:/{name}']);
  await host.scripted('lister', ['--bare', '--tools', 'heard', '--resources', 'x:/listed'], { toolPrefix: 'l_' });
  const session = await host.session();
  const reads = async (tool: string) =>
    (JSON.parse(await session.toolText(tool)) as string[]).filter((line) => line.includes('"resources/read"')).length;
  assert.match(JSON.stringify(await session.request('resources/read', { uri: 'x:/listed' })), /listed/);
  assert.equal([await reads('heard'), await reads('l_heard')], [0, 1]);
  await session.request('resources/read', { uri: 'x:/other' });
  assert.equal([await reads('heard'), await reads('l_heard')], [1, 1]);
  await session.request('resources/read', { uri: 'z:/unlisted' });
  assert.equal([await reads('heard'), await reads('l_heard')], [2, 1], 'the first one has an answer');
});

test('A7.6: a resource that nobody has is -32002 for a session, and -32602 without one', async () => {
  await using host = await GatewayHost.start();
  await host.scripted('one', ['--bare', '--resources', 'x:one']);
  await host.scripted('bare', ['--bare', '--tools', 'a']);
  const missing = await (await host.session()).request('resources/read', { uri: 'x:none' });
  assert.is(missing.error?.code, -32002);
  assert.match(missing.error?.message ?? '', /x:none/);
  assert.is((await resultOf(askModern(host.caller(), 'resources/read', { uri: 'x:none' }))).error?.code, -32602);
});

test('A7.6: an upstream that does not tell its resources is left out with a warning, and delays nobody for long', async () => {
  await using host = await GatewayHost.start({ limits: { mcpListWaitMs: 300, mcpCloseGraceMs: 100 } });
  await host.scripted('mute', ['--bare', '--tools', 'a', '--resources', 'x:mute', '--mute', 'resources/list']);
  await host.scripted('one', ['--bare', '--tools', 'b', '--resources', 'x:one']);
  const session = await host.session();
  const { result } = await session.request('resources/list');
  assert.equal(
    ((result ?? {})['resources'] as { uri: string }[]).map(({ uri }) => uri),
    ['x:one'],
  );
  assert.ok((await session.request('resources/read', { uri: 'x:one' })).result);
  const warning = host.log.find(({ level, fields }) => level === 'warn' && fields['upstream'] === 'mute');
  assert.match(String(warning?.fields['reason']), /does not answer/);
});
