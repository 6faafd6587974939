import * as assert from 'uvu/assert';
import type { McpCaller } from '../../harness/mcp-caller.js';
import { GatewayHost } from '../../harness/mcp-gateway.js';
import { suite } from '../../harness/test.js';

const test = suite('mcp gateway questions of upstreams');
const able = { sampling: {}, elicitation: {}, roots: {} };
const ask = (id: string, method = 'sampling/createMessage', params = '{"n":9007199254740993}') =>
  `{"jsonrpc":"2.0","id":${id},"method":"${method}","params":${params}}`;
const done = '{"jsonrpc":"2.0","id":$ID,"result":{"content":[{"type":"text","text":"done"}]}}';
const say = (...lines: readonly string[]) => ({ name: 'say', arguments: { lines } });

/** The answers an upstream got to its questions, as text. */
async function answersHeard(caller: McpCaller): Promise<string[]> {
  const heard = JSON.parse(await caller.toolText('heard')) as string[];
  return heard.filter((line) => !line.includes('"method"'));
}

for (const [method, params] of [
  ['sampling/createMessage', '{"messages":[],"maxTokens":1}'],
  ['elicitation/create', '{"message":"?","requestedSchema":{}}'],
  ['roots/list', '{}'],
] as const) {
  test(`A7.5: ${method} reaches the caller on the stream of its call, and its answer the upstream, verbatim`, async () => {
    await using host = await GatewayHost.start();
    await host.scripted('one', ['--tools', 'heard']);
    const session = await host.session({ capabilities: able });
    const answer = await session.begin('tools/call', say(ask('"own"', method, params)));
    const question = await answer.find((message) => message.method === method);
    assert.ok(question.text.includes(`"params":${params}`), question.text);
    const result = '{"answer":9007199254740993,"later":[1.0]}';
    assert.is((await session.post(`{"jsonrpc":"2.0","id":${JSON.stringify(question.json.id)},"result":${result}}`)).status, 202);
    assert.equal(await answersHeard(session), [`{"jsonrpc":"2.0","id":"own","result":${result}}`]);
    answer.cut();
  });
}

test('A7.5: an error of the caller reaches the upstream verbatim', async () => {
  await using host = await GatewayHost.start();
  await host.scripted('one', ['--tools', 'heard']);
  const session = await host.session({ capabilities: able });
  const answer = await session.begin('tools/call', say(ask('7')));
  const question = await answer.find(({ method }) => method === 'sampling/createMessage');
  await session.post(`{"jsonrpc":"2.0","id":${JSON.stringify(question.json.id)},"error":{"code":-1,"message":"no","data":[1.0]}}`);
  assert.equal(await answersHeard(session), ['{"jsonrpc":"2.0","id":7,"error":{"code":-1,"message":"no","data":[1.0]}}']);
  answer.cut();
});

test('A7.5: without a capable caller the upstream is answered at once: roots are none, the rest is not supported', async () => {
  await using host = await GatewayHost.start();
  await host.scripted('one', ['--tools', 'heard']);
  const session = await host.session({ capabilities: {} });
  await session.callTool(
    'say',
    say(ask('1'), ask('2', 'elicitation/create'), ask('3', 'roots/list'), ask('4', 'no/such'), ask('5', 'ping'), done).arguments,
  );
  const answers = await answersHeard(session);
  assert.equal(
    answers.map((line) => {
      const { id, result, error } = JSON.parse(line) as { id: number; result?: unknown; error?: { code: number } };
      return [id, result ?? error?.code];
    }),
    [
      [1, -32601],
      [2, -32601],
      [3, { roots: [] }],
      [4, -32601],
      [5, {}],
    ],
  );
});

test('A7.5: elicitation by URL needs the capability for it', async () => {
  await using host = await GatewayHost.start();
  await host.scripted('one', ['--tools', 'heard']);
  const session = await host.session({ capabilities: { elicitation: { form: {} } } });
  await session.callTool('say', say(ask('1', 'elicitation/create', '{"mode":"url","url":"http://x"}'), done).arguments);
  assert.match((await answersHeard(session))[0] ?? '', /-32601/);
});

test('A7.5: what an upstream may not ask is refused', async () => {
  await using host = await GatewayHost.start();
  await host.scripted('one', ['--tools', 'heard'], { serverRequests: ['roots'] });
  const session = await host.session({ capabilities: able });
  await session.callTool('say', say(ask('1'), done).arguments);
  assert.match((await answersHeard(session))[0] ?? '', /-32601.*not allowed/);
});

