import * as assert from 'uvu/assert';
import { answerInputs } from '#mcp/gateway/input-bridge.js';
import { type Call, readCapabilities } from '#mcp/gateway/call.js';
import type { Outcome } from '#mcp/gateway/upstream/peer.js';
import type { McpMessage } from '../../harness/mcp-caller.js';
import { GatewayHost } from '../../harness/mcp-gateway.js';
import { registerModern, textOf } from '../../harness/modern-caller.js';
import { suite } from '../../harness/test.js';

const test = suite('mcp gateway questions in place of modern upstreams');
const seen = new Set<unknown>();
const all = { sampling: {}, elicitation: {}, roots: {} };
const wants = (requests: string, more = ''): Outcome => ({
  result: `{"resultType":"input_required","inputRequests":${requests}${more}}`,
});

/** A caller that answers each question with its method, and what was asked of it. */
function callerWith(capabilities: object): { call: Call; asked: string[] } {
  const asked: string[] = [];
  const caller = {
    key: 'k',
    sessionId: 'k',
    era: 'legacy',
    capabilities: readCapabilities(JSON.stringify(capabilities)),
    logLevel: null,
    lasting: null,
  } as const;
  const call: Call = {
    caller,
    signal: new AbortController().signal,
    isHeard: true,
    notify: () => undefined,
    lacksCapability: () => undefined,
    ask: (method, params) => {
      asked.push(`${method} ${params ?? ''}`);
      return Promise.resolve(method === 'no/answer' ? { error: '{"code":-1}' } : { result: `{"to":"${method}"}` });
    },
  };
  return { call, asked };
}

test('A9: for a legacy caller it becomes ordinary questions, round after round', async () => {
  await using host = await GatewayHost.start();
  await registerModern(host);
  const session = await host.session({ capabilities: all });
  const answer = await session.begin('tools/call', { name: 'ask', arguments: { rounds: 2 } });
  for (const round of [0, 1]) {
    const form = await answer.find(({ params }) => params?.['message'] === `round ${round}`);
    await session.post({ jsonrpc: '2.0', id: form.json.id, result: { action: 'accept', content: { round } } });
    const isNew = (message: McpMessage): boolean => message.method === 'roots/list' && !seen.has(message.id);
    const roots = await answer.find(isNew);
    seen.add(roots.json.id);
    await session.post({ jsonrpc: '2.0', id: roots.json.id, result: { roots: [] } });
  }
  const text = textOf((await answer.response()).json.result);
  assert.equal(JSON.parse(text), { first: { action: 'accept', content: { round: 1 } }, second: { roots: [] } });
});

test('A9: keys and the state come back as they were, byte by byte; a state that was not given is not sent', async () => {
  const { call, asked } = callerWith(all);
  const sent: Readonly<Record<string, string>>[] = [];
  const answers = [wants('{"a\\u0041":{"method":"roots/list"}}', ',"requestState":9007199254740993'), { result: '{"n":1.0}' }];
  const outcome = await answerInputs(call, wants('{"k":{"method":"sampling/createMessage","params":{"n":1e400}}}'), (members) => {
    sent.push(members);
    return Promise.resolve(answers.shift() ?? { result: '{}' });
  });
  assert.equal(outcome, { result: '{"n":1.0}' });
  assert.equal(asked, ['sampling/createMessage {"n":1e400}', 'roots/list ']);
  assert.equal(sent, [
    { inputResponses: '{"k":{"to":"sampling/createMessage"}}' },
    { inputResponses: '{"aA":{"to":"roots/list"}}', requestState: '9007199254740993' },
  ]);
});

const end = async (capabilities: object, request: string) => {
  const { call, asked } = callerWith(capabilities);
  const outcome = await answerInputs(call, wants(`{"k":${request}}`), ({ inputResponses }) =>
    Promise.resolve({ result: inputResponses ?? '' }),
  );
  return [outcome, asked.length];
};

test('A9: what the caller cannot do ends the call; roots are none then', async () => {
  const url = '{"method":"elicitation/create","params":{"mode":"url","url":"http://x"}}';
  const form = '{"method":"elicitation/create","params":{"message":"?"}}';
  assert.equal(await end({}, '{"method":"roots/list"}'), [{ result: '{"k":{"roots":[]}}' }, 0]);
  assert.equal((await end({ elicitation: {} }, form))[1], 1);
  assert.equal((await end({ elicitation: { url: {} } }, url))[1], 1);
  for (const [capabilities, request] of [
    [{}, '{"method":"sampling/createMessage"}'],
    [{}, form],
    [{ elicitation: { form: {} } }, url],
    [{ elicitation: { url: {} } }, form],
    [all, '{"method":"tools/list"}'],
    [all, '{"method":"sampling/createMessage","params":[]}'],
    [all, '{"params":{}}'],
    [all, '7'],
  ] as const) {
    const [outcome, count] = await end(capabilities, request);
    assert.match((outcome as { error?: string }).error ?? '', /-32601|-32000/, request);
    assert.is(count, 0, request);
  }
});

test('A9: an upstream that never has enough is stopped', async () => {
  const { call } = callerWith(all);
  let rounds = 0;
  const outcome = await answerInputs(call, wants('{}'), () => {
    rounds++;
    return Promise.resolve(wants('{}', ',"requestState":"again"'));
  });
  assert.match((outcome as { error?: string }).error ?? '', /more than 16 times/);
  assert.is(rounds, 16);
});
