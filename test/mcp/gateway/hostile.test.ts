import * as fc from 'fast-check';
import * as assert from 'uvu/assert';
import type { McpMessage } from '../../harness/mcp-caller.js';
import { GatewayHost } from '../../harness/mcp-gateway.js';
import { textOf } from '../../harness/modern-caller.js';
import { holdsLater } from '../../harness/property.js';
import { blank, json } from '../../harness/random-json.js';
import { suite } from '../../harness/test.js';

const test = suite('mcp gateway with upstreams and callers that mean no good');
const done = '{"jsonrpc":"2.0","id":$ID,"result":{"content":[{"type":"text","text":"done"}]}}';
const say = (...lines: readonly string[]) => ({ name: 'say', arguments: { lines } });
const toOneLine = (text: string): string => text.replace(/[\r\n]+/g, ' ');

test('A8: bytes that come one by one, with CR LF and a byte order mark, are lines all the same', async () => {
  await using host = await GatewayHost.start();
  const { status, text } = await host.register('slow', 'slowly');
  assert.is(status, 201, text);
  const session = await host.session();
  for (const said of ['zäh €😀', '\u2028\u0000', 'x']) assert.is(await session.toolText('echo', { text: said }), said);
});

test('A8: lines that are no messages are left out, whatever they are, and the next one counts', async () => {
  await using host = await GatewayHost.start();
  await host.scripted('one', ['--tools', 'heard']);
  const session = await host.session({ capabilities: { sampling: {}, roots: {}, elicitation: {} } });
  const junk = [
    'Welcome!',
    '',
    '   ',
    '7',
    '"text"',
    'null',
    '[]',
    '[{"jsonrpc":"2.0","id":$ID,"result":{"wrong":1}}]',
    '{}',
    '{"jsonrpc":"2.0"}',
    '{"jsonrpc":"1.0","id":$ID,"result":{"wrong":1}}',
    '{"id":$ID,"result":{"wrong":1}}',
    '{"jsonrpc":"2.0","id":{},"result":{}}',
    '{"jsonrpc":"2.0","id":null,"result":{}}',
    '{"jsonrpc":"2.0","id":null,"error":{"code":-32700,"message":"whole"}}',
    '{"jsonrpc":"2.0","id":"$ID","result":{"wrong":1}}',
    '{"jsonrpc":"2.0","id":-1,"result":{"wrong":1}}',
    '{"jsonrpc":"2.0","id":1e400,"result":{"wrong":1}}',
    '{"jsonrpc":"2.0","id":99999999999999999999,"result":{"wrong":1}}',
    '{"jsonrpc":"2.0","id":$ID,"method":7}',
    '{"jsonrpc":"2.0","id":$ID,"method":"ping"}',
    '{"jsonrpc":"2.0","id":$ID,"method":"tools/call","params":{"name":"raw"}}',
    '{"jsonrpc":"2.0","id":$ID,"method":"initialize","params":{}}',
    '{"jsonrpc":"2.0","method":"notifications/progress"}',
    '{"jsonrpc":"2.0","method":"notifications/progress","params":{"progressToken":{}}}',
    '{"jsonrpc":"2.0","method":"notifications/message"}',
    '{"jsonrpc":"2.0","method":"notifications/cancelled"}',
    '{"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":{}}}',
    '{"jsonrpc":"2.0","method":"notifications/resources/updated","params":{"uri":7}}',
    '{"jsonrpc":"2.0","method":"notifications/elicitation/complete","params":{"elicitationId":7}}',
    '{"jsonrpc":"2.0","method":"toString","params":{"_meta":7}}',
    '{"jsonrpc":"2.0","id":1,"method":"__proto__"}',
    `${'['.repeat(5_000)}${']'.repeat(5_000)}`,
    `{"jsonrpc":"2.0","id":$ID,"result":${'['.repeat(5_000)}${']'.repeat(5_000)}}`,
  ];
  const { result, error } = await session.callTool('say', say(...junk, done).arguments);
  assert.equal(result, { content: [{ type: 'text', text: 'done' }] }, JSON.stringify(error));
  const answers = (JSON.parse(await session.toolText('heard')) as string[]).filter((line) => !line.includes('"method"'));
  const codes = answers.map((line) => (JSON.parse(line) as McpMessage).error?.code ?? 'result');
  assert.equal(codes, ['result', -32601, -32601, -32601], 'each request has one answer');
});

test('part D: a flood of questions has a few thousand answers, and delays nobody', async () => {
  await using host = await GatewayHost.start();
  await host.scripted('flood', ['--tools', 'heard']);
  await host.scripted('calm', ['--bare', '--tools', 'calm']);
  const [victim, other] = [await host.session({ capabilities: { sampling: {} } }), await host.session()];
  const questions = Array.from(
    { length: 3_000 },
    (_, at) => `{"jsonrpc":"2.0","id":"q${at}","method":"sampling/createMessage","params":{}}`,
  );
  const answer = await victim.begin('tools/call', say(...questions, done));
  assert.match(await other.toolText('calm'), /calm/);
  await answer.ended();
  const session = host.gateway.inspect().sessions.find(({ questions: open }) => open > 0);
  assert.is(session?.questions, 1_024);
  const heard = async () => (JSON.parse(await other.toolText('heard')) as string[]).filter((line) => line.includes('busy')).length;
  assert.ok((await heard()) > 500, 'the fixture remembers the last thousand lines');
  await victim.send('DELETE', null);
});

test('A8: an upstream that says no end of things on stdout delays nobody else', async () => {
  await using host = await GatewayHost.start({ limits: { mcpCloseGraceMs: 200 } });
  await host.scripted('loud');
  await host.scripted('calm', ['--bare', '--tools', 'calm']);
  const [loud, calm] = [await host.session(), await host.session()];
  const line = `{"jsonrpc":"2.0","method":"notifications/message","params":{"level":"info","data":"${'x'.repeat(1_000)}"}}`;
  const flood = await loud.begin('tools/call', say(...Array.from({ length: 5_000 }, () => line)));
  flood.pause();
  for (let at = 0; at < 20; at++) assert.match(await calm.toolText('calm', { at }), new RegExp(`"at":${at}`));
  flood.cut();
  await loud.send('DELETE', null);
});

test('A7.2: any arguments and any result pass byte by byte but for line ends between tokens, with a session and without', async () => {
  await using host = await GatewayHost.start();
  await host.scripted('one');
  const session = await host.session();
  await holdsLater(
    fc.tuple(json, json, blank),
    async ([args, result, gap]) => {
      const body = `{"jsonrpc":"2.0",${gap}"id":${gap}"i","method":"tools/call","params":{"name":"raw","x":${result},${gap}"arguments":${args}}}`;
      const { json: message } = await (await session.post(body)).response();
      const heard = textOf(message.result);
      assert.ok(heard.includes(`"arguments":${toOneLine(args)}`), heard);
      assert.ok(heard.includes(`"x":${toOneLine(result)},`), heard);
      const line = `{"jsonrpc":"2.0","id":$ID,"result":{"r":${toOneLine(result)}}}`.replaceAll('$TOKEN', 'x');
      if (line.replace('$ID', '').includes('$ID')) return;
      const answer = await (await session.begin('tools/call', say(line))).ended();
      assert.ok(answer.body.includes(`"result":{"r":${toOneLine(result)}}`), answer.body);
    },
    60,
  );
});
