import * as assert from 'uvu/assert';
import type { McpMessage } from '../../harness/mcp-caller.js';
import { GatewayHost } from '../../harness/mcp-gateway.js';
import { suite } from '../../harness/test.js';

const test = suite('mcp gateway relay');
const progress = (n: number) => `{"jsonrpc":"2.0","method":"notifications/progress","params":{"progressToken":$TOKEN,"progress":${n}}}`;
const callText = (id: string, text: string) =>
  `{"jsonrpc":"2.0","id":${id},"method":"tools/call","params":{"name":"raw","arguments":{"text":"${text}"}}}`;
const done = '{"jsonrpc":"2.0","id":$ID,"result":{"content":[{"type":"text","text":"done"}]}}';
const say = (...lines: readonly string[]) => ({ name: 'say', arguments: { lines } });

/** The request an upstream got, as the text it came as. */
function heardText({ result, error }: McpMessage): string {
  if (!result) throw new Error(error?.message);
  return (result['content'] as { text: string }[])[0]?.text ?? '';
}

const ids = [
  '9007199254740993',
  '-9007199254740995',
  '123456789012345678901',
  '0',
  '-0',
  '1e400',
  '1.50',
  '""',
  '"1"',
  '1',
  '"\\u0061\\n"',
  '"ü€😀"',
];

for (const id of ids) {
  test(`A7.1: the id ${id} comes back byte by byte, in answers and in errors`, async () => {
    await using host = await GatewayHost.start();
    await host.scripted('one');
    const session = await host.session();
    for (const [method, params] of [
      ['tools/call', { name: 'raw' }],
      ['ping', {}],
      ['no/such', {}],
      ['tools/list', {}],
    ] as const) {
      const answer = await (
        await session.post(`{"jsonrpc":"2.0","id":${id},"method":"${method}","params":${JSON.stringify(params)}}`)
      ).ended();
      assert.ok(answer.body.includes(`"id":${id},`), `${method}: ${answer.body.slice(0, 200)}`);
    }
    const stream = await (
      await session.post(
        `{"jsonrpc":"2.0","id":${id},"method":"tools/call","params":${JSON.stringify(say('{"jsonrpc":"2.0","method":"x/y"}', done))}}`,
      )
    ).ended();
    assert.ok(stream.body.includes(`"id":${id},`));
  });
}