test('A7.5: with several callers that could be meant, none is asked', async () => {
  await using host = await GatewayHost.start();
  await host.scripted('one', ['--tools', 'heard']);
  const [first, second] = [await host.session({ capabilities: able }), await host.session({ capabilities: able })];
  const other = second.begin('tools/call', { name: 'never' });
  while (host.gateway.inspect().upstreams[0]?.requestsInFlight !== 1) await new Promise((resolve) => setTimeout(resolve, 5));
  const answer = await (await first.begin('tools/call', say(ask('1'), done))).ended();
  assert.equal(
    answer.messages.map(({ json }) => json.method ?? 'answer'),
    ['answer'],
  );
  assert.match((await answersHeard(first))[0] ?? '', /"error".*several/);
  await second.send('DELETE', null);
  await other;
});

test('A7.5: when the session ends, or does not answer in time, the upstream gets an error at once', async () => {
  await using host = await GatewayHost.start({ limits: { mcpCallerRequestMs: 200 } });
  await host.scripted('one', ['--tools', 'heard']);
  const [first, second] = [await host.session({ capabilities: able }), await host.session({ capabilities: able })];
  const slow = await first.begin('tools/call', say(ask('1')));
  await slow.find(({ method }) => method === 'sampling/createMessage');
  const cancelled = await slow.find(({ method }) => method === 'notifications/cancelled');
  assert.ok(cancelled);
  await first.send('DELETE', null);
  const gone = await second.begin('tools/call', say(ask('2')));
  await gone.find(({ method }) => method === 'sampling/createMessage');
  await second.send('DELETE', null);
  const third = await host.session();
  while ((await answersHeard(third)).length < 2) await new Promise((resolve) => setTimeout(resolve, 10));
  const [timeout, ended] = await answersHeard(third);
  assert.match(timeout ?? '', /"id":1.*-32001/);
  assert.match(ended ?? '', /"id":2.*session has ended/);
});

test('A7.4: a question the upstream takes back is taken back at the caller', async () => {
  await using host = await GatewayHost.start();
  await host.scripted('one', ['--tools', 'heard']);
  const session = await host.session({ capabilities: able });
  const answer = await session.begin(
    'tools/call',
    say(ask('"q"'), '{"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":"q"}}', done),
  );
  await answer.ended();
  const [question, cancelled] = answer.messages;
  assert.is(cancelled?.json.method, 'notifications/cancelled');
  assert.is(cancelled?.json.params?.['requestId'], question?.json.id);
});

test('A7.5: an instance of one session asks that session, also when others are busy', async () => {
  await using host = await GatewayHost.start();
  await host.scripted('one', ['--tools', 'heard'], { isolation: 'session' });
  const [first, second] = [await host.session({ capabilities: able }), await host.session({ capabilities: able })];
  const [one, two] = await Promise.all([first.begin('tools/call', say(ask('1'))), second.begin('tools/call', say(ask('1')))]);
  await one.find(({ method }) => method === 'sampling/createMessage');
  await two.find(({ method }) => method === 'sampling/createMessage');
  await Promise.all([first.send('DELETE', null), second.send('DELETE', null)]);
});

test('A7.5: a caller that changes its roots is heard by the upstreams it uses', async () => {
  await using host = await GatewayHost.start();
  await host.scripted('one', ['--tools', 'heard']);
  await host.scripted('two', ['--bare', '--tools', 'heard'], { toolPrefix: 'b_' });
  const session = await host.session({ capabilities: { roots: { listChanged: true } } });
  await session.toolText('heard');
  await session.notify('notifications/roots/list_changed');
  while (!/roots\/list_changed/.test(await session.toolText('heard'))) await new Promise((resolve) => setTimeout(resolve, 10));
});

test('A7.5: a question that names the progress token of a call is for its caller, though others are busy', async () => {
  await using host = await GatewayHost.start();
  await host.scripted('one', ['--tools', 'heard']);
  const [first, second] = [await host.session({ capabilities: able }), await host.session({ capabilities: able })];
  const other = second.begin('tools/call', { name: 'never' });
  while (host.gateway.inspect().upstreams[0]?.requestsInFlight !== 1) await new Promise((resolve) => setTimeout(resolve, 5));
  const hinted = ask('1', 'sampling/createMessage', '{"_meta":{"progressToken":$TOKEN}}');
  const answer = await first.begin('tools/call', { ...say(hinted), _meta: { progressToken: 'mine' } });
  await answer.find(({ method }) => method === 'sampling/createMessage');
  await Promise.all([first.send('DELETE', null), second.send('DELETE', null)]);
  await other;
});