test('A7.1: the same id in two sessions, and 1 and "1" in one, are under way together', async () => {
  await using host = await GatewayHost.start();
  await host.scripted('one');
  const [first, second] = [await host.session(), await host.session()];
  const answers = await Promise.all([first.post(callText('1', 'a')), first.post(callText('"1"', 'b')), second.post(callText('1', 'c'))]);
  const bodies = await Promise.all(answers.map(async (answer) => (await answer.ended()).body));
  assert.match(bodies[0] ?? '', /"id":1,.*\\"text\\":\\"a/);
  assert.match(bodies[1] ?? '', /"id":"1",.*\\"text\\":\\"b/);
  assert.match(bodies[2] ?? '', /"id":1,.*\\"text\\":\\"c/);
});

test('A7.1: an upstream gets small whole numbers as ids, whatever the caller has', async () => {
  await using host = await GatewayHost.start();
  await host.scripted('one');
  const session = await host.session();
  const text = heardText(
    JSON.parse(
      (await (await session.post('{"jsonrpc":"2.0","id":"long and odd","method":"tools/call","params":{"name":"raw"}}')).ended()).body,
    ) as McpMessage,
  );
  assert.match(text, /"id":[1-9]\d?,/);
});

test('A7.2: arguments, results and error data pass unchanged, numbers and unknown members included', async () => {
  await using host = await GatewayHost.start();
  await host.scripted('one');
  const session = await host.session();
  const args =
    '{"big":9007199254740993,"small":-9007199254740995,"exact":0.1000000000000000055511151231257827,"far":1e400,"text":"a\\u0000\\ud83d b"}';
  const answer = await (
    await session.post(`{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"raw","arguments":${args},"unknown":[1.0]}}`)
  ).ended();
  const text = heardText(JSON.parse(answer.body) as McpMessage);
  assert.ok(text.includes(`"arguments":${args}`), text);
  assert.ok(text.includes('"unknown":[1.0]'));

  const result = '{"content":[],"structuredContent":{"n":9007199254740993,"f":1.10},"isError":true,"later":{"x":[]}}';
  const structured = await (await session.begin('tools/call', say(`{"jsonrpc":"2.0","id":$ID,"result":${result}}`))).ended();
  assert.ok(structured.body.includes(`"result":${result}`), structured.body);

  const error = '{"code":-32042,"message":"own","data":{"n":9007199254740993}}';
  const failed = await (await session.begin('tools/call', say(`{"jsonrpc":"2.0","id":$ID,"error":${error}}`))).ended();
  assert.ok(failed.body.includes(`"error":${error}`), failed.body);
});

test('A7.2: a message in several lines is passed on in one', async () => {
  await using host = await GatewayHost.start();
  await host.scripted('one');
  const session = await host.session();
  const pretty = JSON.stringify(
    { jsonrpc: '2.0', id: 1, method: 'tools/call', params: { name: 'raw', arguments: { a: ['x\ny', { b: 1 }] } } },
    null,
    2,
  );
  const text = heardText(JSON.parse((await (await session.post(pretty)).ended()).body) as McpMessage);
  assert.equal((JSON.parse(text) as McpMessage).params?.['arguments'], { a: ['x\ny', { b: 1 }] });
});

test('A7.2: calls of one session run side by side and overtake each other', async () => {
  await using host = await GatewayHost.start();
  await host.scripted('one');
  const session = await host.session();
  const slow = session.begin('tools/call', { name: 'never' });
  const answers = await Promise.all(Array.from({ length: 200 }, (_, i) => session.toolText('raw', { i })));
  answers.forEach((text, i) => assert.ok(text.includes(`{"i":${i}}`)));
  await session.send('DELETE', null);
  await slow;
});

test('A7.4: progress comes at once, on the stream of its call, with the token as it was', async () => {
  await using host = await GatewayHost.start();
  await host.scripted('one');
  const session = await host.session();
  for (const token of ['"t"', '7', '9007199254740993', '"7"']) {
    const params = `{"name":"say","arguments":${JSON.stringify({ lines: [progress(1), progress(2), done] })},"_meta":{"progressToken":${token},"other":1.0}}`;
    const answer = await (await session.post(`{"jsonrpc":"2.0","id":1,"method":"tools/call","params":${params}}`)).ended();
    assert.is(answer.messages.length, 3);
    for (const at of [0, 1]) assert.ok(answer.messages[at]?.text.includes(`"progressToken":${token},`), answer.body);
  }
  const without = await session.toolText('raw');
  assert.not.match(without, /progressToken/);
  const late = await (
    await session.begin(
      'tools/call',
      say(done, '{"jsonrpc":"2.0","method":"notifications/progress","params":{"progressToken":"x","progress":1}}'),
    )
  ).ended();
  assert.is(late.messages.length, 1);
});

test('A7.4: two calls with one token each get their own progress', async () => {
  await using host = await GatewayHost.start();
  await host.scripted('one');
  const sessions = [await host.session(), await host.session()];
  const answers = await Promise.all(
    sessions.map(async (session, n) => {
      const lines = [`{"jsonrpc":"2.0","method":"notifications/progress","params":{"progressToken":$TOKEN,"progress":${n}}}`, done];
      return (await session.begin('tools/call', { name: 'say', arguments: { lines }, _meta: { progressToken: 1 } })).ended();
    }),
  );
  answers.forEach((answer, n) => assert.equal(answer.messages[0]?.json.params, { progressToken: 1, progress: n }));
});

for (const id of ['5', '"5"', '9007199254740993']) {
  test(`A7.4: cancelling the call ${id} reaches the upstream with its own id, and ends the exchange`, async () => {
    await using host = await GatewayHost.start();
    await host.scripted('one', ['--tools', 'heard']);
    const [session, other] = [await host.session(), await host.session()];
    const pending = session.post(`{"jsonrpc":"2.0","id":${id},"method":"tools/call","params":{"name":"never"}}`);
    const neighbour = other.post(`{"jsonrpc":"2.0","id":${id},"method":"tools/call","params":{"name":"never"}}`);
    while (host.gateway.inspect().upstreams[0]?.requestsInFlight !== 2) await new Promise((resolve) => setTimeout(resolve, 5));
    await session.post('{"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":"unknown"}}');
    const cancel = await (
      await session.post(`{"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":${id},"reason":"bored"}}`)
    ).ended();
    assert.is(cancel.status, 202);
    const answer = await (await pending).ended();
    assert.ok(answer.body.includes(`"id":${id},`));
    assert.is(answer.messages[0]?.json.error?.code, -32800);
    const heard = JSON.parse(await other.toolText('heard')) as string[];
    const cancelled = heard.filter((line) => line.includes('cancelled')).map((line) => (JSON.parse(line) as McpMessage).params);
    assert.is(cancelled.length, 1);
    assert.is(cancelled[0]?.['reason'], 'bored');
    assert.ok(Number.isInteger(cancelled[0]?.['requestId']));
    await other.send('DELETE', null);
    await neighbour;
  });
}

test('A7.4: a call that takes too long is answered with a timeout that names tool and upstream, and cancelled', async () => {
  await using host = await GatewayHost.start();
  await host.scripted('slow', ['--tools', 'heard'], { callTimeoutMs: 200 });
  const session = await host.session();
  const { error } = await session.callTool('never');
  assert.is(error?.code, -32001);
  assert.match(error?.message ?? '', /timeout.*never.*slow/);
  assert.match(await session.toolText('heard'), /notifications\/cancelled/);
});

test('A7.6: tasks are not offered, and a call that wants one runs as any other', async () => {
  await using host = await GatewayHost.start();
  await host.scripted('one');
  const session = await host.session();
  const text = heardText(await session.callTool('raw', {}, { task: { ttl: 5 } }));
  assert.not.match(text, /task/);
});

test('A7.6: a completion goes to the owner of the prompt, or of the template; a reference to nothing is -32602', async () => {
  await using host = await GatewayHost.start();
  await host.scripted('one', ['--bare', '--prompts', 'p', '--resources', 'x:one']);
  await host.scripted('two', ['--bare', '--prompts', 'p', '--resources', 'x:/{name}'], { toolPrefix: 'b_' });
  const session = await host.session();
  const complete = async (ref: unknown) => {
    const { result, error } = await session.request('completion/complete', { ref, argument: { name: 'a', value: '' }, context: { n: 1 } });
    return error?.code ?? JSON.stringify(result);
  };
  assert.match(String(await complete({ type: 'ref/prompt', name: 'b_p', title: 't' })), /\\"name\\":\\"p\\",\\"title\\":\\"t\\".*context/);
  assert.match(String(await complete({ type: 'ref/resource', uri: 'x:/{name}' })), /x:\/\{name\}/);
  for (const ref of [{ type: 'ref/prompt', name: 'no' }, { type: 'ref/resource', uri: 'y:no' }, { type: 'ref/x' }, {}, 7, undefined])
    assert.is(await complete(ref), -32602, JSON.stringify(ref));
});

test('A7.4: progress does not make a call last longer than it may', async () => {
  await using host = await GatewayHost.start();
  await host.scripted('slow', [], { callTimeoutMs: 300 });
  const session = await host.session();
  const lines = Array.from({ length: 50 }, (_, at) => progress(at));
  const answer = await (await session.begin('tools/call', { ...say(...lines), _meta: { progressToken: 1 } })).ended();
  assert.is(answer.messages.length, 51);
  assert.is(answer.messages.at(-1)?.json.error?.code, -32001);
});

test('A6: of two tools of one upstream with one name the first is kept; what is filtered conflicts with nobody', async () => {
  await using host = await GatewayHost.start();
  const { tools } = await host.scripted('one', ['--bare', '--tools', 'a,b,a']);
  assert.equal(tools, ['a', 'b']);
  assert.ok(host.log.some(({ level, fields }) => level === 'warn' && String(fields['problem']).includes('called a')));
  assert.equal(
    (await host.scripted('two', ['--bare', '--tools', 'a,c,d'], { enabledTools: ['a', 'c', 'd'], disabledTools: ['a', 'd'] }))['tools'],
    ['c'],
  );
  const session = await host.session();
  assert.equal(await session.toolNames(), ['a', 'b', 'c']);
  assert.is((await session.callTool('d')).error?.code, -32602);
  assert.match((await session.callTool('d')).error?.message ?? '', /\bd\b/);
});