test('A7.5: when its call is cancelled, or the upstream ends, a question is taken back at the caller', async () => {
  await using host = await GatewayHost.start({ limits: { mcpRestartDelayMs: 20 } });
  await host.scripted('one', ['--tools', 'heard']);
  const session = await host.session({ capabilities: able });
  const general = await session.listen();
  const first = await session.post(`{"jsonrpc":"2.0","id":"c","method":"tools/call","params":${JSON.stringify(say(ask('1')))}}`);
  const question = await first.find(({ method }) => method === 'sampling/createMessage');
  await session.post('{"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":"c"}}');
  const back = await general.find(({ method }) => method === 'notifications/cancelled');
  assert.is(back.json.params?.['requestId'], question.json.id);
  assert.match((await answersHeard(session))[0] ?? '', /"id":1,"error"/);
  const second = await session.begin('tools/call', say(ask('2')));
  await second.find(({ method }) => method === 'sampling/createMessage');
  await session.callTool('exit');
  const isBack = () =>
    [...general.messages, ...second.messages].filter(({ json }) => json.method === 'notifications/cancelled').length === 2;
  while (!isBack()) await new Promise((resolve) => setTimeout(resolve, 10));
  general.cut();
});

const logged = (data: number): string => `{"jsonrpc":"2.0","method":"notifications/message","params":{"level":"info","data":${data}}}`;

test('A7.5: an instance of one session tells and asks it in every call, and between them', async () => {
  await using host = await GatewayHost.start();
  await host.scripted('one', ['--tools', 'heard'], { isolation: 'session' });
  const session = await host.session({ capabilities: able });
  for (const n of [1, 2]) {
    const answer = await (
      await session.begin('tools/call', say(logged(n), `{"jsonrpc":"2.0","method":"own/thing","params":{"n":${n}}}`, done))
    ).ended();
    assert.equal(
      answer.messages.map(({ json }) => json.params?.['data'] ?? json.params?.['n'] ?? 'answer'),
      [n, n, 'answer'],
    );
  }
  await session.callTool('say', { lines: [done, logged(3), ask('"later"', 'roots/list')] });
  const general = await session.listen();
  await general.find(({ params }) => params?.['data'] === 3);
  const question = await general.find(({ method }) => method === 'roots/list');
  await session.post({ jsonrpc: '2.0', id: question.json.id, result: { roots: [] } });
  while (!/later/.test((await answersHeard(session)).join(''))) await new Promise((resolve) => setTimeout(resolve, 10));
  general.cut();
});

test('A7.5: of several calls of one session a question goes to one whose stream is read', async () => {
  await using host = await GatewayHost.start();
  await host.scripted('one', ['--tools', 'heard']);
  const session = await host.session({ capabilities: able });
  const deaf = session.begin('tools/call', { name: 'never' }, { accept: 'application/json' });
  while (host.gateway.inspect().upstreams[0]?.requestsInFlight !== 1) await new Promise((resolve) => setTimeout(resolve, 5));
  const answer = await session.begin('tools/call', say(ask('1')));
  assert.ok(await answer.find(({ method }) => method === 'sampling/createMessage'));
  await session.send('DELETE', null);
  await Promise.all([answer.ended(), deaf]);
});

test('A7.5: no number of questions and callers at once makes Node warn of a leak on stderr', async () => {
  const warned: Error[] = [];
  const note = (warning: Error): void => void warned.push(warning);
  process.on('warning', note);
  try {
    await using host = await GatewayHost.start();
    await host.scripted('one');
    const session = await host.session({ capabilities: able });
    const answer = await session.begin('tools/call', say(...Array.from({ length: 20 }, (_, at) => ask(`"q${at}"`)), done));
    await answer.ended();
    await session.send('DELETE', null);
    await new Promise((resolve) => setImmediate(resolve)); // warnings come a turn later
  } finally {
    process.off('warning', note);
  }
  assert.equal(
    warned.filter(({ name }) => name === 'MaxListenersExceededWarning').map(({ message }) => message),
    [],
  );
});
